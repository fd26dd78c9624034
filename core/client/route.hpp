// How connections to a server are made: what two requests must have in common, beside the origin,
// to share one.
//
//   auto route = std::make_shared<const Route>(
//       Route{.tls = {.verify = false}, .proxy = http::Proxy::parse("http://p:3128")});
//   exchange.route = route;          // users of one kind share one Route
//
// Thread: any; a Route does not change once it is shared.
#pragma once

#include <compare>
#include <memory>

#include "http/proxy.hpp"
#include "net/source_addresses.hpp"
#include "net/tls_config.hpp"

namespace locustella::client {

struct Route {
    net::TlsConfig tls{};
    http::Proxy proxy{};
    // Where the connections come from; nullptr: as the Context says. Lists are told apart by their
    // place in memory.
    std::shared_ptr<const net::SourceAddresses> sources{};

    auto operator<=>(const Route&) const = default;
};

using SharedRoute = std::shared_ptr<const Route>;

// Verified TLS with the system's authorities.
inline const SharedRoute& default_route()
{
    static const SharedRoute route = std::make_shared<const Route>();
    return route;
}

inline bool same_route(const SharedRoute& a, const SharedRoute& b)
{
    return a == b || *a == *b;
}

}  // namespace locustella::client
