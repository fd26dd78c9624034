// Routes as Python has worked them out: http/session/call_routes.py.
//
//   auto choice = choice_from(made);                 // of (route, [(key, route or None), ...], login)
//   auto routes = EnvironmentRoutes::make(made);     // of these and one thing more: what to ask
//   exchange.choice = &routes->first();              // of a redirect, called with its URL
//
// Where the environment names proxies, requests looks at it again at each redirect: the place that
// this leads to may be one of NO_PROXY's, and a proxy that was chosen once stays. So Python is asked
// for each such place, once after each choice.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

#include <map>
#include <memory>
#include <utility>

#include "client/route_choice.hpp"

namespace locustella::bindings {

client::SharedChoice choice_from(const pybind11::object& made);

class EnvironmentRoutes : public client::RedirectRoutes {
public:
    static std::shared_ptr<EnvironmentRoutes> make(const pybind11::object& made);

    const client::RouteChoice& first() const { return first_.choice; }
    std::size_t known() const { return known_.size(); }

    const client::RouteChoice& after(const client::RouteChoice& before,
                                     const http::Request& redirected) override;

private:
    struct Made {
        client::RouteChoice choice;
        pybind11::object ask;
    };

    Made made_from(const pybind11::object& made);
    const pybind11::object& ask_of(const client::RouteChoice& choice) const;

    Made first_;
    std::map<std::pair<const client::RouteChoice*, http::Origin>, Made> known_;
};

}  // namespace locustella::bindings
