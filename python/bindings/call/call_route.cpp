#include "call/call_route.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "call/plain_call.hpp"
#include "http/proxy_choice.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

constexpr std::size_t most_hosts = 1000;  // of one kept route; then all are asked about anew

PyObject *routes_of_call, *routes_in_environment;  // names

bool is_text(PyObject* value)
{
    return PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) > 0;
}

bool is_there(const char* path)
{
    struct stat found = {};
    return ::stat(path, &found) == 0;
}

bool files_of_session_are_there(const net::TlsConfig& tls)
{
    return (tls.certificate.empty() || is_there(tls.certificate.c_str())) &&
           (tls.key.empty() || is_there(tls.key.c_str()));
}

// What a call and its session say, in one text to compare by; and the files among it.
class Said {
public:
    // False: not in values that can be compared so. `place`: where it leads, if that matters; then
    // the call's proxies and the session's are not merged, as the environment's stand between them.
    bool read(const PlainCall& call, PyObject* of_session, std::string_view place)
    {
        text_.append(place);
        return add_verify(call.verify) && add_cert(call.cert) && are_texts(call.proxies) &&
               are_texts(of_session) &&
               (place.empty() ? add_proxies(call.proxies, of_session)
                              : add_each("\nof call ", call.proxies) &&
                                    add_each("\nof session ", of_session));
    }

    const std::string& text() const { return text_; }

    bool files_are_there(bool tls) const
    {
        return (!tls || !bundle_ || is_there(bundle_)) &&
               (!certificate_ || is_there(certificate_)) && (!key_ || is_there(key_));
    }

    // A dict of the proxies that are named; empty with an error set.
    py::object proxies() const
    {
        auto dict = owned(PyDict_New());
        for (const auto& [key, value] : proxies_)
            if (!dict || PyDict_SetItem(dict.ptr(), key, value) < 0)
                return {};
        return dict;
    }
    bool names_proxies() const { return !proxies_.empty(); }

private:
    // Its UTF-8, which lives as long as the object; nullptr for none, and for one with a NUL.
    const char* add_text(PyObject* value)
    {
        const auto text = utf8_of(value);
        if (!text || text->find('\0') != std::string_view::npos)
            return nullptr;
        text_.append(*text).push_back('\0');
        return text->data();
    }

    bool add_verify(PyObject* verify)
    {
        if (!verify)
            return true;
        text_.append(verify == Py_True ? "verified" : verify == Py_False ? "unverified" : "by ");
        return PyBool_Check(verify) || (bundle_ = add_text(verify)) != nullptr;
    }

    bool add_cert(PyObject* cert)
    {
        if (!cert)
            return true;
        text_.append("\ncert ");
        const bool pair = PyTuple_CheckExact(cert);
        certificate_ = add_text(pair ? PyTuple_GET_ITEM(cert, 0) : cert);
        if (!certificate_ || !pair || PyTuple_GET_ITEM(cert, 1) == Py_None)
            return certificate_ != nullptr;
        text_.append("key ");
        return (key_ = add_text(PyTuple_GET_ITEM(cert, 1))) != nullptr;
    }

    static bool are_texts(PyObject* proxies)
    {
        PyObject *key, *value;
        for (Py_ssize_t at = 0; proxies && PyDict_Next(proxies, &at, &key, &value);)
            if (!PyUnicode_CheckExact(key) || (value != Py_None && !PyUnicode_CheckExact(value)))
                return false;
        return true;
    }

    bool add_each(const char* whose, PyObject* proxies)
    {
        PyObject *key, *value;
        for (Py_ssize_t at = 0; proxies && PyDict_Next(proxies, &at, &key, &value);) {
            text_.append(whose);
            if (!add_text(key) || !(value == Py_None || (text_.append("= "), add_text(value))))
                return false;
        }
        return true;
    }

    // requests' merge_setting(): the call's go over the session's, and None takes one away.
    bool add_proxies(PyObject* of_call, PyObject* of_session)
    {
        PyObject *key, *value;
        for (Py_ssize_t at = 0; of_session && PyDict_Next(of_session, &at, &key, &value);) {
            const int replaced = of_call ? PyDict_Contains(of_call, key) : 0;
            if (replaced < 0 || (!replaced && !add_proxy(key, value)))
                return false;
        }
        for (Py_ssize_t at = 0; of_call && PyDict_Next(of_call, &at, &key, &value);)
            if (!add_proxy(key, value))
                return false;
        return true;
    }

    bool add_proxy(PyObject* key, PyObject* value)
    {
        const auto name = utf8_of(key);
        if (!name)
            return false;
        if (value == Py_None || !http::may_name_proxy(*name))
            return true;
        text_.append("\nproxy ");
        proxies_.emplace_back(key, value);
        return add_text(key) && add_text(value);
    }

    std::string text_;
    const char* bundle_ = nullptr;
    const char* certificate_ = nullptr;
    const char* key_ = nullptr;
    std::vector<std::pair<PyObject*, PyObject*>> proxies_;  // borrowed
};

