#include "route/call_route.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "call/plain_call.hpp"
#include "references.hpp"
#include "route/said.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

constexpr std::size_t most_hosts = 1000;  // of one kept route; then all are asked about anew

PyObject *routes_of_call, *routes_in_environment;  // names

// What Python has to say about it; empty with or without an error set: it goes to Python.
py::object asked(const Caller& caller, const PlainCall& call, const Said& said,
                 const http::Origin& origin)
{
    const auto proxies = said.proxies();
    const auto host = owned(PyUnicode_DecodeUTF8(
        origin.host.data(), static_cast<Py_ssize_t>(origin.host.size()), nullptr));
    if (!proxies || !host)
        return {};
    auto made = owned(
        PyObject_CallMethodObjArgs(caller.session, routes_of_call, origin.tls ? Py_True : Py_False,
                                   host.ptr(), call.verify ? call.verify : Py_None,
                                   call.cert ? call.cert : Py_None, proxies.ptr(), nullptr));
    // It comes to grief once more on the full path, at its time and in its words.
    if (!made && PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear();
    return made;
}

CallRoutes& routes_of(const Caller& caller)
{
    if (!caller.routes)
        caller.routes = std::make_unique<CallRoutes>();
    return *caller.routes;
}

// Whether Python has to have seen this host with what is said.
bool matters(const client::Profile& profile, const Said& said, const http::Origin& origin)
{
    if (!origin.tls)
        return false;
    const bool verifies = profile.origin.tls && profile.route->tls.verify;
    return !said.text().empty() || (origin != profile.origin && !verifies);
}

// Null: what is asked for is not there, with or without an error set.
client::SharedChoice choice_of_call(const Caller& caller, const PlainCall& call, const Said& said,
                                    const http::Origin& origin, bool by_host)
{
    CallRoutes::Kept* kept = caller.routes ? caller.routes->find(said.text()) : nullptr;
    if (kept && (!by_host || kept->hosts.contains(origin.host)))
        return kept->choice;
    const auto made = asked(caller, call, said, origin);
    if (!made)
        return nullptr;
    kept = routes_of(caller).find(said.text());  // Python may have changed the session
    if (!kept) {
        auto choice = std::make_shared<client::RouteChoice>(choice_from(made.cast<py::tuple>()));
        kept = &caller.routes->keep(said.text());
        kept->choice = std::move(choice);
    }
    if (kept->hosts.size() >= most_hosts)
        kept->hosts.clear();
    if (by_host)
        kept->hosts.insert(origin.host);
    return kept->choice;
}

bool is_full(const std::shared_ptr<EnvironmentRoutes>& routes)
{
    return routes && routes->is_full();
}

client::SharedChoice choice_of(const std::shared_ptr<EnvironmentRoutes>& routes)
{
    return routes ? client::SharedChoice(routes, &routes->first()) : nullptr;
}

// "http://shop.test:80/" of a request: with the port that its URL names, as NO_PROXY may name one.
std::string place_of(const Caller& caller, const PlainCall& call, const http::Origin& origin)
{
    const auto own = http::behind_scheme(call.url_text);
    const auto base = utf8_of(caller.base_url);
    const auto given = own ? own : http::behind_scheme(base.value_or(""));
    std::string_view authority = given ? given->text : std::string_view{};
    authority = authority.substr(0, authority.find_first_of("/?#"));
    authority.remove_prefix(authority.rfind('@') + 1);
    std::string place = http::Url{origin, {}, {}, {}}.text();
    const std::string port = ":" + std::to_string(origin.port);
    if (authority.ends_with(port) && !place.ends_with(port))
        place += port;
    return place += '/';
}

// The same where the environment has a word. Null: Python has to see to it, with or without an
// error set.
client::SharedChoice choice_in_environment(const Caller& caller, const PlainCall& call,
                                           const Said& said, const http::Origin& origin,
                                           const std::string& place)
{
    if (const auto* known = caller.routes->find_place(said.text()); known && !is_full(*known))
        return choice_of(*known);
    const auto url = owned(PyUnicode_FromString(place.c_str()));
    const auto none = borrowed(Py_None);
    const auto or_none = [&](PyObject* value) { return value ? value : none.ptr(); };
    const auto made =
        !url ? py::object()
             : owned(PyObject_CallMethodObjArgs(
                   caller.session, routes_in_environment, origin.tls ? Py_True : Py_False,
                   url.ptr(), or_none(call.verify), or_none(call.cert), or_none(call.proxies),
                   or_none(caller.proxies), nullptr));
    if (!made) {
        if (PyErr_ExceptionMatches(PyExc_Exception))
            PyErr_Clear();
        return nullptr;
    }
    auto routes = made.is_none() ? nullptr : EnvironmentRoutes::make(made);
    auto choice = choice_of(routes);
    routes_of(caller).keep_place(said.text(), std::move(routes));  // Python may have changed them
    return choice;
}

}  // namespace

CallRoutes::Kept* CallRoutes::find(std::string_view said)
{
    const auto found = std::ranges::find(kept_, said, &Kept::said);
    return found == kept_.end() ? nullptr : &*found;
}

CallRoutes::Kept& CallRoutes::keep(std::string_view said)
{
    if (kept_.size() >= most)
        kept_.erase(kept_.begin());
    return kept_.emplace_back(Kept{std::string(said), nullptr, {}});
}

const std::shared_ptr<EnvironmentRoutes>* CallRoutes::find_place(std::string_view said) const
{
    const auto found = places_.find(said);
    return found == places_.end() ? nullptr : &found->second;
}

void CallRoutes::keep_place(const std::string& said, std::shared_ptr<EnvironmentRoutes> routes)
{
    if (places_.size() >= most_places)
        places_.clear();
    places_.insert_or_assign(said, std::move(routes));
}

Encoded choose_route(const Caller& caller, const client::Profile& profile, const PlainCall& call,
                     client::Exchange& exchange, client::SharedChoice& keeps)
{
    if (profile.dialect != http::Dialect::requests)
        return Encoded::done;
    const http::Origin& origin = exchange.request.origin;
    if (!files_of_session_are_there(profile.route->tls))
        return Encoded::refused;
    if (!call.says_route() && !caller.proxies && origin == profile.origin)
        return Encoded::done;
    const bool in_environment = caller.routes && caller.routes->in_environment;
    const std::string place = in_environment ? place_of(caller, call, origin) : std::string{};
    Said said;
    if (!said.read(call, caller.proxies, place))
        return Encoded::refused;
    const bool by_host = matters(profile, said, origin);
    if (said.text().empty() && !by_host)
        return Encoded::done;
    if (!said.files_are_there(origin.tls))
        return Encoded::refused;
    auto choice = in_environment ? choice_in_environment(caller, call, said, origin, place)
                                 : choice_of_call(caller, call, said, origin, by_host);
    if (!choice)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    const client::SharedRoute& route = choice->route_to(origin);
    if (!route || (exchange.request.follow && !choice->is_whole()))
        return Encoded::refused;
    exchange.route = route;
    if (said.names_proxies() || in_environment) {
        exchange.choice = choice.get();
        keeps = std::move(choice);
    }
    return Encoded::done;
}

bool make_route_names()
{
    routes_of_call = PyUnicode_InternFromString("_routes_of_call");
    routes_in_environment = PyUnicode_InternFromString("_routes_in_environment");
    return routes_of_call && routes_in_environment;
}

}  // namespace locustella::bindings
