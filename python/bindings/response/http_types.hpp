// The two static types of the request's hot path, and what they share.
//
//   SessionBase    an HTTP client of one user: get(), post(), ... on native connections
//   ResponseBase   an answer: status and body straight from the native response, everything else made by
//                  Python functions when it is first touched
//
// Python subclasses both (locustella/clients.py, locustella/contrib/fasthttp.py). They are static
// CPython types because a call through them costs 0.2-0.3 us less than through pybind11.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <array>
#include <memory>
#include <string>

#include "greenlet/hub.hpp"
#include "http/client.hpp"
#include "http/field_template.hpp"
#include "session/watch.hpp"

namespace locustella::stats {
class Table;
}

namespace locustella::bindings {

// What all users of one class and host have in common; made by Python (Profile in bind_http.cpp),
// shared.
struct Profile {
    http::Origin origin;
    std::string base_path;  // "" or "/api": goes before every path
    std::string fields;     // the header fields of a plain request
    std::size_t cookie_at = 0;
    bool names_host = false;  // `fields` has the Host already
    http::SharedRoute route = http::default_route();
    http::RedirectRules redirects = http::RedirectRules::requests;
    int max_redirects = 30;
    bool repeats = false;  // geventhttpclient's rule for requests that do no harm twice
    http::Timeouts timeouts;
    // an entry's default name: base_path and path, or the path as given
    bool names_whole_path = true;

    // Fields of requests with a body or with headers of the caller's, by Verb and kind of body
    // (plain_call.cpp); filled when first asked for. A template that was asked for and is not
    // there: such requests go through Python.
    struct Fields {
        std::unique_ptr<http::FieldTemplate> made;
        bool asked = false;
    };
    mutable std::array<std::array<Fields, 6>, 7> templates;
};

// Whether this status is a success: HttpUser (requests' rules) fails from 400 on; FastHttpUser has
// a list.
bool accepts_status(http::RedirectRules rules, int status);

// An exchange that a greenlet waits for.
class PendingExchange final : public http::Exchange {
public:
    explicit PendingExchange(Hub& h) : hub(h) {}

    void run_deferred() override;

    Hub& hub;
    Waiter waiter;
    const Profile* prepared_for = nullptr;  // request.* but for method and target is this profile's
    // the last call has put its own fields, body or timeouts into the request
    bool altered = false;
    bool busy = false;
};

// What went out, for scripts that ask: kept only for calls that said more than a path.
struct Sent {
    std::string fields;
    std::string body;
    bool text;       // the body was a str or a form: requests shows it as str
    bool fast_text;  // geventhttpclient shows it as str: JSON, or a str of a type of the caller's
    pybind11::object timeout;  // as the caller said it; None
};

struct ResponseObject {
    PyObject_HEAD PyObject*
        session;       // SessionBase; nullptr: not made by us (a response of the slow road)
    PyObject* method;  // str
    // str: what was asked for, appended to the session's base_url, or a whole URL
    PyObject* path;
    PyObject* details;     // what Python wants to remember of the request, or nullptr
    PyObject* content;     // bytes, made at first touch
    PyObject* attributes;  // dict of what was made or assigned, or nullptr
    PyObject* weak_references;
    PyObject* name;  // str: the entry that an unrecorded plain request belongs to
    // what success() or failure() said: True or an exception; nullptr: nothing
    PyObject* verdict;
    Sent* sent;                                   // nullptr: the profile's fields and no body
    std::shared_ptr<const Profile> profile;       // of the plain way, as it was then
    PyObject* base_url;                           // the session's, as it was then
    std::shared_ptr<PendingExchange>* streaming;  // while the body is still under way
    http::Response response;
    std::vector<http::Hop> history;
    http::Failure failure;
    http::Times times;
    http::Origin origin;  // of the last hop
    std::string target;
    std::string fragment;
    std::string cookies;  // the jar's that went out with the last request
    bool reused;
    bool streamed;        // its body is, or was, given out piece by piece
    bool catch_response;  // may be judged in a `with` block
    bool entered;         // ... and is in one
    bool accepted;        // its status was a success by its session's rules when it came
    bool unrecorded;      // nobody has recorded it yet, and the core may
};

struct SessionObject {
    PyObject_HEAD PyObject* base_url;
    PyObject* request_event;
    PyObject* user;
    PyObject* request_name;
    PyObject* weak_references;
    http::Client* client;
    PendingExchange* slot;  // the exchange of a user that asks for one thing at a time
    Hub* hub;
    std::shared_ptr<const Profile>* profile;  // nullptr: to be made again before the next request
    Watch* watch;                             // what the profile was made from
    std::uint32_t epoch;                      // the world's, when it was made
    bool plain;  // the profile says everything: the native path may be taken
    bool trust_env;
    bool catches_timeouts;  // a gevent.Timeout during a request fails it, and goes no further
};

// Starts the exchange and waits for its end (or, streamed, its head). False with a Python error set
// when something was thrown into the greenlet; the exchange has been abandoned then. `pieces`: the
// iterator over an upload's body, advanced in this greenlet whenever a piece can be sent; what it
// raises is raised here.
bool perform(SessionObject* session, PendingExchange& exchange, PyObject* pieces = nullptr);

// gevent.Timeout, for sessions that catch it; told by Python.
void set_timeout_class(PyObject* type);

extern PyTypeObject session_type;
extern PyTypeObject response_type;

// A response of `type` (a subclass of ResponseBase) that takes over the outcome of the exchange.
PyObject* new_response(PyTypeObject* type, SessionObject* session, PyObject* method, PyObject* path,
                       PyObject* details, PendingExchange& exchange);

// Records a request of the plain way as a success when nobody but the statistics listens. False:
// Python must do it. Throws pybind11::error_already_set for an error in a script's own rounding.
bool record_success(SessionObject* session, const ResponseObject* response, PyObject* name);

// The table that a successful request may be recorded in natively, or nullptr when Python must see
// it: a listener of the user's, or no recorder at all. No error is set.
stats::Table* native_recorder(PyObject* request_event);

bool ready_session_type(PyObject* module);
bool ready_response_type(PyObject* module);

}  // namespace locustella::bindings