client::SharedRoute route_of(py::handle made)
{
    if (made.is_none())
        return nullptr;
    return made.cast<std::shared_ptr<client::Route>>();
}

void fill(client::RouteChoice& choice, const py::tuple& parts)
{
    choice.direct = route_of(parts[0]);
    for (const py::handle row : parts[1].cast<py::list>()) {
        const auto pair = row.cast<py::tuple>();
        choice.named.push_back({pair[0].cast<std::string>(), route_of(pair[1])});
    }
    choice.login = parts[2].cast<std::string>();
}

client::SharedChoice choice_from(const py::object& made)
{
    auto choice = std::make_shared<client::RouteChoice>();
    fill(*choice, made.cast<py::tuple>());
    return choice;
}

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

// nullptr: what is asked for is not there, with or without an error set.
CallRoutes::Kept* kept_for(const Caller& caller, const PlainCall& call, const Said& said,
                           const http::Origin& origin, bool by_host)
{
    CallRoutes::Kept* kept = caller.routes ? caller.routes->find(said.text()) : nullptr;
    if (kept && (!by_host || kept->hosts.contains(origin.host)))
        return kept;
    const auto made = asked(caller, call, said, origin);
    if (!made)
        return nullptr;
    kept = routes_of(caller).find(said.text());  // Python may have changed the session
    if (!kept) {
        auto choice = choice_from(made);
        kept = &caller.routes->keep(said.text());
        kept->choice = std::move(choice);
    }
    if (kept->hosts.size() >= most_hosts)
        kept->hosts.clear();
    if (by_host)
        kept->hosts.insert(origin.host);
    return kept;
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

// The same where the environment has a word. An empty choice: Python has to see to each such call.
CallRoutes::Kept* kept_in_environment(const Caller& caller, const PlainCall& call, const Said& said,
                                      const http::Origin& origin, const std::string& place)
{
    CallRoutes::Kept* kept = caller.routes->find(said.text());
    if (kept && (!kept->environment || kept->environment->known() < most_hosts))
        return kept;
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
    kept = routes_of(caller).find(said.text());
    kept = kept ? kept : &caller.routes->keep(said.text());
    kept->choice = routes ? client::SharedChoice(routes, &routes->first()) : nullptr;
    kept->environment = std::move(routes);
    return kept;
}

}  // namespace

std::shared_ptr<EnvironmentRoutes> EnvironmentRoutes::make(const py::object& made)
{
    auto routes = std::make_shared<EnvironmentRoutes>();
    routes->first_ = routes->made_from(made);
    return routes;
}

EnvironmentRoutes::Made EnvironmentRoutes::made_from(const py::object& made)
{
    const auto parts = made.cast<py::tuple>();
    Made result;
    fill(result.choice, parts);
    result.choice.redirects = this;
    result.ask = parts[3];
    return result;
}

const py::object& EnvironmentRoutes::ask_of(const client::RouteChoice& choice) const
{
    if (&choice == &first_.choice)
        return first_.ask;
    const auto found = std::ranges::find_if(
        known_, [&](const auto& known) { return &known.second.choice == &choice; });
    return found->second.ask;
}

const client::RouteChoice& EnvironmentRoutes::after(const client::RouteChoice& before,
                                                    const http::Request& redirected)
{
    const std::pair key(&before, redirected.origin);
    if (const auto found = known_.find(key); found != known_.end())
        return found->second.choice;
    const py::gil_scoped_acquire held;
    try {
        Made made = made_from(ask_of(before)(redirected.url()));
        return known_.emplace(key, std::move(made)).first->second.choice;
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable("the proxy of a redirect");
        return before;
    }
}

CallRoutes::Kept* CallRoutes::find(std::string_view said)
{
    const auto found = std::ranges::find(kept_, said, &Kept::said);
    return found == kept_.end() ? nullptr : &*found;
}

CallRoutes::Kept& CallRoutes::keep(std::string_view said)
{
    if (kept_.size() >= most)
        kept_.erase(kept_.begin());
    return kept_.emplace_back(Kept{std::string(said), nullptr, {}, nullptr});
}

bool take_verify(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    return !into || PyBool_Check(into) || is_text(into);
}

bool take_cert(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    if (!into || is_text(into))
        return true;
    if (!PyTuple_CheckExact(into) || PyTuple_GET_SIZE(into) != 2)
        return false;
    PyObject* const key = PyTuple_GET_ITEM(into, 1);
    return is_text(PyTuple_GET_ITEM(into, 0)) && (key == Py_None || is_text(key));
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
    const CallRoutes::Kept* kept = in_environment
                                       ? kept_in_environment(caller, call, said, origin, place)
                                       : kept_for(caller, call, said, origin, by_host);
    if (!kept || !kept->choice)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    const auto& choice = kept->choice;
    const client::SharedRoute& route = choice->route_to(origin);
    if (!route || (exchange.request.follow && !choice->is_whole()))
        return Encoded::refused;
    exchange.route = route;
    if (said.names_proxies() || in_environment) {
        keeps = choice;
        exchange.choice = choice.get();
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
