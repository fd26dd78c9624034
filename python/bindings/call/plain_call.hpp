// A call such as client.post("/cart", json={"item": 7}, name="/cart"), as far as the core can do it
// alone.
//
//   PlainCall call;
//   if (understand(verb, args, positional, keywords, call)) ...  // else: Python's request()
//   if (profile.dialect == Dialect::geventhttpclient) ...        // session/fast_call.hpp
//   if (!url.read(caller, profile, call)) ...                    // the same: see call_url.hpp
//   switch (choose_route(caller, profile, call, exchange, keeps)) ...    // route/call_route.hpp
//   switch (encode(caller, profile, verb, call, url, request)) ...
//
// Understood are: any URL that http/given_url.hpp takes; name, catch_response, allow_redirects, a
// timeout in seconds or a pair of them (HttpUser); data (str, bytes, a form or a file:
// body/body_file.hpp), json of plain values, files (body/call_files.hpp), params (a form, or str),
// headers (a dict: call_fields.hpp), auth (credentials.hpp), cookies (call_cookies.hpp; HttpUser),
// verify, cert and proxies (call_route.hpp; HttpUser), stream, context (a dict); FastHttpUser's
// limits of a call, and all other keywords, which are parameters there, and have to say nothing for
// HttpUser.
// A form is a dict or a list of pairs. What these become on the wire was worked out by Python once,
// for all users of a class: see FieldTemplate and `_field_template` in http/session/session.py and
// http/fast/session.py.
//
// The pointers are borrowed from the caller, whose frame outlives the call.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "call/call_fields.hpp"
#include "call/call_url.hpp"
#include "call/caller.hpp"
#include "client/profile.hpp"
#include "pairs.hpp"

namespace locustella::bindings {

using client::Verb;

// The interned method name.
PyObject* method_name(Verb verb);
// ... and back, in small letters too; nothing for what is no method.
std::optional<Verb> verb_of(PyObject* method);

// Which positional arguments a verb's method takes after the URL: post(url, data, json), put and
// patch(url, data).
int positional_after_url(Verb verb);

// Of seconds, an exact number; nothing for what nobody can wait for, 0 included. Sets no error.
std::optional<base::Nanos> nanos_of(PyObject* seconds);

struct PlainCall {
    PyObject* method = nullptr;  // str: the verb, as the caller spells it
    PyObject* url = nullptr;     // str
    std::string_view url_text;   // in UTF-8
    PyObject* name = nullptr;    // str that is not empty
    PyObject* data = nullptr;    // str, bytes, dict, list or tuple that is not empty; a file
    PyObject* json = nullptr;
    PyObject* files = nullptr;       // dict, list or tuple that is not empty
    PyObject* params = nullptr;      // str, dict, list or tuple
    PyObject* headers = nullptr;     // dict that is not empty
    PyObject* auth = nullptr;        // a tuple, or an HTTPBasicAuth
    PyObject* context = nullptr;     // dict that is not empty: of the listeners, and not sent
    PyObject* empty_data = nullptr;  // `data` where it was given and nothing is in it
    // HttpUser's; nullptr: as the session says, and as the profile.
    PyObject* verify = nullptr;   // a bool or a path
    PyObject* cert = nullptr;     // a path, or a pair of them with None for the second
    PyObject* proxies = nullptr;  // dict that is not empty
    PyObject* cookies = nullptr;  // a dict, a jar or what requests has words for
    PyObject* timeout = nullptr;  // seconds, or a pair of them
    // FastHttpUser's; nullptr: as the session says.
    enum Limit : std::uint8_t { network_timeout, connection_timeout, max_redirects, max_retries };
    std::array<PyObject*, 4> limits{};
    // The call's keywords, and which of them geventhttpclient takes for parameters: bits by their
    // place. Some have a pointer above too.
    PyObject* keywords = nullptr;
    PyObject* const* values = nullptr;
    std::uint64_t parameters = 0;
    std::vector<pybind11::object>
        made;                         // what some of these are plain copies of: see plain_dict.hpp
    bool data_of_parameters = false;  // the caller has given none
    bool not_for_requests = false;    // something that requests does not know, or only Python there
    bool catch_response = false;
    bool stream = false;
    bool redirects = true;
    bool says_redirects = false;

    bool has_body() const { return data || json || files; }
    // Something that header fields of its own come of.
    bool says_fields() const { return has_body() || headers || auth; }
    // Something that it goes by connections of its own for.
    bool says_route() const { return verify || cert || proxies; }
    bool has_limits() const { return limits[0] || limits[1] || limits[2] || limits[3]; }
    bool data_is_form() const { return data && (PyDict_CheckExact(data) || is_sequence(data)); }
    bool data_is_file() const
    {
        return data && !PyUnicode_CheckExact(data) && !PyBytes_CheckExact(data) && !data_is_form();
    }
};

// False when the call has anything else; no error is set. See call_keywords.cpp.
bool understand(Verb verb, PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                PlainCall& call);

// Sets what is this call's own, but for where it goes, in a request that is prepared for the
// profile; `kind` is what its body is, where it is not read out of files.
Encoded encode(const Caller& caller, const client::Profile& profile, Verb verb,
               const PlainCall& call, const CallUrl& url, http::Request& request,
               client::BodyKind& kind);

// The template of this kind of request; asks Python the first time. nullptr with or without an
// error set: there is none.
const http::FieldTemplate* template_for(PyObject* session, const client::Profile& profile,
                                        Verb verb, client::BodyKind kind);

bool make_keyword_names();  // call_keywords.cpp's
bool make_call_names();

}  // namespace locustella::bindings
