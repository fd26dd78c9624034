// What a session does natively: one exchange, waited for by a greenlet, and the checks before it.
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <pybind11/pybind11.h>
#include <Python.h>

#include <algorithm>

#include "http/error.hpp"
#include "session/session_methods.hpp"

namespace locustella::bindings {
namespace {

PyObject* timeout_class = nullptr;

SessionObject* as_session(PyObject* self)
{
    return reinterpret_cast<SessionObject*>(self);
}

// False with TypeError set.
bool set_route(http::Request& request, PyObject* route)
{
    try {
        request.route = pybind11::handle(route).cast<std::shared_ptr<http::Route>>();
        if (request.route)
            return true;
    } catch (pybind11::cast_error&) {
    }
    PyErr_SetString(PyExc_TypeError, "a Route is needed");
    return false;
}

}  // namespace

bool attach_session(SessionObject* self)
{
    if (self->client)
        return true;
    self->hub = Hub::of_this_thread();
    if (!self->hub)
        return false;
    self->client = new http::Client(self->hub->http());
    if (use_pool(self))
        return true;
    delete std::exchange(self->client, nullptr);
    return false;
}

// A session serves the thread that it began on: its connections belong to that thread's reactor.
bool on_own_thread(SessionObject* self)
{
    if (!attach_session(self))
        return false;
    if (self->hub == Hub::of_this_thread())
        return true;
    PyErr_SetString(PyExc_RuntimeError,
                    "an HTTP session must be used on the thread that used it first; "
                    "give each thread a session of its own");
    return false;
}

PyTypeObject* response_class_of(SessionObject* self)
{
    static PyObject* const name = PyUnicode_InternFromString("_response_class");
    PyObject* type = PyObject_GetAttr(reinterpret_cast<PyObject*>(self), name);
    if (!type)
        return nullptr;
    Py_DECREF(type);  // the class of the session keeps it
    if (PyType_Check(type) &&
        PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type), &response_type))
        return reinterpret_cast<PyTypeObject*>(type);
    PyErr_SetString(PyExc_TypeError, "_response_class must be a subclass of ResponseBase");
    return nullptr;
}

void PendingExchange::run_deferred()
{
    if (times.ended)
        hub.reactor().lag().wake.record(base::monotonic_now() - times.ended);
    waiter.wake(hub);
}

void set_timeout_class(PyObject* type)
{
    Py_XSETREF(timeout_class, Py_NewRef(type));
}

// What the gate has refused is an error of the script's, as under http.client: nothing is recorded.
static bool refuse(PendingExchange& exchange)
{
    const std::string& what = exchange.failure.words;
    PyObject* bytes = PyBytes_FromStringAndSize(what.data(), static_cast<Py_ssize_t>(what.size()));
    if (bytes)
        PyErr_Format(PyExc_ValueError, "Invalid header value %R", bytes);
    Py_XDECREF(bytes);
    exchange.failure = {};
    exchange.prepared_for = nullptr;
    return false;
}

bool perform(SessionObject* session, PendingExchange& exchange, PyObject* pieces)
{
    session->client->start(exchange);
    if (pieces ? send_pieces(session, exchange, pieces) : exchange.waiter.wait(exchange.hub))
        return exchange.failure.code != http::Error::unsendable_head || refuse(exchange);
    session->client->abandon(exchange);
    exchange.prepared_for = nullptr;
    if (!session->catches_timeouts || !timeout_class || !PyErr_ExceptionMatches(timeout_class))
        return false;
    PyErr_Clear();
    exchange.failure = {http::Stage::receive, http::Error::total_timeout, {}};
    return true;
}

