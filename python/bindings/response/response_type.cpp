// ResponseBase: see http_types.hpp.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <structmember.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "http/header_block.hpp"
#include "response/response_methods.hpp"

namespace locustella::bindings {
namespace {

// {name: function(response) -> value}: what makes an attribute that is touched for the first time.
PyObject* makers = nullptr;

ResponseObject* as_response(PyObject* self)
{
    return reinterpret_cast<ResponseObject*>(self);
}

PyObject* bytes_of(std::string_view text)
{
    return PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

// Header text is Latin-1 by definition: every byte is a character.
PyObject* latin1(std::string_view text)
{
    return PyUnicode_DecodeLatin1(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr);
}

PyObject* new_reference(PyObject* object)
{
    Py_XINCREF(object);
    return object;
}

PyObject* head_fields(const http::Response& response)
{
    PyObject* list = PyList_New(0);
    if (!list)
        return nullptr;
    for (const auto& [name, value] : http::HeaderBlock(response.head())) {
        PyObject* pair = Py_BuildValue("(NN)", latin1(name), latin1(value));
        const bool failed = !pair || PyList_Append(list, pair) < 0;
        Py_XDECREF(pair);
        if (failed) {
            Py_DECREF(list);
            return nullptr;
        }
    }
    return list;
}

PyObject* reason_of(const http::Response& response)
{
    auto line = response.head().substr(0, response.head().find('\n'));
    line.remove_prefix(std::min<std::size_t>(line.size(), 12));
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && blank(line.front()))
        line.remove_prefix(1);
    while (!line.empty() && blank(line.back()))
        line.remove_suffix(1);
    return latin1(line);
}

PyObject* assigned(ResponseObject* self, PyObject* name)
{
    return self->attributes ? PyDict_GetItemWithError(self->attributes, name) : nullptr;
}

PyObject* made(PyObject* object, PyObject* name)
{
    auto* self = as_response(object);
    PyObject* maker = makers ? PyDict_GetItemWithError(makers, name) : nullptr;
    if (!maker || !self->session) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_AttributeError, name);
        return nullptr;
    }
    PyObject* value = PyObject_CallOneArg(maker, object);
    if (!value || (!self->attributes && !(self->attributes = PyDict_New())) ||
        PyDict_SetItem(self->attributes, name, value) < 0) {
        Py_XDECREF(value);
        return nullptr;
    }
    return value;
}

PyObject* native_value(ResponseObject* self, std::string_view name)
{
    if (name == "status_code")
        return PyLong_FromLong(self->failure ? 0 : self->response.status);
    if (name == "_content" && !self->streaming) {
        if (self->failure || self->streamed)
            return nullptr;
        if (!self->content)
            self->content = bytes_of(self->response.body());
        return new_reference(self->content);
    }
    return nullptr;
}

// One getter and one setter serve every lazy attribute; the closure is its name.
PyObject* get_attribute(PyObject* object, void* closure)
{
    auto* self = as_response(object);
    PyObject* name = PyUnicode_InternFromString(static_cast<const char*>(closure));
    if (!name)
        return nullptr;
    PyObject* value = new_reference(assigned(self, name));
    if (!value && self->session && !PyErr_Occurred())
        value = native_value(self, static_cast<const char*>(closure));
    if (!value && !PyErr_Occurred())
        value = made(object, name);
    Py_DECREF(name);
    return value;
}

int set_attribute(PyObject* object, PyObject* value, void* closure)
{
    auto* self = as_response(object);
    if (!self->attributes && !(self->attributes = PyDict_New()))
        return -1;
    const char* name = static_cast<const char*>(closure);
    return value ? PyDict_SetItemString(self->attributes, name, value)
                 : PyDict_DelItemString(self->attributes, name);
}

#define LAZY(name)                                                           \
    {                                                                        \
        name, get_attribute, set_attribute, nullptr, const_cast<char*>(name) \
    }

