// What a session does natively: one exchange, waited for by a greenlet, and the checks before it.
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <pybind11/pybind11.h>
#include <Python.h>

#include "http/error.hpp"
#include "session/send_call.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

PyObject* timeout_class = nullptr;

}  // namespace

bool attach_session(SessionObject* self)
{
    if (self->client)
        return true;
    self->hub = Hub::of_this_thread();
    if (!self->hub)
        return false;
    self->client = new client::Client(self->hub->http());
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
    bool came = false;
    try {
        session->client->start(exchange);
        under_way().add(exchange, exchange.times.asked);
        came = pieces ? send_pieces(session, exchange, pieces) : exchange.waiter.wait(exchange.hub);
    } catch (...) {  // no memory: what has begun must not be found half done
        if (exchange.is_linked())
            exchange.unlink();
        session->client->abandon(exchange);
        exchange.prepared_for = nullptr;
        throw;
    }
    if (came) {
        exchange.unlink();
        return exchange.failure.code != http::Error::unsendable_head || refuse(exchange);
    }
    under_way().give_up(exchange, base::monotonic_now());
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
                          const std::shared_ptr<PendingExchange>& exchange, const SendCall& call)
{
    // Also when all is here already: it is read as it would be later.
    const bool more = exchange->request.stream && !exchange->failure;
    http::Response head;
    if (more) {  // the exchange goes on with its own
        head = exchange->response;
        exchange->response.bytes.resize(exchange->response.head_size);
    }
    auto response = pybind11::reinterpret_steal<pybind11::object>(
        new_response(type, reinterpret_cast<PyObject*>(self), self->base_url, *self->client,
                     call.method, call.asked, call.details, *exchange));
    if (response && more) {
        exchange->response = std::move(head);
        exchange->handed_out = true;
        as_response(response.ptr())->streaming = new std::shared_ptr<PendingExchange>(exchange);
        as_response(response.ptr())->streamed = true;
    } else if (more) {
        self->client->abandon(*exchange);
    }
    return response.release().ptr();
}

PyObject* session_send(PyObject* object, PyObject* const* args, Py_ssize_t count,
                       PyObject* keywords)
{
    auto* self = as_session(object);
    PyTypeObject* type = response_class_of(self);
    if (!type || !on_own_thread(self))
        return nullptr;
    auto exchange = std::make_shared<PendingExchange>(*self->hub);
    SendCall call{*exchange};
    if (!take_send_call(args, count, keywords, call) || !perform(self, *exchange, call.pieces))
        return nullptr;
    return answered(self, type, exchange, call);
}

}  // namespace locustella::bindings
