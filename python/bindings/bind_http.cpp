// Binds core/http: the types of the request path (http_types.hpp), and the profile they work from.
#include "bindings.hpp"

#include <pybind11/stl.h>

#include "greenlet/network.hpp"
#include "http/content_coding.hpp"
#include "http/field_gate.hpp"
#include "http/pool.hpp"
#include "response/http_types.hpp"
#include "stats_access.hpp"

PYBIND11_DECLARE_HOLDER_TYPE(T, boost::intrusive_ptr<T>, true)

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// What stands between a request event and the statistics when nobody has changed anything; told by
// Python. nullptr: somebody has.
struct UsualClasses {
    PyTypeObject* event = nullptr;
    PyTypeObject* recorder = nullptr;
    PyTypeObject* stats = nullptr;
} usual;

void set_recording(const py::object& event, py::type recorder, const py::object& stats)
{
    const auto as_type = [](const py::object& type) {
        return type.is_none() ? nullptr
                              : reinterpret_cast<PyTypeObject*>(py::object(type).release().ptr());
    };
    usual = {as_type(event), as_type(recorder), as_type(stats)};  // never freed: classes
}

// The last event that was found to go straight into a table, and what says so.
class Recording {
public:
    stats::Table* table_for(PyObject* event)
    {
        const bool known = event == event_ && watch_.holds() && PyList_GET_SIZE(handlers_) == 1 &&
                           PyList_GET_ITEM(handlers_, 0) == recorder_;
        return known ? table_ : look(event);
    }

private:
    stats::Table* look(PyObject* event);
    // Borrowed; nullptr when there is another listener, or another fire().
    static PyObject* only_recorder(const py::dict& of_event);

    PyObject* event_ = nullptr;  // all kept alive by the watch's dicts, or compared only
    PyObject* handlers_ = nullptr;
    PyObject* recorder_ = nullptr;
    stats::Table* table_ = nullptr;
    Watch watch_;
};

py::dict attributes_of(PyObject* object)
{
    PyObject* dict = PyObject_GenericGetDict(object, nullptr);
    if (!dict)
        PyErr_Clear();
    return dict ? py::reinterpret_steal<py::dict>(dict) : py::dict();
}

PyObject* Recording::only_recorder(const py::dict& of_event)
{
    static PyObject* const handlers_name = PyUnicode_InternFromString("_handlers");
    static PyObject* const fire = PyUnicode_InternFromString("fire");
    PyObject* handlers = PyDict_GetItem(of_event.ptr(), handlers_name);
    if (!handlers || !PyList_CheckExact(handlers) || PyList_GET_SIZE(handlers) != 1 ||
        Py_TYPE(PyList_GET_ITEM(handlers, 0)) != usual.recorder)
        return nullptr;
    return PyDict_GetItem(of_event.ptr(), fire) ? nullptr : PyList_GET_ITEM(handlers, 0);
}

stats::Table* Recording::look(PyObject* event)
{
    static PyObject* const environment_name = PyUnicode_InternFromString("environment");
    static PyObject* const stats_name = PyUnicode_InternFromString("stats");
    static PyObject* const log_request = PyUnicode_InternFromString("log_request");
    static PyObject* const handlers_name = PyUnicode_InternFromString("_handlers");
    event_ = nullptr;
    if (!look_at_world() || !usual.event || Py_TYPE(event) != usual.event)
        return nullptr;
    const py::dict of_event = attributes_of(event);
    PyObject* recorder = only_recorder(of_event);
    if (!recorder)
        return nullptr;
    const auto environment =
        py::reinterpret_steal<py::object>(PyObject_GetAttr(recorder, environment_name));
    const auto stats = py::reinterpret_steal<py::object>(
        environment ? PyObject_GetAttr(environment.ptr(), stats_name) : nullptr);
    if (!stats || Py_TYPE(stats.ptr()) != usual.stats)
        return nullptr;
    const py::dict of_stats = attributes_of(stats.ptr());
    if (PyDict_GetItem(of_stats.ptr(), log_request))
        return nullptr;
    table_ = table_of(stats.ptr());
    watch_.clear();
    const auto of_environment = attributes_of(environment.ptr());
    for (PyObject* thing :
         {of_event.ptr(), of_stats.ptr(), of_environment.ptr(),
          reinterpret_cast<PyObject*>(usual.event), reinterpret_cast<PyObject*>(usual.recorder),
          reinterpret_cast<PyObject*>(usual.stats)})
        if (!watch_.add(thing))
            return nullptr;
    handlers_ = PyDict_GetItem(of_event.ptr(), handlers_name);
    recorder_ = recorder;
    event_ = table_ ? event : nullptr;
    return table_;
}