PyGetSetDef attributes[] = {LAZY("status_code"),
                            LAZY("_content"),
                            LAZY("_content_consumed"),
                            LAZY("_next"),
                            LAZY("url"),
                            LAZY("headers"),
                            LAZY("reason"),
                            LAZY("encoding"),
                            LAZY("elapsed"),
                            LAZY("history"),
                            LAZY("cookies"),
                            LAZY("request"),
                            LAZY("raw"),
                            LAZY("connection"),
                            LAZY("error"),
                            LAZY("request_meta"),
                            LAZY("_request_event"),
                            {}};

// What the makers read.

PyObject* native_fields(PyObject* self, PyObject*)
{
    return head_fields(as_response(self)->response);
}
PyObject* native_reason(PyObject* self, PyObject*)
{
    return reason_of(as_response(self)->response);
}

PyObject* native_session(PyObject* self, PyObject*)
{
    PyObject* session = as_response(self)->session;
    return Py_NewRef(session ? session : Py_None);
}

PyObject* native_asked(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    const auto or_none = [](PyObject* object) { return object ? object : Py_None; };
    return Py_BuildValue("OOO", or_none(r->method), or_none(r->path), or_none(r->details));
}

// What stood before the path.
PyObject* native_base_url(PyObject* self, PyObject*)
{
    PyObject* base_url = as_response(self)->base_url;
    return Py_NewRef(base_url ? base_url : Py_None);
}

