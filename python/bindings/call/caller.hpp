// Whose call it is, and what became of working it out: what the files of this room tell each other.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/field_changes.hpp"

namespace locustella::bindings {

class CallRoutes;

// What a session says that its profile does not know.
struct SaidBySession {
    http::FieldChanges fields;
    std::string credentials;  // a line; empty: the profile's
    // Of a request that says no more than a path, in place of the profile's:
    std::string composed;
    std::size_t cookie_at = 0;
};

struct Caller {
    PyObject* session;
    PyObject* base_url;
    PyObject* params;           // the session's own, a dict; nullptr: none
    PyObject* proxies;          // the same of its proxies
    const SaidBySession* said;  // nullptr: nothing
    std::unique_ptr<CallRoutes>& routes;
    bool sends;  // false: it is only asked whether the call is understood, and no file is read
};

// refused: Python's request() takes it. error: a Python error is set.
enum class Encoded : std::uint8_t { done, refused, error };

}  // namespace locustella::bindings
