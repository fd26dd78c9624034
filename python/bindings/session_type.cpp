// SessionBase: see http_types.hpp.
//
// A request takes one of two ways:
//   the plain way    get("/path") and its like with nothing but name=, catch_response= and allow_redirects=,
//                    on a session whose profile says everything: no Python runs but the task's own
//   the full way     the Python method request() works out URL, fields and body and calls _send()
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <pybind11/pybind11.h>
#include <structmember.h>

#include <array>
#include <new>
#include <string_view>

#include "http/error.hpp"
#include "session_methods.hpp"
#include "stats/table.hpp"

namespace locustella::bindings {
namespace {

SessionObject* as_session(PyObject* self)
{
    return reinterpret_cast<SessionObject*>(self);
}

// Interned names, made once at import.
struct Names {
    PyObject* name;
    PyObject* catch_response;
    PyObject* allow_redirects;
    PyObject* configure;
    PyObject* request;
    PyObject* finish;
    std::array<PyObject*, 7> verbs;
} names;

constexpr const char* verb_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

bool make_names()
{
    names.name = PyUnicode_InternFromString("name");
    names.catch_response = PyUnicode_InternFromString("catch_response");
    names.allow_redirects = PyUnicode_InternFromString("allow_redirects");
    names.configure = PyUnicode_InternFromString("_configure");
    names.request = PyUnicode_InternFromString("request");
    names.finish = PyUnicode_InternFromString("_finish");
    for (std::size_t i = 0; i < names.verbs.size(); ++i)
        names.verbs[i] = PyUnicode_InternFromString(verb_names[i]);
    return !PyErr_Occurred();
}

// Paths that mean the same to every URL parser: nothing to quote, normalise or split off.
bool is_plain_path(std::string_view path)
{
    static constexpr auto allowed = [] {
        std::array<bool, 256> table{};
        for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                             "-._~!$&'()*+,;=:@/?"))
            table[static_cast<unsigned char>(c)] = true;
        return table;
    }();
    if (path.empty() || path.front() != '/' || path.starts_with("//"))
        return false;
    bool previous_slash = false;
    for (const char c : path) {
        if (!allowed[static_cast<unsigned char>(c)] || (previous_slash && c == '.'))
            return false;
        previous_slash = c == '/';
    }
    return true;
}

// Asks Python for the profile when something has changed. False with an error set.
bool configured(SessionObject* self)
{
    if (self->profile)
        return true;
    PyObject* result = PyObject_CallMethodNoArgs(reinterpret_cast<PyObject*>(self), names.configure);
    if (!result)
        return false;
    Py_DECREF(result);
    if (!self->profile)
        PyErr_SetString(PyExc_RuntimeError, "_configure() has set no profile");
    return self->profile != nullptr;
}

void prepare(SessionObject* self, PendingExchange& exchange)
{
    const Profile& profile = **self->profile;
    if (exchange.prepared_for == &profile)
        return;
    http::Request& request = exchange.request;
    request = http::Request{};
    request.origin = profile.origin;
    request.fields = profile.fields;
    request.cookie_at = profile.cookie_at;
    request.names_host = profile.names_host;
    request.route = profile.route;
    request.max_redirects = profile.max_redirects;
    request.timeouts = profile.timeouts;
    exchange.prepared_for = &profile;
}

// The session's own exchange, or, when another greenlet waits for that one, a new one.
class Lease {
public:
    explicit Lease(SessionObject* session)
    {
        if (!session->slot)
            session->slot = new PendingExchange(*session->hub);
        exchange_ = session->slot->busy ? new PendingExchange(*session->hub) : session->slot;
        owned_ = exchange_ != session->slot;
        exchange_->busy = true;
    }
    ~Lease()
    {
        exchange_->busy = false;
        if (owned_)
            delete exchange_;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    PendingExchange& operator*() const { return *exchange_; }
    PendingExchange* operator->() const { return exchange_; }

private:
    PendingExchange* exchange_;
    bool owned_;
};

struct PlainCall {
    PyObject* path = nullptr;
    PyObject* name = nullptr;  // str or nullptr
    bool catch_response = false;
    bool redirects = true;
    bool says_redirects = false;
};

// False when the call has anything the plain way does not know; no error is set.
bool understand(PyObject* const* args, Py_ssize_t positional, PyObject* keywords, PlainCall& call)
{
    if (positional != 1 || !PyUnicode_CheckExact(args[0]) || !PyUnicode_IS_COMPACT_ASCII(args[0]))
        return false;
    call.path = args[0];
    const Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* keyword = PyTuple_GET_ITEM(keywords, i);
        PyObject* value = args[positional + i];
        if (keyword == names.name && (value == Py_None || PyUnicode_Check(value))) {
            call.name = value != Py_None && PyUnicode_GET_LENGTH(value) > 0 ? value : nullptr;
        } else if (keyword == names.catch_response && PyBool_Check(value)) {
            call.catch_response = value == Py_True;
        } else if (keyword == names.allow_redirects && PyBool_Check(value)) {
            call.redirects = value == Py_True;
            call.says_redirects = true;
        } else {
            return false;
        }
    }
    const auto* text = reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(call.path));
    return is_plain_path({text, static_cast<std::size_t>(PyUnicode_GET_LENGTH(call.path))});
}

