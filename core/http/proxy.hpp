// A proxy between us and the servers, from its URL.
//
//   // throws std::invalid_argument:
//   const Proxy proxy = Proxy::parse("http://anna:secret@proxy.test:3128");
//   proxy.forwards(origin)     // the request goes to the proxy itself, with a whole URL in it
//   proxy.tunnels(origin)      // first a tunnel is asked for; then the connection is the origin's
//
// An HTTP proxy forwards http:// and tunnels https://. A SOCKS5 proxy tunnels everything: socks5://
// with addresses that we look up, socks5h:// with names that the proxy looks up. Proxies that are
// spoken to over TLS (https://) are not for us: their tunnels would be TLS within TLS.
//
// Thread: any.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/url.hpp"

namespace locustella::http {

enum class ProxyKind : std::uint8_t { none, http, socks5, socks5h };

struct Proxy {
    ProxyKind kind = ProxyKind::none;
    std::uint16_t port = 0;
    std::string host{};  // without the brackets of an IPv6 address
    std::string user{};  // percent-decoded; empty: no authentication
    std::string password{};

    auto operator<=>(const Proxy&) const = default;

    // "scheme://user:password@host:port"; without a scheme it is an HTTP proxy, "" is none. Throws
    // std::invalid_argument, with words for people, for anything else.
    static Proxy parse(std::string_view text);

    bool forwards(const Origin& origin) const { return kind == ProxyKind::http && !origin.tls; }
    bool tunnels(const Origin& origin) const
    {
        return kind != ProxyKind::none && !forwards(origin);
    }

    // "proxy.test:3128"
    std::string place() const;
    // "Proxy-Authorization: Basic ...\r\n", or nothing.
    std::string authorization() const;
};

}  // namespace locustella::http
