#include "client/proxy_talk.hpp"

#include <boost/asio/ip/address.hpp>
#include <utility>

namespace locustella::client {

using base::TalkStep;
using http::Origin;
using http::Proxy;
using http::ProxyKind;
using http::ProxyTunnelFsm;
using http::Socks5Fsm;

namespace {

Socks5Fsm::Target target_of(const boost::asio::ip::address& address, std::uint16_t port)
{
    const auto as_text = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
    if (address.is_v4())
        return {Socks5Fsm::Target::Kind::v4, as_text(address.to_v4().to_bytes()), port};
    return {Socks5Fsm::Target::Kind::v6, as_text(address.to_v6().to_bytes()), port};
}

}  // namespace

ProxyTalk::ProxyTalk(const Proxy& proxy, const Origin& origin)
    : origin_(origin),
      fsm_(ProxyTunnelFsm(proxy, origin))
{
    if (proxy.kind == ProxyKind::http)
        return;
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(origin.host, no_address);
    Socks5Fsm::Target target{Socks5Fsm::Target::Kind::name, origin.host, origin.port};
    if (!no_address)
        target = target_of(address, origin.port);
    else if (proxy.kind == ProxyKind::socks5)
        target.kind = Socks5Fsm::Target::Kind::to_look_up;
    fsm_ = Socks5Fsm(proxy.user, proxy.password, std::move(target));
}

TalkStep ProxyTalk::resume(std::string_view received)
{
    return std::visit([&](auto& fsm) { return fsm.resume(received); }, fsm_);
}

TalkStep ProxyTalk::resume_with(const net::Endpoint& address)
{
    return std::get<Socks5Fsm>(fsm_).set_target(target_of(address.address(), address.port()));
}

}  // namespace locustella::client
