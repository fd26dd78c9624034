// Binds what clients are made from: routes, pools and profiles, and the two types of the request's
// hot path (session_object.hpp, response_object.hpp).
#include "bindings.hpp"

#include <pybind11/stl.h>

#include "body/call_files.hpp"
#include "call/call_cookies.hpp"
#include "call/credentials.hpp"
#include "client/pool.hpp"
#include "client/profile.hpp"
#include "greenlet/network.hpp"
#include "http/header_block.hpp"
#include "response/listeners.hpp"
#include "response/recording.hpp"
#include "session/session_object.hpp"
#include "watch.hpp"

PYBIND11_DECLARE_HOLDER_TYPE(T, boost::intrusive_ptr<T>, true)

namespace locustella::bindings {
namespace {

namespace py = pybind11;

std::shared_ptr<client::Route> make_route(bool verify, std::string ca_bundle,
                                          std::string certificate, std::string key,
                                          const std::string& proxy, bool resume,
                                          const std::string& source_ip, std::string key_password,
                                          bool check_host, bool common_name)
{
    return std::make_shared<client::Route>(
        client::Route{.tls = {.verify = verify,
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

std::shared_ptr<client::Profile> make_profile(
    bool tls, const std::string& host, std::uint16_t port, std::string base_path,
    const py::bytes& fields, std::size_t cookie_at, bool names_host, http::Dialect dialect,
    bool follow, int max_redirects, double connect_s, double read_s,
    std::shared_ptr<client::Route> route, bool repeats, const py::bytes& standard,
    const py::bytes& credentials, bool joins, int max_retries)
{
    auto profile = std::make_shared<client::Profile>();
    profile->origin = {tls, host, port};
    profile->base_path = std::move(base_path);
    profile->fields = std::string(fields);
    profile->cookie_at = std::min(cookie_at, profile->fields.size());
    profile->names_host = names_host;
    profile->dialect = dialect;
    profile->follow = follow;
    profile->max_redirects = max_redirects;
    profile->timeouts = {base::nanos_from_seconds(connect_s), base::nanos_from_seconds(read_s), 0};
    profile->route = std::move(route);
    profile->repeats = repeats;
    profile->standard = std::string(standard);
    profile->credentials = std::string(credentials);
    profile->joins = joins;
    profile->max_retries = max_retries;
    const http::HeaderBlock said(profile->standard);
    const bool as_requests = dialect == http::Dialect::requests;
    profile->gives_host = as_requests && said.find("host");
    profile->gives_cookie = as_requests && said.find("cookie");
    return profile;
}

// What Python tells once, at import, of its own classes.
void bind_told(py::module_& core)
{
    core.def(
        "set_recording",
        [](const py::object& event, const py::type& recorder, const py::object& stats) {
            set_recording(event.ptr(), recorder.ptr(), stats.ptr());
        },
        py::arg("event"), py::arg("recorder"), py::arg("stats"),
        "An event of exactly this class with one recorder of this class on it is served natively: "
        "its requests go straight into `recorder.environment.stats`, if that is of the last class, "
        "and other listeners are called by the core. event None: none are.");
    core.def(
        "set_listeners",
        [](const py::object& steering, const py::object& log_uncaught) {
            set_listeners(steering.ptr(), log_uncaught.ptr());
        },
        py::arg("steering"), py::arg("log_uncaught"), py::pos_only(),
        "The exceptions that leave a listener of events.request, and what is called with others.");
    core.def(
        "set_usual_context", [](const py::object& function) { set_usual_context(function.ptr()); },
        py::arg("function"), py::pos_only(), "User.context, where nobody has overridden it.");
    core.def(
        "set_cookie_classes",
        [](const py::type& cookie, const py::type& jar, const py::type& jar_of_requests,
           const py::type& face) {
            set_cookie_classes({cookie.ptr(), jar.ptr(), jar_of_requests.ptr(), face.ptr()});
        },
        py::kw_only(), py::arg("cookie"), py::arg("jar"), py::arg("jar_of_requests"),
        py::arg("face"),
        "The classes of cookies and jars that a call's `cookies=` may have without asking Python; "
        "`face` is that of a session's own jar.");
    core.def(
        "set_basic_auth_class", [](py::type type) { set_basic_auth_class(type.ptr()); },
        py::arg("basic_auth_class"), py::pos_only(), "requests' class of logins.");
    core.def(
        "set_file_classes", [](py::tuple classes) { set_file_classes(classes.ptr()); },
        py::arg("file_classes"), py::pos_only(),
        "The classes of open files that `files=` reads without asking Python.");
    core.def(
        "set_timeout_class", [](py::type type) { set_timeout_class(type.ptr()); },
        py::arg("timeout_class"), py::pos_only(),
        "The class of exceptions that sessions with _catches_timeouts take for a failed "
        "request.");
    core.def(
        "set_told_class", [](py::type type) { set_told_class(type.ptr()); }, py::arg("told_class"),
        py::pos_only(), "The class of what response.failure(text) makes of its text.");
    core.def(
        "set_response_error_class", [](py::type type) { set_response_error_class(type.ptr()); },
        py::arg("response_error_class"), py::pos_only(),
        "The class of exceptions that end a `with` block as the verdict on its response.");
}

}  // namespace

void bind_client(py::module_& core)
{
    py::class_<client::Route, std::shared_ptr<client::Route>>(
        core, "Route", "How connections are made; shared by users.")
        .def(py::init(&make_route), py::kw_only(), py::arg("verify"), py::arg("ca_bundle"),
             py::arg("certificate"), py::arg("key"), py::arg("proxy") = "",
             py::arg("resume") = false, py::arg("source_ip") = "", py::arg("key_password") = "",
             py::arg("check_host") = true, py::arg("common_name") = true,
             "proxy: \"http://user:password@host:port\", socks5:// or socks5h://; \"\" for none. "
             "ValueError for others. "
             "resume: keep TLS sessions and offer them again, as stock Locust never does. "
             "source_ip: as --source-ip.");
    py::class_<client::Pool, client::SharedPool>(core, "Pool",
                                                 "Connections that sessions share: their `_pool`.")
        .def(
            py::init([](std::size_t most_at_once, std::size_t most_idle, std::size_t most_places) {
                return client::SharedPool(new client::Pool({most_at_once, most_idle, most_places}));
            }),
            py::kw_only(), py::arg("most_at_once"), py::arg("most_idle"), py::arg("most_places"),
            "For each origin so many connections serve at once (0: any number), and so many are "
            "kept idle; of so "
            "many origins (0: any number).")
        .def("close_idle", &client::Pool::close_idle, "Closes those that serve nobody.");
    py::class_<client::Profile, std::shared_ptr<client::Profile>>(
        core, "Profile",
        "What all HTTP users of one class and host have in common; shared by them.")
        .def(py::init(&make_profile), py::kw_only(), py::arg("tls"), py::arg("host"),
             py::arg("port"), py::arg("base_path"), py::arg("fields"), py::arg("cookie_at"),
             py::arg("names_host"), py::arg("dialect"), py::arg("follow"), py::arg("max_redirects"),
             py::arg("connect_s"), py::arg("read_s"), py::arg("route"), py::arg("repeats") = false,
             py::arg("standard") = py::bytes(), py::arg("credentials") = py::bytes(),
             py::arg("joins") = false, py::arg("max_retries") = 0,
             "follow: redirects, by the dialect's rules; times in seconds, 0 for ever; repeats: "
             "what does no harm twice is sent again when a kept connection is closed under it; "
             "standard and credentials: those of the fields that the session's dict of headers "
             "says, and that of its login; joins: where a path leads is worked out with the "
             "session's base_url before it.");
    core.def("plain_requests", &plain_requests,
             "How many requests have gone out of this process with no Python but the task's.");
    bind_told(core);
    bind_watch(core.ptr());
    if (!ready_response_type(core.ptr()) || !ready_session_type(core.ptr()))
        throw py::error_already_set();
}

}  // namespace locustella::bindings
