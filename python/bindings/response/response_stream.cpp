// A streamed body, piece by piece.
//
//   while piece := response._native_take(1024, True): ...      # 1024 bytes, fewer at the end only
//
//   one greenlet reads        it sleeps until a piece comes, the body ends or breaks off
//   another closes            the reader wakes up with the error that gevent's sockets give it
//   a second one reads        gevent's ConcurrentObjectUseError, as on a socket
//
// The response has the request's end as the head told it: status, times and statistics stay, and
// what breaks off the body later is the body's failure alone.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "guard.hpp"
#include "http/header_block.hpp"
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

// What has come and was not given out.
std::string_view pending(const StreamedBody& body)
{
    return body.exchange->response.body().substr(body.given_of_last);
}

PyObject* give(StreamedBody& body, std::size_t size)
{
    constexpr std::size_t much = 64 * 1024;
    PyObject* piece = bytes_of(pending(body).substr(0, size));
    if (!piece)
        return nullptr;
    http::Response& last = body.exchange->response;
    body.given += size;
    body.given_of_last += size;
    if (const std::size_t rest = pending(body).size();
        rest == 0 || body.given_of_last > much + rest) {
        last.bytes.erase(last.head_size, body.given_of_last);
        body.given_of_last = 0;
    }
    return piece;
}

// False with an error set: nobody will have more.
bool wait_for_more(ResponseObject* self, PendingExchange& exchange)
{
    if (!exchange.waiter.wait(exchange.hub)) {
        stop_streaming(self);
        return false;
    }
    return is_streaming(self) || closed_by_another();
}

//   step     what is pending
//   -------  ---------------------------------------------------------
//   data     as much as was wanted, at least
//   end      less, perhaps nothing: the last of the body
//   broken   less, perhaps nothing: what came before the body broke off
//   error    not to be had; a Python error is set
enum class Step : std::uint8_t { data, end, broken, error };

// Waits until so many bytes are pending, or no more will come.
Step step(ResponseObject* self, std::size_t wanted)
{
    while (is_streaming(self)) {
        const auto exchange = self->streamed->exchange;
        if (exchange->hub.is_of_parent()) {
            read_by_parent();
            return Step::error;
        }
        if (exchange->waiter.waiting()) {
            read_by_another();
            return Step::error;
        }
        self->client->take_body(*exchange);
        if (pending(*self->streamed).size() >= wanted)
            return Step::data;
        if (exchange->done) {
            self->streamed->failure = exchange->failure;
            return exchange->failure ? Step::broken : Step::end;
        }
        if (!wait_for_more(self, *exchange))
            return Step::error;
    }
    return Step::end;
}

// What is pending, and then no more.
PyObject* give_last(ResponseObject* self)
{
    if (!is_streaming(self))
        return bytes_of({});
    PyObject* last = give(*self->streamed, pending(*self->streamed).size());
    stop_streaming(self);
    return last;
}

// The next piece of a streamed body: bytes, b"" at its end. Raises what was thrown into the
// greenlet.
PyObject* read_piece(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    switch (step(self, 1)) {
    case Step::data: return give(*self->streamed, pending(*self->streamed).size());
    case Step::end:
    case Step::broken: return give_last(self);
    case Step::error: break;
    }
    return nullptr;
}

// At most `most` bytes: what is there, or `filled` up, so that only the last piece is shorter.
PyObject* take(ResponseObject* self, std::size_t most, bool filled)
{
    switch (step(self, filled ? most : std::min<std::size_t>(most, 1))) {
    case Step::data: return give(*self->streamed, std::min(pending(*self->streamed).size(), most));
    case Step::end: return give_last(self);
    case Step::broken: Py_RETURN_NONE;
    case Step::error: break;
    }
    return nullptr;
}

PyObject* take_piece(PyObject* object, PyObject* const* args, Py_ssize_t count)
{
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "_native_take() takes a size and a bool");
    std::size_t most = std::numeric_limits<std::size_t>::max();
    if (args[0] != Py_None && (most = PyLong_AsSize_t(args[0])) == static_cast<std::size_t>(-1) &&
        PyErr_Occurred())
        return nullptr;
    return take(as_response(object), most, args[1] == Py_True);
}

PyObject* bytes_given(PyObject* object, PyObject*)
{
    const StreamedBody* body = as_response(object)->streamed;
    return PyLong_FromSize_t(body ? body->given : 0);
}

