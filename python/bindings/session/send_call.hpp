// What Python's full path says of one exchange: the keyword arguments of SessionBase._send, which
// _core.pyi lists.
//
//   SendCall call{*exchange};
//   if (!take_send_call(args, count, keywords, call)) return nullptr;     // a Python error is set
//
// Keywords are compared by address, in the order in which they are listed: a call that names them
// in that order costs one comparison for each. `place` is a tuple as Python's Place.
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

#include "client/exchange.hpp"

namespace locustella::bindings {

// Whose Host field goes out.
enum class HostField : std::uint8_t {
    added,    // the core adds it
    callers,  // it is in `fields`, and goes wherever redirects lead
    origins,  // it is in `fields`, and a redirect elsewhere replaces it
};

// Who sees to cookies.
enum class CookieKeeper : std::uint8_t {
    jar,     // the session's jar: they go out of it and come into it
    caller,  // a Cookie is in `fields`, or none shall go out; those of the answer go into the jar
    nobody,  // ... and those of the answer do not: Python sees to both
};

struct SendCall {
    client::Exchange& exchange;
    PyObject* method = nullptr;   // str
    PyObject* asked = nullptr;    // the URL that was asked for
    PyObject* details = nullptr;  // what Python wants to remember of the request; nullptr: nothing
    PyObject* pieces = nullptr;   // iterator over a body that goes out piece by piece
    bool chunked = false;         // ... in the chunked coding
    PyObject* entry = nullptr;    // str: where a success is recorded if nobody has to judge it
};

bool take_send_call(PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                    SendCall& call);

bool make_send_names();

}  // namespace locustella::bindings
