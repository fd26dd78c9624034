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
//                                            to read; a change of the environment forgets it all,
//                                            and so does the 1001st place
//                                            Redirects: route/environment_routes.hpp
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
#include <vector>

#include "call/caller.hpp"
#include "client/profile.hpp"
#include "client/route_choice.hpp"
#include "route/environment_routes.hpp"

namespace locustella::bindings {

struct PlainCall;

// A session's, null until something is said: what it means hangs on the session's own certificate
// and environment, which sessions of one profile need not have in common.
class CallRoutes {
public:
    // Of what was said, in one text.
    struct Kept {
        std::string said;
        client::SharedChoice choice;
        std::set<std::string, std::less<>> hosts;  // over TLS, that Python was asked about
    };

    Kept* find(std::string_view said);
    Kept& keep(std::string_view said);

    // Of what was said and where it leads, in an environment with proxies. nullptr: not asked yet;
    // to a null one: Python has to see to each such call.
    const std::shared_ptr<EnvironmentRoutes>* find_place(std::string_view said) const;
    void keep_place(const std::string& said, std::shared_ptr<EnvironmentRoutes> routes);

    pybind11::object proxies;     // the session's dict of them; empty: it has none
    bool in_environment = false;  // which names some too; then `proxies` is never empty

private:
    static constexpr std::size_t most = 32;  // then the oldest goes
    // Many a session goes round many hosts. Then all are asked about anew.
    static constexpr std::size_t most_places = 1000;

    std::vector<Kept> kept_;
    std::map<std::string, std::shared_ptr<EnvironmentRoutes>, std::less<>> places_;
};

// Sets the route of an exchange whose request has its origin and says whether it follows redirects.
// `keeps`: to be kept until the exchange is answered.
Encoded choose_route(const Caller& caller, const client::Profile& profile, const PlainCall& call,
                     client::Exchange& exchange, client::SharedChoice& keeps);

bool make_route_names();

}  // namespace locustella::bindings