// The URL of the last hop as it went out.
PyObject* native_url(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    http::Url url{r->origin, r->target, r->fragment, {}};
    const std::string text = url.text();
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

// (asked_ns_ago, response_ms, head_ms, connection_reused); the first is monotonic time since the
// first act.
PyObject* native_times(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    const auto& t = r->times;
    const auto since =
        static_cast<double>(base::monotonic_now() - (t.begun ? t.begun : t.asked)) / 1e9;
    const auto whole = static_cast<double>(t.taken()) / 1e6;
    const auto head = t.head ? static_cast<double>(t.head - t.sent) / 1e6 : whole;
    return Py_BuildValue("dddO", since, whole, head, r->reused ? Py_True : Py_False);
}

// Seconds in each phase, over all hops; together they are the response time. See http::Phases.
PyObject* native_phases(PyObject* self, PyObject*)
{
    const auto& p = as_response(self)->times.phases;
    const auto seconds = [](base::Nanos nanos) { return static_cast<double>(nanos) / 1e9; };
    return Py_BuildValue("{sdsdsdsdsdsd}", "dns", seconds(p.lookup), "connect", seconds(p.connect),
                         "tls", seconds(p.tls), "send", seconds(p.send), "first_byte",
                         seconds(p.first_byte), "receive", seconds(p.receive));
}

PyObject* native_body(PyObject* self, PyObject*)
{
    return bytes_of(as_response(self)->response.body());
}

PyObject* native_body_size(PyObject* self, PyObject*)
{
    return PyLong_FromSize_t(as_response(self)->response.body().size());
}

// None, or (fields, body, timeout as given, whether geventhttpclient shows the body as text) of a
// plain request.
PyObject* native_sent(PyObject* self, PyObject*)
{
    const Sent* sent = as_response(self)->sent;
    const Profile* profile = as_response(self)->profile.get();
    if (!sent && profile)
        return Py_BuildValue("NNOO", bytes_of(profile->fields), bytes_of({}), Py_None, Py_False);
    if (!sent)
        Py_RETURN_NONE;
    const auto size = static_cast<Py_ssize_t>(sent->body.size());
    PyObject* body =
        sent->text ? PyUnicode_DecodeUTF8(sent->body.data(), size, "strict") : bytes_of(sent->body);
    return Py_BuildValue("NNOO", bytes_of(sent->fields), body, sent->timeout.ptr(),
                         sent->fast_text ? Py_True : Py_False);
}

// None, or (stage, category, code, message, words).
PyObject* native_failure(PyObject* self, PyObject*)
{
    const auto& f = as_response(self)->failure;
    if (!f)
        Py_RETURN_NONE;
    static constexpr const char* stages[] = {"none", "lookup",  "connect",  "tls",
                                             "send", "receive", "redirect", "decode"};
    return Py_BuildValue("ssisN", stages[static_cast<int>(f.stage)], f.code.category().name(),
                         f.code.value(), f.code.message().c_str(), latin1(f.words));
}

PyObject* native_status(PyObject* self, PyObject*)
{
    return PyLong_FromLong(as_response(self)->response.status);
}

// 11 or 10, as http.client has it.
PyObject* native_version(PyObject* self, PyObject*)
{
    return PyLong_FromLong(as_response(self)->response.head().starts_with("HTTP/1.0") ? 10 : 11);
}

// The jar's cookies as they went out, one str for each request of the chain; "" where there were
// none.
PyObject* native_cookies(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    PyObject* list = PyList_New(0);
    for (const auto& hop : self->history) {
        PyObject* sent = latin1(hop.cookies);
        const bool failed = !list || !sent || PyList_Append(list, sent) < 0;
        Py_XDECREF(sent);
        if (failed) {
            Py_XDECREF(list);
            return nullptr;
        }
    }
    PyObject* last = latin1(self->cookies);
    if (!list || !last || PyList_Append(list, last) < 0)
        Py_CLEAR(list);
    Py_XDECREF(last);
    return list;
}

// [(method, url, status, fields, body, elapsed_s), ...] of the answers on the way.
PyObject* native_history(PyObject* self, PyObject*)
{
    PyObject* list = PyList_New(0);
    if (!list)
        return nullptr;
    for (const auto& hop : as_response(self)->history) {
        PyObject* row =
            Py_BuildValue("ssiNNNd", hop.method.c_str(), hop.url.c_str(), hop.response.status,
                          reason_of(hop.response), head_fields(hop.response),
                          bytes_of(hop.response.body()), static_cast<double>(hop.elapsed) / 1e9);
        const bool failed = !row || PyList_Append(list, row) < 0;
        Py_XDECREF(row);
        if (failed) {
            Py_DECREF(list);
            return nullptr;
        }
    }
    return list;
}

// Takes over the attributes of a response that did not come from here.
PyObject* adopt(PyObject* object, PyObject* dict)
{
    auto* self = as_response(object);
    if (!PyDict_Check(dict))
        return PyErr_Format(PyExc_TypeError, "a dict is needed");
    Py_XSETREF(self->attributes, PyDict_Copy(dict));
    if (!self->attributes)
        return nullptr;
    Py_RETURN_NONE;
}

http::Client& client_of(ResponseObject* self)
{
    return *reinterpret_cast<SessionObject*>(self->session)->client;
}

// The exchange may still be queued for a completion: abandon() takes it out.
void end_streaming(ResponseObject* self)
{
    client_of(self).abandon(**self->streaming);
    delete std::exchange(self->streaming, nullptr);
}

// The next piece of a streamed body: bytes, b"" at its end. Raises what was thrown into the
// greenlet.
PyObject* read_piece(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    while (self->streaming) {
        const auto exchange = *self->streaming;
        client_of(self).take_body(*exchange);
        auto& bytes = exchange->response.bytes;
        if (bytes.size() > exchange->response.head_size) {
            PyObject* piece = bytes_of(exchange->response.body());
            bytes.resize(exchange->response.head_size);
            return piece;
        }
        if (exchange->done) {
            self->failure = exchange->failure;
            end_streaming(self);
        } else if (!exchange->waiter.wait(exchange->hub)) {
            if (self->streaming)
                end_streaming(self);
            return nullptr;
        }
    }
    return PyBytes_FromStringAndSize("", 0);
}

PyObject* stop_streaming(PyObject* object, PyObject*)
{
    if (as_response(object)->streaming)
        end_streaming(as_response(object));
    Py_RETURN_NONE;
}

PyObject* was_streamed(PyObject* object, PyObject*)
{
    return PyBool_FromLong(as_response(object)->streamed);
}

PyObject* is_streaming(PyObject* object, PyObject*)
{
    return PyBool_FromLong(as_response(object)->streaming != nullptr);
}

PyMethodDef methods[] = {
    {"_native_body", native_body, METH_NOARGS, "What came of the body, also of a failed response."},
    {"_native_fields", native_fields, METH_NOARGS,
     "Header fields as received: [(name, value), ...]."},
    {"_native_reason", native_reason, METH_NOARGS, "The reason phrase."},
    {"_native_session", native_session, METH_NOARGS,
     "The session that asked; None for a response that did not come from the core."},
    {"_native_base_url", native_base_url, METH_NOARGS, "The session's base_url, as it was then."},
    {"_native_asked", native_asked, METH_NOARGS,
     "(method, path or URL, details) of the first request."},
    {"_native_url", native_url, METH_NOARGS, "URL of the last hop."},
    {"_native_times", native_times, METH_NOARGS,
     "(seconds since the begin, response ms, head ms, reused)."},
    {"_native_phases", native_phases, METH_NOARGS,
     "{'dns', 'connect', 'tls', 'send', 'first_byte', 'receive': seconds}; 0 for what did not "
     "happen."},
    {"_native_body_size", native_body_size, METH_NOARGS, "Bytes of the decoded body."},
    {"_native_sent", native_sent, METH_NOARGS,
     "None or (fields, body, timeout) of a plain request."},
    {"_native_text", response_text, METH_NOARGS,
     "The body as text; None where the encoding takes finding out."},
    {"_native_enter", response_enter, METH_NOARGS, "__enter__ of responses that can be judged."},
    {"_native_exit", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(response_exit)),
     METH_FASTCALL, "__exit__ of responses that can be judged."},
    {"_native_success", response_success, METH_NOARGS, "Notes that the request is a success."},
    {"_native_failure", native_failure, METH_NOARGS,
     "None or (stage, category, code, message, words)."},
    {"_native_status", native_status, METH_NOARGS, "The status, also of a response that failed."},
    {"_native_version", native_version, METH_NOARGS, "11 or 10."},
    {"_native_cookies", native_cookies, METH_NOARGS,
     "The jar's cookies that went out, for each request of the chain."},
    {"_native_history", native_history, METH_NOARGS, "Rows of the redirects that were followed."},
    {"_native_read", read_piece, METH_NOARGS, "The next piece of a streamed body; b'' at its end."},
    {"_native_stop", stop_streaming, METH_NOARGS, "Gives up a streamed body and its connection."},
    {"_native_streamed", was_streamed, METH_NOARGS,
     "Whether the body is, or was, given out piece by piece."},
    {"_native_streaming", is_streaming, METH_NOARGS, "Whether the body is still under way."},
    {"_adopt", adopt, METH_O, "Takes over a dict of attributes."},
    {}};