std::shared_ptr<http::Route> make_route(bool verify, std::string ca_bundle, std::string certificate,
                                        std::string key, const std::string& proxy, bool resume,
                                        const std::string& source_ip, std::string key_password,
                                        bool check_host, bool common_name)
{
    return std::make_shared<http::Route>(
        http::Route{.tls = {.verify = verify,
                            .ca_bundle = std::move(ca_bundle),
                            .certificate = std::move(certificate),
                            .key = std::move(key),
                            .key_password = std::move(key_password),
                            .check_host = check_host,
                            .common_name = common_name,
                            .resume = resume},
                    .proxy = http::Proxy::parse(proxy),
                    .sources = shared_sources(source_ip)});
}

std::shared_ptr<Profile> make_profile(bool tls, const std::string& host, std::uint16_t port,
                                      std::string base_path, const py::bytes& fields,
                                      std::size_t cookie_at, bool names_host, int redirects,
                                      int max_redirects, double connect_s, double read_s,
                                      std::shared_ptr<http::Route> route, bool names_whole_path,
                                      bool repeats)
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
    profile->repeats = repeats;
    return profile;
}

}  // namespace

stats::Table* native_recorder(PyObject* request_event)
{
    static Recording& recording = *new Recording;  // never destroyed: it holds Python objects
    if (!request_event || !usual.recorder)
        return nullptr;
    stats::Table* table = recording.table_for(request_event);
    PyErr_Clear();
    return table;
}

// Header fields as lines, each through the gate; ValueError in http.client's words.
py::bytes field_lines(const std::vector<std::pair<py::bytes, py::bytes>>& fields)
{
    std::string lines;
    for (const auto& [name, value] : fields) {
        const std::string_view name_text = name, value_text = value;
        if (!http::is_field_name(name_text))
            throw py::value_error("Invalid header name " + std::string(py::repr(name)));
        if (!http::is_field_value(value_text))
            throw py::value_error("Invalid header value " + std::string(py::repr(value)));
        lines.append(name_text).append(": ").append(value_text).append("\r\n");
    }
    return lines;
}

py::bytes decode_content(const std::string& coding, const py::bytes& body)
{
    std::string plain;
    if (const auto error =
            http::decode_content(coding, std::string_view(body), plain, Hub::limits().body))
        throw py::value_error(error.message());
    return plain;
}

void bind_http(py::module_& core)
{
    py::class_<http::Route, std::shared_ptr<http::Route>>(
        core, "Route", "How connections are made; shared by users.")
        .def(py::init(&make_route), py::kw_only(), py::arg("verify"), py::arg("ca_bundle"),
             py::arg("certificate"), py::arg("key"), py::arg("proxy") = "",
             py::arg("resume") = false, py::arg("source_ip") = "", py::arg("key_password") = "",
             py::arg("check_host") = true, py::arg("common_name") = true,
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
             py::arg("repeats") = false,
             "redirects: 0 none, 1 requests' rules, 2 geventhttpclient's; times in seconds, 0 for "
             "ever.");
    core.def("set_recording", &set_recording, py::arg("event"), py::arg("recorder"),
             py::arg("stats"),
             "An event of exactly this class with nothing but a recorder of this class on it is "
             "served natively: its requests go straight into `recorder.environment.stats`, if "
             "that is of the last class. event None: none are.");
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
    core.def("field_lines", &field_lines, "Header fields, pairs of bytes, as lines.");
    core.def("decode_content", &decode_content, py::arg("coding"), py::arg("body"),
             "A whole body without its Content-Encoding; ValueError where it does not decode.");
    bind_watch(core.ptr());
    if (!ready_response_type(core.ptr()) || !ready_session_type(core.ptr()))
        throw py::error_already_set();
}

}  // namespace locustella::bindings
