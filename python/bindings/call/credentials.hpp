// The Authorization that a login becomes: a pair, or requests' own HTTPBasicAuth.
//
//   std::string line;
//   if (credentials_of(auth, dialect, line)) ...   // "Authorization: Basic dXNlcjpwYXNz\r\n"
//
// RFC 7617, in Latin-1 as both of Locust's clients have it; bytes go as they are.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <string>

#include "http/dialect.hpp"

namespace locustella::bindings {

// requests.auth.HTTPBasicAuth; told by Python.
void set_basic_auth_class(PyObject* type);

// Exactly of that class: one of somebody's own is asked.
bool is_basic_auth(PyObject* auth);

// False for what is no such login, or not text; no error is set.
bool credentials_of(PyObject* auth, http::Dialect dialect, std::string& line);

}  // namespace locustella::bindings
