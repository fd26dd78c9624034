// By which connections a call goes, as far as it says so itself: `verify`, `cert`, `proxies`.
//
//   client.get("/", proxies={"http": "http://proxy.test:3128"})     # over the session's own
//   client.get("/", cert=("me.pem", "me.key"), verify="ca.pem")
//
//   switch (choose_route(caller, profile, call, exchange, keeps)) ...
//
// What all of this comes to is made by Python once for each that is said (`_routes_of_call` in
// http/session/session.py) and kept by its value. What happens at each call:
//
//   is said, or where it leads               what is done
//   ---------------------------------------  ----------------------------------------------------
//   proxies, the session's or the call's     merged anew: a dict may change in place
//   a file                                   it must be there, as requests has it; else Python
//                                            has the words
//   another host over TLS, unverified or     Python is asked once for each host: it has files to
//   with something said                      look at and a warning to give
//   a redirect                               client/route_choice.hpp chooses by where it leads
//   the environment names proxies            Python is asked once for each place, and what else is
//                                            said: `_routes_in_environment`. NO_PROXY is requests'
//                                            to read; a change of the environment forgets it all
//
// Not taken are other kinds of values than these, and proxies that the core does not speak to.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call/caller.hpp"
#include "client/profile.hpp"
#include "client/route_choice.hpp"

namespace locustella::bindings {

struct PlainCall;

// Where the environment names proxies, requests looks at it again at each redirect: the place that
// this leads to may be one of NO_PROXY's, and a proxy that was chosen once stays. So Python is
// asked for each such place, once after each choice.
//
//   auto routes = EnvironmentRoutes::make(made);   // (route, [(key, route or None)], login, ask)
//   exchange.choice = &routes->first();            // `ask` gives four such for a redirect's URL
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

// A session's, null until something is said: what it means hangs on the session's own certificate
// and environment, which sessions of one profile need not have in common.
class CallRoutes {
public:
    // Of what was said, in one text.
    struct Kept {
        std::string said;
        client::SharedChoice choice;
        std::set<std::string, std::less<>> hosts;        // over TLS, that Python was asked about
        std::shared_ptr<EnvironmentRoutes> environment;  // which then owns `choice`; or null
    };

    Kept* find(std::string_view said);
    Kept& keep(std::string_view said);

    pybind11::object proxies;     // the session's dict of them; empty: it has none
    bool in_environment = false;  // which names some too; then `proxies` is never empty

private:
    static constexpr std::size_t most = 32;  // then the oldest goes

    std::vector<Kept> kept_;
};

// False for values that only Python knows; for nothing said, nothing is set.
bool take_verify(PyObject* value, PyObject*& into);
bool take_cert(PyObject* value, PyObject*& into);

// Sets the route of an exchange whose request has its origin and says whether it follows redirects.
// `keeps`: to be kept until the exchange is answered.
Encoded choose_route(const Caller& caller, const client::Profile& profile, const PlainCall& call,
                     client::Exchange& exchange, client::SharedChoice& keeps);

bool make_route_names();

}  // namespace locustella::bindings
