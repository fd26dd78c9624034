// The methods of SessionBase that have a file of their own, and what they share with the rest of
// it.
//
// Thread: the hub's, with the GIL held. Each returns nullptr (or false) with a Python error set
// when it fails.
#pragma once

#include "session/plain_call.hpp"

namespace locustella::bindings {

// Gives the session its client, on the calling thread's reactor, if it has none yet.
bool attach_session(SessionObject* self);

// Gives its client the pool and the limit that its attributes say: see session_pool.cpp.
bool use_pool(SessionObject* self);
bool add_pool_attributes(PyTypeObject* type);

// ... and refuses a thread other than the one that it began on.
bool on_own_thread(SessionObject* self);

// The class of its responses: a subclass of ResponseBase.
PyTypeObject* response_class_of(SessionObject* self);

// The plain way; false: refused, the full way is to be taken. Else `result` is the response, or
// nullptr with a Python error set.
bool plain_way(SessionObject* self, Verb verb, const PlainCall& call, PyObject*& result);

// Hands the pieces of a body to a started exchange, and waits until it is answered. See upload.cpp.
bool send_pieces(SessionObject* session, PendingExchange& exchange, PyObject* pieces);

// _send(...): see session_send.cpp.
PyObject* session_send(PyObject* self, PyObject* args);

// _cookie_rows(), _cookie_version(), _set_cookie(...), _clear_cookies(): see session_cookies.cpp.
PyObject* session_cookie_rows(PyObject* self, PyObject*);
PyObject* session_cookie_version(PyObject* self, PyObject*);
PyObject* session_set_cookie(PyObject* self, PyObject* args);
PyObject* session_clear_cookies(PyObject* self, PyObject*);

}  // namespace locustella::bindings