// The Python method request() with the verb in front.
PyObject* full_way(SessionObject* self, PyObject* verb, PyObject* const* args, Py_ssize_t positional,
                   PyObject* keywords)
{
    const Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    std::vector<PyObject*> all;
    all.reserve(static_cast<std::size_t>(positional + named) + 2);
    all.push_back(reinterpret_cast<PyObject*>(self));
    all.push_back(verb);
    all.insert(all.end(), args, args + positional + named);
    return PyObject_VectorcallMethod(names.request, all.data(),
                                     static_cast<std::size_t>(positional + 2) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                     keywords);
}

// Records a success that nobody listens to; false when Python must finish the request.
bool record_natively(SessionObject* self, const Profile& profile, PyObject* verb, const PlainCall& call,
                     ResponseObject* response, std::string_view target)
{
    if (call.catch_response || response->failure || !profile.accepts(response->response.status))
        return false;
    stats::Table* table = native_recorder(self->request_event);
    if (!table)
        return false;
    Py_ssize_t size = 0;
    std::string_view name = target;
    if (call.name) {
        const char* text = PyUnicode_AsUTF8AndSize(call.name, &size);
        if (!text) {
            PyErr_Clear();  // a lone surrogate: Python's road reports it
            return false;
        }
        name = {text, static_cast<std::size_t>(size)};
    }
    const char* method = PyUnicode_AsUTF8AndSize(verb, &size);
    table->log_request_nanos({method, static_cast<std::size_t>(size)}, name,
                             response->times.taken(),
                             static_cast<std::int64_t>(response->response.body().size()),
                             static_cast<double>(base::wall_now()) / 1e9);
    return true;
}

PyObject* finish_in_python(SessionObject* self, PyObject* response, PyObject* verb, const PlainCall& call)
{
    PyObject* args[] = {reinterpret_cast<PyObject*>(self), response, verb, call.path,
                        call.name ? call.name : Py_None, call.catch_response ? Py_True : Py_False};
    PyObject* result = PyObject_VectorcallMethod(names.finish, args, 6 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    Py_DECREF(response);
    return result;
}

PyObject* plain_way(SessionObject* self, PyObject* verb, const PlainCall& call)
{
    PyTypeObject* type = response_class_of(self);
    if (!type)
        return nullptr;
    const std::shared_ptr<const Profile> profile = *self->profile;
    Lease exchange(self);
    prepare(self, *exchange);
    http::Request& request = exchange->request;
    const auto* path = reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(call.path));
    request.method.assign(reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(verb)),
                          static_cast<std::size_t>(PyUnicode_GET_LENGTH(verb)));
    request.target.assign(profile->base_path)
        .append(path, static_cast<std::size_t>(PyUnicode_GET_LENGTH(call.path)));
    // requests' HEAD does not follow redirects unless told to; geventhttpclient's does.
    const bool stays = verb == names.verbs[5] && !call.says_redirects &&
                       profile->redirects == http::RedirectRules::requests;
    request.redirects = call.redirects && !stays ? profile->redirects : http::RedirectRules::none;
    if (!perform(self, *exchange))
        return nullptr;
    std::string first_target;
    const bool redirected = !exchange->history.empty();
    if (redirected)
        first_target = profile->base_path + std::string(path, static_cast<std::size_t>(PyUnicode_GET_LENGTH(call.path)));
    const std::size_t skipped = profile->names_whole_path ? 0 : profile->base_path.size();
    PyObject* object = new_response(type, self, verb, call.path, nullptr, *exchange);
    if (!object)
        return nullptr;
    auto* response = reinterpret_cast<ResponseObject*>(object);
    const std::string_view target = redirected ? first_target : response->target;
    if (redirected)
        exchange->prepared_for = nullptr;  // the redirects have changed the request
    try {
        if (record_natively(self, *profile, verb, call, response, target.substr(skipped)))
            return object;
    } catch (pybind11::error_already_set& error) {  // a script's own rounding has raised
        error.restore();
        Py_DECREF(object);
        return nullptr;
    }
    return finish_in_python(self, object, verb, call);
}

