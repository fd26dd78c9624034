// ResponseBase: an answer as Python has it.
//
// Status and body come straight from the native response; everything else is made by Python
// functions when it is first touched. Python subclasses it (NativeResponse, FastResponse). It is a
// static CPython type, as SessionBase is, because a call through one costs 0.2-0.3 us less than
// through pybind11.
//
// Thread: the hub's, with the GIL held. Each method returns nullptr with a Python error set when it
// fails.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <memory>
#include <string>
#include <vector>

#include "client/client.hpp"
#include "greenlet/pending_exchange.hpp"

namespace locustella::bindings {

// What went out, for scripts that ask: kept only for calls that said more than a path.
struct Sent {
    std::string fields;
    std::string body;
    bool text;       // the body was a str or a form: requests shows it as str
    bool fast_text;  // geventhttpclient shows it as str: JSON, or a str of a type of the caller's
    pybind11::object timeout;  // as the caller said it; None
    // Header fields that were no text, as the session and the caller said them: dicts, or None.
    pybind11::object of_session;
    pybind11::object of_call;
    // The field that redirects in the clear got, or one line for each redirect; empty: none.
    std::string proxy_login;
    // What is shown for a body, in a tuple, where that is not what went out; or empty.
    pybind11::object for_body;
};

// What a response has to know of the session that has asked, which begins with it.
struct Asker {
    PyObject_HEAD PyObject* request_event;
    PyObject* user;
};

// A body that is given out piece by piece; see response_stream.cpp.
struct StreamedBody {
    std::shared_ptr<PendingExchange> exchange;  // nullptr: no more will be given out
    std::size_t given = 0;                      // bytes so far
    std::size_t given_of_last = 0;              // ... of those that the exchange's response has
    http::Failure failure;                      // it broke off
};

// What most answers have nothing of.
struct Seldom {
    std::vector<http::Hop> history;
    std::string fragment;  // of the last request's URL
    std::string cookies;   // the jar's that went out with it
};

// With Python's own head it stays below 512 bytes, up to which Python has an allocator of its own.
struct ResponseObject {
    // session: an Asker; nullptr: not made by us (a response of the slow path)
    PyObject_HEAD PyObject* session;
    client::Client* client;  // the session's; lives as long as that
    PyObject* method;        // str
    // str: what was asked for, appended to the session's base_url, or a whole URL
    PyObject* path;
    PyObject* details;     // what Python wants to remember of the request, or nullptr
    PyObject* content;     // bytes, made at first touch
    PyObject* attributes;  // dict of what was made or assigned, or nullptr
    PyObject* weak_references;
    PyObject* name;  // str: the entry that an unrecorded plain request belongs to
    // what success() or failure() said: True or an exception; nullptr: nothing
    PyObject* verdict;
    Sent* sent;                                      // nullptr: the profile's fields and no body
    std::shared_ptr<const client::Profile> profile;  // of the plain path, as it was then
    PyObject* base_url;                              // the session's, as it was then
    StreamedBody* streamed;  // nullptr: the body was not, and is not, given out piece by piece
    http::Response response;
    http::Failure failure;  // a streamed answer's: none; see StreamedBody
    http::Times times;
    http::Origin origin;  // of the last hop
    std::string target;
    std::unique_ptr<const Seldom> seldom;  // nullptr: all of it is empty
    http::Dialect dialect;
    bool reused;
    bool unread;          // asked for as a stream, and FastHttpUser's `content` has not read it yet
    bool catch_response;  // may be judged in a `with` block
    bool entered;         // ... and is in one
    bool unrecorded;      // nobody has recorded it yet, and the core may
    bool judged;          // the core has recorded it as a failure
    bool recorded;        // the full path's: the core has, and Python need not
};

inline const Seldom& seldom_of(const ResponseObject* self)
{
    static const Seldom nothing;
    return self->seldom ? *self->seldom : nothing;
}

inline const Asker* asker_of(const ResponseObject* self)
{
    return reinterpret_cast<const Asker*>(self->session);
}

extern PyTypeObject response_type;

bool ready_response_type(PyObject* module);

// The class of exceptions that end a `with` block as the verdict on its response; told by Python.
void set_response_error_class(PyObject* type);
// The class of what response.failure("...") makes of its words; told by Python.
void set_told_class(PyObject* type);

// A response of `type` (a subclass of ResponseBase) that takes over the outcome of the exchange.
// base_url: the session's; nullptr: none.
PyObject* new_response(PyTypeObject* type, PyObject* session, PyObject* base_url,
                       client::Client& client, PyObject* method, PyObject* path, PyObject* details,
                       PendingExchange& exchange);

// The same for an exchange that is asked for as a stream: when it has its head, the response goes
// on with it.
PyObject* new_streamed_response(PyTypeObject* type, PyObject* session, PyObject* base_url,
                                client::Client& client, PyObject* method, PyObject* path,
                                PyObject* details,
                                const std::shared_ptr<PendingExchange>& exchange);

inline bool is_streaming(const ResponseObject* self)
{
    return self->streamed && self->streamed->exchange;
}

inline ResponseObject* as_response(PyObject* self)
{
    return reinterpret_cast<ResponseObject*>(self);
}

PyObject* bytes_of(std::string_view text);
// Header text is Latin-1 by definition: every byte is a character.
PyObject* latin1(std::string_view text);

// What the makers of attributes read: see response_facts.cpp.
extern PyMethodDef response_facts[];
// The body piece by piece: see response_stream.cpp.
extern PyMethodDef response_stream[];
void stop_streaming(ResponseObject* self);

// A `with` block around a response, and what is said of the response in it: see
// response_verdict.cpp.
PyObject* response_enter(PyObject* self, PyObject*);
PyObject* response_exit(PyObject* self, PyObject* const* args, Py_ssize_t count);
PyObject* response_success(PyObject* self, PyObject*);

// The body as text, where the header says plainly how: see response_text.cpp. None: Python has to
// find out.
PyObject* response_text(PyObject* self, PyObject*);

}  // namespace locustella::bindings
