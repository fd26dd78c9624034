// A streamed body, piece by piece.
//
//   one greenlet reads        it sleeps until a piece comes, the body ends or breaks off
//   another closes            the reader wakes up with the error that gevent's sockets give it
//   a second one reads        gevent's ConcurrentObjectUseError, as on a socket
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <cerrno>

#include "guard.hpp"
#include "response/response_object.hpp"

namespace locustella::bindings {
namespace {

// The class of that name, or what it is derived from. No error is set.
PyObject* gevent_class(const char* module_name, const char* name, PyObject* otherwise)
{
    PyObject* module = PyImport_ImportModule(module_name);
    PyObject* found = module ? PyObject_GetAttrString(module, name) : nullptr;
    Py_XDECREF(module);
    PyErr_Clear();
    return found ? found : Py_NewRef(otherwise);
}

PyObject* closed_by_another()
{
    PyObject* type = gevent_class("gevent._socketcommon", "cancel_wait_ex", PyExc_OSError);
    PyObject* error = PyObject_CallFunction(type, type == PyExc_OSError ? "is" : nullptr, EBADF,
                                            "File descriptor was closed in another greenlet");
    if (error)
        PyErr_SetObject(type, error);
    Py_XDECREF(error);
    Py_DECREF(type);
    return nullptr;
}

PyObject* read_by_another()
{
    PyObject* type =
        gevent_class("gevent.exceptions", "ConcurrentObjectUseError", PyExc_AssertionError);
    PyErr_SetString(type, "This response is already read by another greenlet");
    Py_DECREF(type);
    return nullptr;
}

// In a forked child, of an answer that its parent has begun to read.
PyObject* read_by_parent()
{
    PyErr_SetString(PyExc_RuntimeError,
                    "the body of this response is its parent process's to read: read it before the "
                    "fork, or ask for it again in the child");
    return nullptr;
}

// The next piece of a streamed body: bytes, b"" at its end. Raises what was thrown into the
// greenlet.
PyObject* read_piece(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    while (self->streaming) {
        const auto exchange = *self->streaming;
        if (exchange->hub.is_of_parent())
            return read_by_parent();
        if (exchange->waiter.waiting())
            return read_by_another();
        self->client->take_body(*exchange);
        auto& bytes = exchange->response.bytes;
        if (bytes.size() > exchange->response.head_size) {
            PyObject* piece = bytes_of(exchange->response.body());
            bytes.resize(exchange->response.head_size);
            return piece;
        }
        if (exchange->done) {
            self->failure = exchange->failure;
            stop_streaming(self);
        } else if (!exchange->waiter.wait(exchange->hub)) {
            stop_streaming(self);
            return nullptr;
        } else if (!self->streaming) {
            return closed_by_another();
        }
    }
    return PyBytes_FromStringAndSize("", 0);
}

PyObject* stop(PyObject* object, PyObject*)
{
    stop_streaming(as_response(object));
    Py_RETURN_NONE;
}

}  // namespace

void stop_streaming(ResponseObject* self)
{
    if (!self->streaming)
        return;
    const std::unique_ptr<std::shared_ptr<PendingExchange>> streaming(
        std::exchange(self->streaming, nullptr));
    PendingExchange& exchange = **streaming;
    if (exchange.hub.is_of_parent())
        return;
    self->client->abandon(exchange);
    // Who sleeps for it holds it, and is woken when this greenlet has left the processor.
    if (exchange.waiter.waiting())
        exchange.hub.reactor().resume_later(exchange);
}

PyMethodDef response_stream[] = {
    {"_native_read", guarded<read_piece>, METH_NOARGS,
     "_native_read($self, /)\n--\n\nThe next piece of a streamed body; b'' at its end."},
    {"_native_stop", guarded<stop>, METH_NOARGS,
     "_native_stop($self, /)\n--\n\nGives up a streamed body and its connection; who waits for it "
     "gets an error."},
    {}};

}  // namespace locustella::bindings
