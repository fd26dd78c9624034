// The talk with a proxy over a fresh connection, until the connection is the origin's.
//
//   Tunnel tunnel(proxy, origin);
//   switch (tunnel.advance(stream, scratch).status) { done, again, error }     // at every readiness of the stream
//   if (tunnel.needs_address()) tunnel.set_address(endpoint of the origin);    // socks5://, where we look names up
//   tunnel.words()                                                             // of a failure
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>

#include "http/proxy.hpp"
#include "http/proxy_step.hpp"
#include "http/proxy_tunnel_fsm.hpp"
#include "http/socks5_fsm.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"

namespace locustella::client {

class Tunnel {
public:
    Tunnel(const http::Proxy& proxy, const http::Origin& origin);

    // The proxy waits for an address that is to be looked up: advance() does nothing before
    // set_address().
    bool needs_address() const { return step_.act == http::ProxyStep::Act::look_up; }
    void set_address(const net::Endpoint& endpoint);

    // Goes on as far as the stream lets it. `scratch` is a buffer to read into.
    net::IoResult advance(net::Stream& stream, std::span<char> scratch);
    const std::string& words() const { return step_.words; }

private:
    http::ProxyStep resume(std::string_view received);

    std::variant<http::ProxyTunnelFsm, http::Socks5Fsm> fsm_;
    http::ProxyStep step_;
    std::size_t written_ = 0;  // of its bytes
    bool started_ = false;
};

}  // namespace locustella::client
