// References to Python objects, as what a function of CPython's has returned or lent.
//
//   const auto name = owned(PyObject_GetAttrString(file, "name"));     // new; empty: it has failed
//   const auto value = borrowed(PyTuple_GET_ITEM(row, 0));             // one of our own beside it
//
// Thread: any that holds the GIL.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

namespace locustella::bindings {

inline pybind11::object owned(PyObject* reference)
{
    return pybind11::reinterpret_steal<pybind11::object>(reference);
}

inline pybind11::object borrowed(PyObject* reference)
{
    return pybind11::reinterpret_borrow<pybind11::object>(reference);
}

}  // namespace locustella::bindings
