// The pool that a session's connections come from, and their limit.
//
// Python says both by attributes, which are read when the session is first used:
//   _pool           a _core.Pool that it shares with other sessions, or None
//   _most_at_once   how many connections of its own serve at a time, for each origin; 0: any number
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <pybind11/pybind11.h>
#include <Python.h>

#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

bool share(SessionObject* self, PyObject* object)
{
    client::Pool* pool = nullptr;
    try {
        pool = pybind11::handle(object).cast<client::Pool*>();
    } catch (pybind11::cast_error&) {
        PyErr_SetString(PyExc_TypeError, "_pool must be a Pool");
        return false;
    }
    if (!self->client->use(client::SharedPool(pool))) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a pool of connections belongs to the thread that used it first; "
                        "give the users of each thread a pool of their own");
        return false;
    }
    return true;
}

}  // namespace

bool use_pool(SessionObject* self)
{
    auto* session = reinterpret_cast<PyObject*>(self);
    PyObject* pool = PyObject_GetAttrString(session, "_pool");
    if (!pool)
        return false;
    const bool usable = pool == Py_None || share(self, pool);
    Py_DECREF(pool);
    PyObject* most = usable ? PyObject_GetAttrString(session, "_most_at_once") : nullptr;
    if (!most)
        return false;
    const long limit = PyLong_AsLong(most);
    Py_DECREF(most);
    if (limit == -1 && PyErr_Occurred())
        return false;
    self->client->limit(limit > 0 ? static_cast<std::uint32_t>(limit) : 0);
    return true;
}

bool add_pool_attributes(PyTypeObject* type)
{
    PyObject* zero = PyLong_FromLong(0);
    const bool added = zero && PyDict_SetItemString(type->tp_dict, "_pool", Py_None) == 0 &&
                       PyDict_SetItemString(type->tp_dict, "_most_at_once", zero) == 0;
    Py_XDECREF(zero);
    PyType_Modified(type);
    return added;
}

}  // namespace locustella::bindings
