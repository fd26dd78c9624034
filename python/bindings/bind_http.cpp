// Binds core/http: the types of the request path (http_types.hpp), and the profile they work from.
#include "bindings.hpp"

#include <pybind11/stl.h>

#include "greenlet/network.hpp"
#include "http/pool.hpp"
#include "response/http_types.hpp"
#include "stats_access.hpp"

PYBIND11_DECLARE_HOLDER_TYPE(T, boost::intrusive_ptr<T>, true)

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// The class whose instances record requests in a RequestStats; told by locustella.runners.
PyTypeObject* recorder_class = nullptr;

struct RecorderNames {
    PyObject* handlers = PyUnicode_InternFromString("_handlers");
    PyObject* environment = PyUnicode_InternFromString("environment");
    PyObject* stats = PyUnicode_InternFromString("stats");
};

void set_recorder_class(py::type type)
{
    Py_XSETREF(recorder_class, reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr()));
}

std::shared_ptr<http::Route> make_route(bool verify, std::string ca_bundle, std::string certificate,
                                        std::string key, const std::string& proxy, bool resume,
                                        const std::string& source_ip, std::string key_password,
                                        bool check_host)
{
    return std::make_shared<http::Route>(
        http::Route{.tls = {.verify = verify,
                            .ca_bundle = std::move(ca_bundle),
                            .certificate = std::move(certificate),
                            .key = std::move(key),
                            .key_password = std::move(key_password),
                            .check_host = check_host,
                            .resume = resume},
                    .proxy = http::Proxy::parse(proxy),
                    .sources = shared_sources(source_ip)});
}

std::shared_ptr<Profile> make_profile(bool tls, const std::string& host, std::uint16_t port,
                                      std::string base_path, const py::bytes& fields,
                                      std::size_t cookie_at, bool names_host, int redirects,
                                      int max_redirects, double connect_s, double read_s,
                                      std::shared_ptr<http::Route> route, bool names_whole_path)
{
    auto profile = std::make_shared<Profile>();
    profile->origin = {tls, host, port};
    profile->base_path = std::move(base_path);
    profile->fields = std::string(fields);
    profile->cookie_at = std::min(cookie_at, profile->fields.size());
    profile->names_host = names_host;
    profile->redirects = static_cast<http::RedirectRules>(redirects);
    profile->max_redirects = max_redirects;
    profile->timeouts = {base::nanos_from_seconds(connect_s), base::nanos_from_seconds(read_s), 0};
    profile->route = std::move(route);
    profile->names_whole_path = names_whole_path;
    return profile;
}

}  // namespace

stats::Table* native_recorder(PyObject* request_event)
{
    static const RecorderNames& names = *new RecorderNames;
    if (!request_event || !recorder_class)
        return nullptr;
    stats::Table* table = nullptr;
    PyObject* handlers = PyObject_GetAttr(request_event, names.handlers);
    if (handlers && PyList_CheckExact(handlers) && PyList_GET_SIZE(handlers) == 1 &&
        Py_TYPE(PyList_GET_ITEM(handlers, 0)) == recorder_class) {
        PyObject* environment = PyObject_GetAttr(PyList_GET_ITEM(handlers, 0), names.environment);
        PyObject* stats = environment ? PyObject_GetAttr(environment, names.stats) : nullptr;
        table = stats ? table_of(stats) : nullptr;  // the environment keeps it
        Py_XDECREF(stats);
        Py_XDECREF(environment);
    }
    Py_XDECREF(handlers);
    PyErr_Clear();
    return table;
}

void bind_http(py::module_& core)
{
    py::class_<http::Route, std::shared_ptr<http::Route>>(
        core, "Route", "How connections are made; shared by users.")
        .def(py::init(&make_route), py::kw_only(), py::arg("verify"), py::arg("ca_bundle"),
             py::arg("certificate"), py::arg("key"), py::arg("proxy") = "",
             py::arg("resume") = false, py::arg("source_ip") = "", py::arg("key_password") = "",
             py::arg("check_host") = true,
             "proxy: \"http://user:password@host:port\", socks5:// or socks5h://; \"\" for none. "
             "ValueError for others. "
             "resume: keep TLS sessions and offer them again, as stock Locust never does. "
             "source_ip: as --source-ip.");
    py::class_<http::Pool, http::SharedPool>(core, "Pool",
                                             "Connections that sessions share: their `_pool`.")
        .def(py::init([](std::size_t most_at_once, std::size_t most_idle, std::size_t most_places) {
                 return http::SharedPool(new http::Pool({most_at_once, most_idle, most_places}));
             }),
             py::kw_only(), py::arg("most_at_once"), py::arg("most_idle"), py::arg("most_places"),
             "For each origin so many connections serve at once (0: any number), and so many are "
             "kept idle; of so "
             "many origins (0: any number).")
        .def("close_idle", &http::Pool::close_idle, "Closes those that serve nobody.");
    py::class_<Profile, std::shared_ptr<Profile>>(
        core, "Profile",
        "What all HTTP users of one class and host have in common; shared by them.")
        .def(py::init(&make_profile), py::kw_only(), py::arg("tls"), py::arg("host"),
             py::arg("port"), py::arg("base_path"), py::arg("fields"), py::arg("cookie_at"),
             py::arg("names_host"), py::arg("redirects"), py::arg("max_redirects"),
             py::arg("connect_s"), py::arg("read_s"), py::arg("route"), py::arg("names_whole_path"),
             "redirects: 0 none, 1 requests' rules, 2 geventhttpclient's; times in seconds, 0 for "
             "ever.");
    core.def("set_recorder_class", &set_recorder_class,
             "Instances of exactly this class on events.request are served natively: a request "
             "that nobody else "
             "listens to goes straight into `recorder.environment.stats`.");
    core.def(
        "set_timeout_class", [](py::type type) { set_timeout_class(type.ptr()); },
        "The class of exceptions that sessions with _catches_timeouts take for a failed request.");
    core.def(
        "set_response_limits",
        [](std::uint32_t head, std::uint32_t fields, std::size_t body, std::uint32_t interim) {
            Hub::set_limits({.head = head, .fields = fields, .body = body, .interim = interim});
        },
        py::kw_only(), py::arg("head"), py::arg("fields"), py::arg("body"), py::arg("interim"),
        "How much of an answer is taken in: bytes of head and body, header fields, 1xx answers.");
    core.def("response_limits", [] {
        const auto& limits = Hub::limits();
        return py::dict(py::arg("head") = limits.head, py::arg("fields") = limits.fields,
                        py::arg("body") = limits.body, py::arg("interim") = limits.interim);
    });
    if (!ready_response_type(core.ptr()) || !ready_session_type(core.ptr()))
        throw py::error_already_set();
}

}  // namespace locustella::bindings