PyObject* is_coded(PyObject* object, PyObject*)
{
    return PyBool_FromLong(as_response(object)->response.coded);
}

// As urllib3 looks for it.
bool names_chunked(std::string_view codings)
{
    constexpr std::string_view blank = " \t";
    while (!codings.empty()) {
        auto one = codings.substr(0, codings.find(','));
        codings.remove_prefix(std::min(codings.size(), one.size() + 1));
        one.remove_prefix(std::min(one.size(), one.find_first_not_of(blank)));
        if (http::equal_ignoring_case(one.substr(0, one.find_last_not_of(blank) + 1), "chunked"))
            return true;
    }
    return false;
}

PyObject* fills_pieces(PyObject* object, PyObject*)
{
    const auto* self = as_response(object);
    if (!is_streaming(self) || self->response.coded)
        Py_RETURN_NONE;
    for (const auto& [name, value] : http::HeaderBlock(self->response.head()))
        if (http::equal_ignoring_case(name, "transfer-encoding") && names_chunked(value))
            Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}

PyObject* stop(PyObject* object, PyObject*)
{
    stop_streaming(as_response(object));
    Py_RETURN_NONE;
}

// Gives up an exchange that no response has come to hold.
struct Unheld {
    client::Client& client;
    PendingExchange* exchange;
    ~Unheld()
    {
        if (exchange)
            client.abandon(*exchange);
    }
};

}  // namespace

PyObject* new_streamed_response(PyTypeObject* type, PyObject* session, PyObject* base_url,
                                client::Client& client, PyObject* method, PyObject* path,
                                PyObject* details, const std::shared_ptr<PendingExchange>& exchange)
{
    // Also when all is here already, or the body has broken off by now: it is read as it would be
    // later.
    const bool more = exchange->request.stream && (!exchange->failure || exchange->head_is_out());
    if (!more)
        return new_response(type, session, base_url, client, method, path, details, *exchange);
    Unheld unheld{client, exchange.get()};
    auto body = std::make_unique<StreamedBody>();
    body->exchange = exchange;
    http::Response whole = exchange->response;  // the exchange goes on with its own
    http::Failure failure = std::exchange(exchange->failure, {});
    exchange->response.bytes.resize(exchange->response.head_size);
    PyObject* response =
        new_response(type, session, base_url, client, method, path, details, *exchange);
    exchange->response = std::move(whole);
    exchange->failure = std::move(failure);
    exchange->handed_out = true;
    if (response) {
        unheld.exchange = nullptr;
        as_response(response)->streamed = body.release();
    }
    return response;
}

void stop_streaming(ResponseObject* self)
{
    if (!is_streaming(self))
        return;
    auto exchange = std::exchange(self->streamed->exchange, nullptr);
    if (exchange->hub.is_of_parent()) {
        // Never freed: the child's copy of the parent's connection points to it.
        static_cast<void>(new std::shared_ptr(std::move(exchange)));
        return;
    }
    self->client->abandon(*exchange);
    // Who sleeps for it holds it, and is woken when this greenlet has left the processor.
    if (exchange->waiter.waiting())
        exchange->hub.reactor().resume_later(*exchange);
}

PyMethodDef response_stream[] = {
    {"_native_read", guarded<read_piece>, METH_NOARGS,
     "_native_read($self, /)\n--\n\nThe next piece of a streamed body; b'' at its end."},
    {"_native_take", method<take_piece>(), METH_FASTCALL,
     "_native_take($self, most, filled, /)\n--\n\nAt most so many bytes (None: any number), as "
     "they come or filled up; b'' at the end, None where the body breaks off before."},
    {"_native_given", guarded<bytes_given>, METH_NOARGS,
     "_native_given($self, /)\n--\n\nHow many bytes of a streamed body have been given out."},
    {"_native_coded", guarded<is_coded>, METH_NOARGS,
     "_native_coded($self, /)\n--\n\nWhether the answer names a content coding."},
    {"_native_fills", guarded<fills_pieces>, METH_NOARGS,
     "_native_fills($self, /)\n--\n\nWhether urllib3 fills up the pieces of this stream: False in "
     "the chunked coding; None where Python has to decode them, or where nothing streams."},
    {"_native_stop", guarded<stop>, METH_NOARGS,
     "_native_stop($self, /)\n--\n\nGives up a streamed body and its connection; who waits for it "
     "gets an error."},
    {}};

}  // namespace locustella::bindings