PyMemberDef members[] = {
    {"_catch_response", T_BOOL, offsetof(ResponseObject, catch_response), 0,
     "May be judged in a `with` block."},
    {"_entered", T_BOOL, offsetof(ResponseObject, entered), 0, "... and has been in one."},
    {"_manual_result", T_OBJECT, offsetof(ResponseObject, verdict), 0,
     "None, True, or the exception of failure()."},
    {"_entry_name", T_OBJECT, offsetof(ResponseObject, name), READONLY,
     "The entry of an unrecorded request, or None."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ResponseObject, weak_references), READONLY,
     nullptr},
    {}};

PyObject* response_new(PyTypeObject* type, PyObject*, PyObject*)
{
    auto* self = as_response(type->tp_alloc(type, 0));
    if (!self)
        return nullptr;
    new (&self->response) http::Response;
    new (&self->history) std::vector<http::Hop>;
    new (&self->failure) http::Failure;
    new (&self->times) http::Times;
    new (&self->profile) std::shared_ptr<const Profile>;
    new (&self->origin) http::Origin;
    new (&self->target) std::string;
    new (&self->fragment) std::string;
    new (&self->cookies) std::string;
    return reinterpret_cast<PyObject*>(self);
}

int response_traverse(PyObject* object, visitproc visit, void* arg)
{
    auto* self = as_response(object);
    Py_VISIT(self->session);
    Py_VISIT(self->details);
    Py_VISIT(self->verdict);
    Py_VISIT(self->attributes);
    return 0;
}

