#include "client/tunnel.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "http/error.hpp"

namespace locustella::client {

using http::Error;
using http::Origin;
using http::Proxy;
using http::ProxyKind;
using http::ProxyStep;
using http::ProxyTunnelFsm;
using http::Socks5Fsm;
using net::IoResult;
using Status = IoResult::Status;
using Act = ProxyStep::Act;

namespace {

Socks5Fsm::Target target_of(const boost::asio::ip::address& address, std::uint16_t port)
{
    const auto as_text = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
    if (address.is_v4())
        return {Socks5Fsm::Target::Kind::v4, as_text(address.to_v4().to_bytes()), port};
    return {Socks5Fsm::Target::Kind::v6, as_text(address.to_v6().to_bytes()), port};
}

}  // namespace

Tunnel::Tunnel(const Proxy& proxy, const Origin& origin) : fsm_(ProxyTunnelFsm(proxy, origin))
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

void Tunnel::set_address(const net::Endpoint& endpoint)
{
    written_ = 0;
    step_ = std::get<Socks5Fsm>(fsm_).set_target(target_of(endpoint.address(), endpoint.port()));
}

ProxyStep Tunnel::resume(std::string_view received)
{
    written_ = 0;
    return std::visit([&](auto& fsm) { return fsm.resume(received); }, fsm_);
}

IoResult Tunnel::advance(net::Stream& stream, std::span<char> scratch)
{
    if (!std::exchange(started_, true))
        step_ = resume({});
    for (;;) {
        switch (step_.act) {
        case Act::done: return {Status::done, 0, {}};
        case Act::failed: return {Status::error, 0, step_.error};
        case Act::send: {
            const auto result = stream.write(std::string_view(step_.bytes).substr(written_));
            if (result.status != Status::done)
                return result.status == Status::closed
                           ? IoResult{Status::error, 0, Error::proxy_closed}
                           : result;
            written_ += result.size;
            if (written_ == step_.bytes.size())
                step_ = resume({});
            break;
        }
        case Act::look_up: return {Status::again, 0, {}};
        case Act::receive: {
            const auto result = stream.read(scratch.first(std::min(step_.most, scratch.size())));
            if (result.status != Status::done)
                return result.status == Status::closed
                           ? IoResult{Status::error, 0, Error::proxy_closed}
                           : result;
            step_ = resume({scratch.data(), result.size});
            break;
        }
        }
    }
}

}  // namespace locustella::client
