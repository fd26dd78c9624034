// The routes of a request that may go through one proxy or another, according to where it leads.
//
//   auto choice = std::make_shared<RouteChoice>();
//   choice->direct = route;                               // where no proxy is named
//   choice->named = {{"http", by_proxy}, {"https://shop.test", by_another}};
//   exchange.route = choice->route_to(exchange.request.origin);
//   exchange.choice = choice.get();                       // each redirect chooses anew
//
// Which one is chosen: see http/proxy_choice.hpp. Where the environment has a word about each place
// that a redirect leads to (NO_PROXY), a redirect changes the choice too: see RedirectRoutes.
//
// Thread: any; a choice does not change once it is shared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/route.hpp"
#include "http/request.hpp"

namespace locustella::client {

struct RouteChoice;

// Whose choices hang on where a redirect leads. Thread: that of the exchanges.
class RedirectRoutes {
public:
    virtual ~RedirectRoutes() = default;
    // The choice of a request that a redirect has just been made into, and which stays for as long
    // as this does. nullptr: nobody can tell, and `why` says what came in the way, in Latin-1.
    virtual const RouteChoice* after(const RouteChoice& before, const http::Request& redirected,
                                     std::string& why) = 0;

protected:
    RedirectRoutes() = default;
    RedirectRoutes(const RedirectRoutes&) = default;
    RedirectRoutes& operator=(const RedirectRoutes&) = default;
};

struct RouteChoice {
    struct Named {
        std::string key;
        SharedRoute route;  // null: of a proxy that is not spoken to here
    };

    SharedRoute direct = default_route();
    std::vector<Named> named;
    // A field, "Proxy-Authorization: ...\r\n" or nothing, that requests puts into each redirected
    // request in the clear: the login of the proxy under "http", whichever proxy is chosen.
    std::string login;
    RedirectRoutes* redirects = nullptr;  // its owner's; null: redirects go by this choice too

    // Null for one that is not spoken to.
    const SharedRoute& route_to(const http::Origin& origin) const;
    // Whether there is a route wherever a redirect may lead.
    bool is_whole() const;

    const RouteChoice* after(const http::Request& redirected, std::string& why) const
    {
        return redirects ? redirects->after(*this, redirected, why) : this;
    }
    // Of a request that a redirect has just been made into: its fields get the login. Null as
    // route_to() is.
    const SharedRoute& lead(http::Request& redirected) const;
};

using SharedChoice = std::shared_ptr<const RouteChoice>;

}  // namespace locustella::client
