// A call such as client.post("/cart", json={"item": 7}, name="/cart"), as far as the core can do it
// alone.
//
//   PlainCall call;
//   if (understand(verb, args, positional, keywords, call)) ...  // else: Python's request()
//   switch (encode(session, profile, verb, call, request)) ...
//
// Understood are: a path of plain characters; name, catch_response, allow_redirects, a timeout in
// seconds (HttpUser); data (str, bytes or a flat dict), json of plain values, params (a flat dict),
// headers (a dict of ASCII text that frames and routes nothing). What these become on the wire was
// worked out by Python once, for all users of a class: see FieldTemplate and `_field_template` in
// http/session/session.py and http/fast/session.py.
//
// The pointers are borrowed from the caller, whose frame outlives the call.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <cstdint>

#include "client/profile.hpp"

namespace locustella::bindings {

struct SessionObject;

using client::Verb;

// The interned method name.
PyObject* method_name(Verb verb);

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
    // `path` is ASCII.
    std::string_view path_text() const
    {
        return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(path)),
                static_cast<std::size_t>(PyUnicode_GET_LENGTH(path))};
    }
};

// False when the call has anything else; no error is set.
bool understand(Verb verb, PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                PlainCall& call);

// refused: Python's request() takes it. error: a Python error is set.
enum class Encoded : std::uint8_t { done, refused, error };

// Sets what is this call's own in a request that is prepared for the profile.
Encoded encode(SessionObject* session, const client::Profile& profile, Verb verb,
               const PlainCall& call, http::Request& request);

bool make_call_names();

}  // namespace locustella::bindings