int response_clear(PyObject* object)
{
    auto* self = as_response(object);
    Py_XDECREF(stop_streaming(object, nullptr));
    Py_CLEAR(self->details);
    Py_CLEAR(self->verdict);
    Py_CLEAR(self->attributes);
    Py_CLEAR(self->session);
    return 0;
}

void response_dealloc(PyObject* object)
{
    PyObject_GC_UnTrack(object);
    auto* self = as_response(object);
    if (self->weak_references)
        PyObject_ClearWeakRefs(object);
    response_clear(object);
    Py_CLEAR(self->method);
    Py_CLEAR(self->path);
    Py_CLEAR(self->content);
    Py_CLEAR(self->name);
    Py_CLEAR(self->base_url);
    delete self->sent;
    std::destroy_at(&self->profile);
    std::destroy_at(&self->cookies);
    std::destroy_at(&self->fragment);
    std::destroy_at(&self->target);
    std::destroy_at(&self->origin);
    std::destroy_at(&self->failure);
    std::destroy_at(&self->history);
    std::destroy_at(&self->response);
    Py_TYPE(object)->tp_free(object);
}

PyObject* set_response_makers(PyObject*, PyObject* dict)
{
    if (!PyDict_Check(dict))
        return PyErr_Format(PyExc_TypeError, "a dict of functions is needed");
    Py_XSETREF(makers, Py_NewRef(dict));
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {{"set_response_makers", set_response_makers, METH_O,
                            "{attribute: function(response) -> value}: what makes an attribute of "
                            "ResponseBase at its first touch."},
                           {}};

}  // namespace

PyTypeObject response_type{};

PyObject* new_response(PyTypeObject* type, SessionObject* session, PyObject* method, PyObject* path,
                       PyObject* details, PendingExchange& exchange)
{
    auto* self = as_response(response_new(type, nullptr, nullptr));
    if (!self)
        return nullptr;
    self->session = Py_NewRef(reinterpret_cast<PyObject*>(session));
    self->method = Py_NewRef(method);
    self->path = Py_NewRef(path);
    self->details = new_reference(details);
    self->base_url = new_reference(session->base_url);
    self->response = std::move(exchange.response);
    self->history.swap(exchange.history);
    self->failure = std::move(exchange.failure);
    exchange.failure = {};
    self->times = exchange.times;
    self->reused = exchange.reused;
    self->origin = exchange.request.origin;
    self->target = exchange.request.target;
    self->fragment = exchange.request.fragment;
    self->cookies.swap(exchange.cookies);
    return reinterpret_cast<PyObject*>(self);
}

bool ready_response_type(PyObject* module)
{
    Py_SET_REFCNT(&response_type, 1);
    response_type.tp_name = "locustella._core.ResponseBase";
    response_type.tp_basicsize = sizeof(ResponseObject);
    response_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    response_type.tp_doc = "An answer on the native core; what is touched is decoded then.";
    response_type.tp_new = response_new;
    response_type.tp_dealloc = response_dealloc;
    response_type.tp_traverse = response_traverse;
    response_type.tp_clear = response_clear;
    response_type.tp_methods = methods;
    response_type.tp_getset = attributes;
    response_type.tp_members = members;
    response_type.tp_weaklistoffset = offsetof(ResponseObject, weak_references);
    return PyType_Ready(&response_type) == 0 && PyModule_AddFunctions(module, functions) == 0 &&
           PyModule_AddObjectRef(module, "ResponseBase",
                                 reinterpret_cast<PyObject*>(&response_type)) == 0;
}

}  // namespace locustella::bindings
