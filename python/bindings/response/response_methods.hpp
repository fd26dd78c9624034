// The methods of ResponseBase that have a file of their own.
//
// Thread: the hub's, with the GIL held. Each returns nullptr with a Python error set when it fails.
#pragma once

#include "response/http_types.hpp"

namespace locustella::bindings {

// A `with` block around a response, and what is said of the response in it: see
// response_verdict.cpp.
PyObject* response_enter(PyObject* self, PyObject*);
PyObject* response_exit(PyObject* self, PyObject* const* args, Py_ssize_t count);
PyObject* response_success(PyObject* self, PyObject*);

// The body as text, where the header says plainly how: see response_text.cpp. None: Python has to
// find out.
PyObject* response_text(PyObject* self, PyObject*);

}  // namespace locustella::bindings
