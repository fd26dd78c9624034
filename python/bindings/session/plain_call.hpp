// A call such as client.post("/cart", json={"item": 7}, name="/cart"), as far as the core can do it
// alone.
//
//   PlainCall call;
//   if (understand(verb, args, positional, keywords, call)) ...        // else: Python's request() takes it
//   switch (encode(session, profile, verb, call, request)) ...
//
// Understood are: a path of plain characters; name, catch_response, allow_redirects, a timeout in
// seconds (HttpUser); data (str, bytes or a flat dict), json of plain values, params (a flat dict),
// headers (a dict of ASCII text that frames and routes nothing). What these become on the wire was
// worked out by Python once, for all users of a class: see FieldTemplate and `_field_template` in
// http/session/session.py and contrib/fasthttp.py.
//
// The pointers are borrowed from the caller, whose frame outlives the call.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "response/http_types.hpp"

namespace locustella::bindings {

enum class Verb : std::uint8_t { get, post, put, patch, del, head, options };

// The interned method name.
PyObject* name_of(Verb verb);

// Which positional arguments a verb's method takes after the URL: post(url, data, json), put and
// patch(url, data).
int positional_after_url(Verb verb);

struct PlainCall {
    PyObject* path = nullptr;
    PyObject* name = nullptr;  // str that is not empty
    PyObject* data = nullptr;  // str, bytes or dict that is not empty
    PyObject* json = nullptr;
    PyObject* params = nullptr;   // dict that is not empty
    PyObject* headers = nullptr;  // dict that is not empty
    PyObject* timeout = nullptr;  // a number of seconds; nullptr: what the profile says
    bool catch_response = false;
    bool redirects = true;
    bool says_redirects = false;

    bool has_body() const { return data || json; }
};

// False when the call has anything else; no error is set.
bool understand(Verb verb, PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                PlainCall& call);

// refused: Python's request() takes it. error: a Python error is set.
enum class Encoded : std::uint8_t { done, refused, error };

// Sets method, target, fields, cookie_at, body and timeouts of a request that is prepared for the
// profile.
Encoded encode(SessionObject* session, const Profile& profile, Verb verb, const PlainCall& call,
               http::Request& request);

bool make_call_names();

}  // namespace locustella::bindings
