// The task loop of users whose classes override nothing of it, without Python between two tasks.
//
// Thread: the hub's, in the greenlet of the user, with the GIL held.
#pragma once

#include <Python.h>

namespace locustella::bindings {

extern const char task_loop_doc[];

PyObject* task_loop(PyObject* module, PyObject* const* args, Py_ssize_t count);

}  // namespace locustella::bindings
