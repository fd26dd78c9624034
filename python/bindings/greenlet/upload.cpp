// Bodies that come piece by piece, from a Python iterator to an exchange.
//
//   send_pieces(client, exchange, generator)      // behind Client::start
//
// The iterator is advanced in the greenlet that asks, each time the piece before has gone out to
// the kernel: it may switch greenlets, make requests of its own, raise, fork, or be killed. An
// early answer or a failure ends the upload; where a redirect keeps the body, `rewind()` is called,
// of an iterator that was said to have it, and the pieces begin anew.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <memory>

#include "greenlet/pending_exchange.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

// False with an error set when `piece` is neither text nor bytes.
bool send_piece(client::Client& client, PendingExchange& exchange, PyObject* piece)
{
    if (PyUnicode_Check(piece)) {
        Py_ssize_t size;
        const char* text = PyUnicode_AsUTF8AndSize(piece, &size);
        if (text)
            client.send_body(exchange, {text, static_cast<std::size_t>(size)}, false);
        return text != nullptr;
    }
    Py_buffer bytes;
    if (PyObject_GetBuffer(piece, &bytes, PyBUF_SIMPLE) < 0)
        return false;
    const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> held(&bytes, PyBuffer_Release);
    client.send_body(exchange,
                     {static_cast<const char*>(bytes.buf), static_cast<std::size_t>(bytes.len)},
                     false);
    return true;
}

// The pieces may have forked the process: the child has neither the connection nor the answer.
bool is_still_ours(const PendingExchange& exchange)
{
    if (!exchange.hub.is_of_parent())
        return true;
    PyErr_SetString(PyExc_RuntimeError,
                    "this upload began before the process forked: it is the parent's, and goes on "
                    "there");
    return false;
}

}  // namespace

bool send_pieces(client::Client& client, PendingExchange& exchange, PyObject* pieces)
{
    bool ended = false;
    std::size_t hops = 0;
    while (!exchange.done && !(ended && exchange.answered())) {
        if (!exchange.wants_body) {
            if (!exchange.waiter.wait(exchange.hub))
                return false;
            continue;
        }
        if (exchange.history.size() > hops) {
            hops = exchange.history.size();
            if (!owned(PyObject_CallMethod(pieces, "rewind", nullptr)))
                return false;
        }
        PyObject* piece = PyIter_Next(pieces);
        const auto held = owned(piece);
        if ((!piece && PyErr_Occurred()) || !is_still_ours(exchange))
            return false;
        if (exchange.history.size() > hops)  // meanwhile: this one is of no use
            continue;
        ended = !piece;
        const bool sent = piece && send_piece(client, exchange, piece);
        if (ended)
            client.send_body(exchange, {}, true);
        else if (!sent)
            return false;
    }
    exchange.hub.reactor().withdraw(exchange);  // what it would be woken for is known
    return true;
}

}  // namespace locustella::bindings
