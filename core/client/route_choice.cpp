#include "client/route_choice.hpp"

#include <algorithm>
#include <limits>

#include "http/proxy_choice.hpp"

namespace locustella::client {

const SharedRoute& RouteChoice::route_to(const http::Origin& origin) const
{
    const SharedRoute* chosen = &direct;
    auto strongest = std::numeric_limits<std::size_t>::max();
    for (const Named& each : named)
        if (const auto rank = http::proxy_rank(each.key, origin); rank && *rank < strongest) {
            strongest = *rank;
            chosen = &each.route;
        }
    return *chosen;
}

bool RouteChoice::is_whole() const
{
    return std::ranges::all_of(named, [](const Named& each) { return each.route != nullptr; });
}

const SharedRoute& RouteChoice::lead(http::Request& redirected) const
{
    const SharedRoute& route = route_to(redirected.origin);
    if (route && !redirected.origin.tls)
        redirected.fields.append(login);
    return route;
}

}  // namespace locustella::client
