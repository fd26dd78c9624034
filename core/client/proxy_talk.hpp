// The talk with a proxy, as net::Opener has it: until the connection is the origin's.
//
//   target.talk = std::make_unique<ProxyTalk>(proxy, origin);
//
// Thread: the reactor's.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "http/proxy.hpp"
#include "http/proxy_tunnel_fsm.hpp"
#include "http/socks5_fsm.hpp"
#include "net/talk.hpp"

namespace locustella::client {

class ProxyTalk final : public net::Talk {
public:
    // `proxy` tunnels to `origin`.
    ProxyTalk(const http::Proxy& proxy, const http::Origin& origin);

    base::TalkStep resume(std::string_view received) override;
    const std::string& wanted_host() const override { return origin_.host; }
    std::uint16_t wanted_port() const override { return origin_.port; }
    base::TalkStep resume_with(const net::Endpoint& address) override;

private:
    http::Origin origin_;
    std::variant<http::ProxyTunnelFsm, http::Socks5Fsm> fsm_;
};

}  // namespace locustella::client
