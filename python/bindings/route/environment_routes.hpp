// The routes of a request that goes out in an environment with proxies, and of its redirects.
//
//   auto routes = EnvironmentRoutes::make(made);   // (route, [(key, route or None)], login, ask)
//   exchange.choice = &routes->first();            // `ask` gives four such for a redirect's URL
//
// requests looks at the environment again at each redirect: the place that this leads to may be one
// of NO_PROXY's, and a proxy that was chosen once stays. So Python is asked for each such place,
// once after each choice, and what it says is kept:
//
//   a redirect leads to         what is done
//   --------------------------  -----------------------------------------------------------------
//   a place that was asked for  the same choice again
//   another                     Python is asked, in the reactor's turn: the answer's times are
//                               those of its bytes, but what else is ready waits meanwhile
//   one where `ask` raises      nothing is kept, and the exchange fails by the exception's words
//
// Thread: the hub's.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "client/route_choice.hpp"

namespace locustella::bindings {

// From what http/session/call_routes.py makes: a tuple of (route, [(key, route or None)], login),
// and maybe more.
client::RouteChoice choice_from(const pybind11::tuple& parts);

class EnvironmentRoutes : public client::RedirectRoutes {
public:
    static std::shared_ptr<EnvironmentRoutes> make(const pybind11::object& made);

    const client::RouteChoice& first() const { return first_.choice; }
    // It knows so many redirects that another is to take its place.
    bool is_full() const { return known_.size() >= most; }

    const client::RouteChoice* after(const client::RouteChoice& before,
                                     const http::Request& redirected, std::string& why) override;

private:
    static constexpr std::size_t most = 1000;

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