template <std::size_t Verb>
PyObject* call_verb(PyObject* object, PyObject* const* args, Py_ssize_t count, PyObject* keywords)
{
    auto* self = as_session(object);
    constexpr bool has_no_body = Verb == 0 || Verb == 5;  // GET and HEAD; the others say Content-Length: 0
    PlainCall call;
    if (has_no_body && understand(args, count, keywords, call)) {
        if (!on_own_thread(self) || !configured(self))
            return nullptr;
        if (self->plain && (call.name || self->request_name == Py_None))
            return plain_way(self, names.verbs[Verb], call);
    }
    return full_way(self, names.verbs[Verb], args, count, keywords);
}

PyObject* set_profile(PyObject* object, PyObject* args);  // bind_http.cpp knows Profile's Python type

PyObject* reconfigure(PyObject* object, PyObject*)
{
    auto* self = as_session(object);
    delete std::exchange(self->profile, nullptr);
    if (self->slot)
        self->slot->prepared_for = nullptr;
    Py_RETURN_NONE;
}

PyObject* close_connections(PyObject* object, PyObject*)
{
    if (as_session(object)->client)
        as_session(object)->client->close_idle_connections();
    Py_RETURN_NONE;
}

template <std::size_t Verb>
constexpr PyMethodDef verb_method(const char* name, const char* doc)
{
    return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call_verb<Verb>)),
            METH_FASTCALL | METH_KEYWORDS, doc};
}

PyMethodDef methods[] = {
    verb_method<0>("get", "Sends a GET request; arguments as request() takes them."),
    verb_method<1>("post", "Sends a POST request; arguments as request() takes them."),
    verb_method<2>("put", "Sends a PUT request; arguments as request() takes them."),
    verb_method<3>("patch", "Sends a PATCH request; arguments as request() takes them."),
    verb_method<4>("delete", "Sends a DELETE request; arguments as request() takes them."),
    verb_method<5>("head", "Sends a HEAD request; arguments as request() takes them."),
    verb_method<6>("options", "Sends an OPTIONS request; arguments as request() takes them."),
    {"_send", session_send, METH_VARARGS, "One exchange with everything said; see session_type.cpp."},
    {"_set_profile", set_profile, METH_VARARGS, "_set_profile(profile, plain): what _configure() calls."},
    {"_reconfigure", reconfigure, METH_NOARGS, "Something has changed: _configure() is asked at the next request."},
    {"_close_connections", close_connections, METH_NOARGS, "Closes the connections that serve nobody."},
    {"_cookie_rows", session_cookie_rows, METH_NOARGS, "The jar's cookies as tuples."},
    {"_cookie_version", session_cookie_version, METH_NOARGS, "Changes when the jar does."},
    {"_set_cookie", session_set_cookie, METH_VARARGS, "Puts one cookie, a tuple as in _cookie_rows(), into the jar."},
    {"_clear_cookies", session_clear_cookies, METH_NOARGS, "Empties the jar."},
    {}};

PyMemberDef members[] = {
    {"request_event", T_OBJECT, offsetof(SessionObject, request_event), 0, "The event that requests are reported to."},
    {"user", T_OBJECT, offsetof(SessionObject, user), 0, "The User this session belongs to, or None."},
    {"request_name", T_OBJECT, offsetof(SessionObject, request_name), 0, "Entry name for requests that have none."},
    {"_catches_timeouts", T_BOOL, offsetof(SessionObject, catches_timeouts), 0,
     "Whether a gevent.Timeout during a request fails it, and goes no further."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(SessionObject, weak_references), READONLY, nullptr},
    {}};