// The response of an exchange that is done or, streamed, has its head.
static PyObject* answered(SessionObject* self, PyTypeObject* type,
                          const std::shared_ptr<PendingExchange>& exchange, PyObject* verb,
                          PyObject* path, PyObject* details)
{
    // Also when all is here already: it is read as it would be later.
    const bool more = exchange->request.stream && !exchange->failure;
    http::Response head;
    if (more) {  // the exchange goes on with its own
        head = exchange->response;
        exchange->response.bytes.resize(exchange->response.head_size);
    }
    PyObject* response =
        new_response(type, self, verb, path, details == Py_None ? nullptr : details, *exchange);
    if (response && more) {
        exchange->response = std::move(head);
        reinterpret_cast<ResponseObject*>(response)->streaming =
            new std::shared_ptr<PendingExchange>(exchange);
        reinterpret_cast<ResponseObject*>(response)->streamed = true;
    } else if (more) {
        self->client->abandon(*exchange);
    }
    return response;
}

// names_host: 1 for a Host of the caller's in `fields`, 2 for ours. names_cookie: 1 when the jar's
// cookies shall not go out; 2 when, beside that, those of the answer shall not go into it: Python
// sees to both.
//
// _send(method, tls, host, port, target, fragment, fields, cookie_at, body, names_host,
// names_cookie, stream,
//       redirects, max_redirects, connect_s, read_s, total_s, route, path, details, chunked=False,
//       repeats=False) -> response
//
// repeats: it may be sent again when a kept connection is closed under it.
//
// `body` is bytes, or an iterator of bytes: then it goes out piece by piece, in the chunked coding
// if `chunked`.
PyObject* session_send(PyObject* object, PyObject* args)
{
    auto* self = as_session(object);
    const char *method, *host, *target, *fragment, *fields;
    Py_ssize_t fields_size;
    int chunked = 0, repeats = 0, tls, port, names_host, names_cookie, stream, redirects,
        max_redirects;
    Py_ssize_t cookie_at;
    double connect_s, read_s, total_s;
    PyObject *body, *route, *path, *details;
    if (!PyArg_ParseTuple(args, "spsissy#nOiipiidddOOO|pp", &method, &tls, &host, &port, &target,
                          &fragment, &fields, &fields_size, &cookie_at, &body, &names_host,
                          &names_cookie, &stream, &redirects, &max_redirects, &connect_s, &read_s,
                          &total_s, &route, &path, &details, &chunked, &repeats))
        return nullptr;
    PyTypeObject* type = response_class_of(self);
    if (!type || !on_own_thread(self))
        return nullptr;
    auto exchange = std::make_shared<PendingExchange>(*self->hub);
    http::Request& request = exchange->request;
    request.method = method;
    request.origin = {tls != 0, host, static_cast<std::uint16_t>(port)};
    request.target = target;
    request.fragment = fragment;
    request.fields.assign(fields, static_cast<std::size_t>(fields_size));
    request.cookie_at = std::min(static_cast<std::size_t>(cookie_at), request.fields.size());
    PyObject* pieces = PyBytes_Check(body) ? nullptr : body;
    if (pieces)
        request.upload = chunked ? http::Upload::chunked : http::Upload::sized;
    else
        request.body.assign(PyBytes_AS_STRING(body),
                            static_cast<std::size_t>(PyBytes_GET_SIZE(body)));
    request.names_host = names_host != 0;
    request.host_follows = names_host == 2;
    request.names_cookie = names_cookie != 0;
    request.keeps_cookies = names_cookie != 2;
    request.stream = stream;
    request.repeats = repeats;
    request.redirects = static_cast<http::RedirectRules>(redirects);
    request.max_redirects = max_redirects;
    request.timeouts = {base::nanos_from_seconds(connect_s), base::nanos_from_seconds(read_s),
                        base::nanos_from_seconds(total_s)};
    if (pieces && !PyIter_Check(pieces))
        return PyErr_Format(PyExc_TypeError, "a body is bytes or an iterator of bytes, not %s",
                            Py_TYPE(pieces)->tp_name);
    if (!set_route(request, route))
        return nullptr;
    if (!perform(self, *exchange, pieces))
        return nullptr;
    return answered(self, type, exchange, PyTuple_GET_ITEM(args, 0), path, details);
}

}  // namespace locustella::bindings
