// SessionBase: an HTTP client of one user, get(), post(), ... on native connections.
//
// Python subclasses it (NativeSession, FastHttpSession). A request takes one of two paths:
//   the plain path   a call that plain_call.hpp understands, on a session whose profile says
//                    everything: no Python runs but the task's own
//   the full path    the Python method request() works out URL, fields and body and calls _send()
//
// Thread: the hub's, with the GIL held. Each function returns nullptr (or false) with a Python
// error set when it fails.
#pragma once

#include "call/plain_call.hpp"
#include "client/profile.hpp"
#include "response/response_object.hpp"
#include "route/call_route.hpp"
#include "watch.hpp"

namespace locustella::bindings {

struct SessionObject {
    Asker asker;
    PyObject* base_url;
    PyObject* request_name;
    PyObject* weak_references;
    client::Client* client;
    Hub* hub;
    // nullptr: to be made again before the next request
    std::shared_ptr<const client::Profile> profile;
    SessionWatch watch;                         // what the profile was made from
    std::unique_ptr<CallRoutes> routes;         // with the session's own proxies
    std::shared_ptr<const SaidBySession> said;  // what has changed of it since; nullptr: nothing
    PyObject* params;                           // the session's dict of them; nullptr: none
    PyObject* own_then;            // a copy of the session's dict as it was then, or nullptr
    std::uint8_t times_asked;      // how often Python made a profile, as far as that counts
    PyTypeObject* type;            // the session's class, then; only compared
    PyTypeObject* response_class;  // ... and its responses' class, which was looked at then
    std::uint32_t epoch;           // the world's, when it was made
    bool plain;                    // the profile says everything: the native path may be taken
    bool plain_verbs;              // ... and request() is nobody else's, whom the verbs would ask
    bool odd_headers;              // some of its header fields are bytes
    bool trust_env;
    std::uint8_t deleted;   // attributes that a script has deleted: see session_attributes.cpp
    bool catches_timeouts;  // a gevent.Timeout during a request fails it, and goes no further
};

extern PyTypeObject session_type;

bool ready_session_type(PyObject* module);

inline SessionObject* as_session(PyObject* self)
{
    return reinterpret_cast<SessionObject*>(self);
}

// Borrowed; nullptr where it has none yet.
inline PyObject* dict_of(SessionObject* self)
{
    PyObject** const dict = _PyObject_GetDictPtr(reinterpret_cast<PyObject*>(self));
    return dict ? *dict : nullptr;
}

// Attributes that are kept here, and that a script may also put into the session's dict, which then
// has the word: see session_attributes.cpp.
extern PyGetSetDef session_attributes[];
bool make_attribute_names();
// Takes over what the dict has of them.
void take_attributes_from_dict(SessionObject* self);
void forget_profile(SessionObject* self);

// Gives the session its client, on the calling thread's reactor, if it has none yet.
bool attach_session(SessionObject* self);

// ... and refuses a thread other than the one that it began on.
bool on_own_thread(SessionObject* self);

// Asks Python for the profile when something that it was made from has changed. False with an
// error set.
bool configured(SessionObject* self);

// Gives its client the pool and the limit that its attributes say: see session_pool.cpp.
bool use_pool(SessionObject* self);
bool add_pool_attributes(PyTypeObject* type);

// The class of its responses, a subclass of ResponseBase; where it is a property, nobody else need
// keep it. Empty with an error set.
pybind11::object response_class_of(SessionObject* self);

// The plain path; false: refused, the full path is to be taken. Else `result` is the response, or
// nullptr with a Python error set.
bool plain_path(SessionObject* self, Verb verb, PlainCall& call, PyObject*& result);

// Whether it would take it now. Sends nothing. An error is set where something was thrown into the
// greenlet meanwhile.
bool fits_plain_path(SessionObject* self, Verb verb, PlainCall& call);

// How many requests have gone out by it, in this process.
std::uint64_t plain_requests();

// _send(...): see session_send.cpp.
PyObject* session_send(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords);

// _cookie_rows(), _cookie_places(), ... _forget_cookies(): see session_cookies.cpp.
PyObject* session_cookie_rows(PyObject* self, PyObject*);
PyObject* session_cookie_version(PyObject* self, PyObject*);
PyObject* session_set_cookie(PyObject* self, PyObject* args);
PyObject* session_forget_cookies(PyObject* self, PyObject* expired);
PyObject* session_cookie_places(PyObject* self, PyObject*);
PyObject* session_keep_cookie_place(PyObject* self, PyObject* args);

}  // namespace locustella::bindings