PyObject* get_base_url(PyObject* object, void*)
{
    return Py_NewRef(as_session(object)->base_url ? as_session(object)->base_url : Py_None);
}

int set_base_url(PyObject* object, PyObject* value, void*)
{
    Py_XSETREF(as_session(object)->base_url, Py_NewRef(value ? value : Py_None));
    Py_XDECREF(reconfigure(object, nullptr));
    return 0;
}

PyObject* get_trust_env(PyObject* object, void*)
{
    return PyBool_FromLong(as_session(object)->trust_env);
}

int set_trust_env(PyObject* object, PyObject* value, void*)
{
    const int on = value ? PyObject_IsTrue(value) : 0;
    if (on < 0)
        return -1;
    if (as_session(object)->trust_env != (on != 0))
        Py_XDECREF(reconfigure(object, nullptr));
    as_session(object)->trust_env = on;
    return 0;
}

PyGetSetDef properties[] = {{"base_url", get_base_url, set_base_url, "What goes before every path.", nullptr},
                            {"trust_env", get_trust_env, set_trust_env, "Use proxies and .netrc of the environment.",
                             nullptr},
                            {}};

PyObject* session_new(PyTypeObject* type, PyObject*, PyObject*)
{
    auto* self = as_session(type->tp_alloc(type, 0));
    if (!self)
        return nullptr;
    self->request_name = Py_NewRef(Py_None);
    self->trust_env = true;
    return reinterpret_cast<PyObject*>(self);
}

int session_traverse(PyObject* object, visitproc visit, void* arg)
{
    auto* self = as_session(object);
    Py_VISIT(self->base_url);
    Py_VISIT(self->request_event);
    Py_VISIT(self->user);
    Py_VISIT(self->request_name);
    return 0;
}

int session_clear(PyObject* object)
{
    auto* self = as_session(object);
    Py_CLEAR(self->base_url);
    Py_CLEAR(self->request_event);
    Py_CLEAR(self->user);
    Py_CLEAR(self->request_name);
    return 0;
}

void session_dealloc(PyObject* object)
{
    PyObject_GC_UnTrack(object);
    auto* self = as_session(object);
    if (self->weak_references)
        PyObject_ClearWeakRefs(object);
    session_clear(object);
    delete self->client;
    delete self->slot;
    delete self->profile;
    Py_TYPE(object)->tp_free(object);
}

PyObject* set_profile(PyObject* object, PyObject* args)
{
    PyObject* profile;
    int plain;
    if (!PyArg_ParseTuple(args, "Op", &profile, &plain))
        return nullptr;
    auto* self = as_session(object);
    try {
        auto shared = pybind11::handle(profile).cast<std::shared_ptr<Profile>>();
        Py_XDECREF(reconfigure(object, nullptr));
        self->profile = new std::shared_ptr<const Profile>(std::move(shared));
    } catch (pybind11::cast_error&) {
        return PyErr_Format(PyExc_TypeError, "a Profile is needed");
    }
    self->plain = plain;
    Py_RETURN_NONE;
}

}  // namespace

PyTypeObject session_type{};

bool Profile::accepts(int status) const
{
    if (redirects == http::RedirectRules::requests)
        return status < 400 || status >= 600;
    switch (status) {
    case 200: case 201: case 202: case 203: case 204: case 205: case 206: case 207: case 208: case 226:
    case 301: case 302: case 303: case 304: case 307: case 308:
        return true;
    default:
        return false;
    }
}

bool ready_session_type(PyObject* module)
{
    Py_SET_REFCNT(&session_type, 1);
    session_type.tp_name = "locustella._core.SessionBase";
    session_type.tp_basicsize = sizeof(SessionObject);
    session_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    session_type.tp_doc = "An HTTP client on native connections.";
    session_type.tp_new = session_new;
    session_type.tp_dealloc = session_dealloc;
    session_type.tp_traverse = session_traverse;
    session_type.tp_clear = session_clear;
    session_type.tp_methods = methods;
    session_type.tp_members = members;
    session_type.tp_getset = properties;
    session_type.tp_weaklistoffset = offsetof(SessionObject, weak_references);
    return make_names() && PyType_Ready(&session_type) == 0 &&
           PyModule_AddObjectRef(module, "SessionBase", reinterpret_cast<PyObject*>(&session_type)) == 0;
}

}  // namespace locustella::bindings
