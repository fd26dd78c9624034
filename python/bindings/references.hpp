// References to Python objects, as what a function of CPython's has returned or lent.
//
//   const auto name = owned(PyObject_GetAttrString(file, "name"));     // new; empty: it has failed
//   const auto value = borrowed(PyTuple_GET_ITEM(row, 0));             // one of our own beside it
//   return list_of(hops, [](const Hop& hop) { return Py_BuildValue("si", ...); });
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

// What an object has under a name, without a call of Python code; empty, with no error set, where
// it has nothing or where it would take one: a patch may have put a property on the class, or a
// __getattribute__.
inline pybind11::object stored_attribute(PyObject* object, PyObject* name)
{
    PyTypeObject* const type = Py_TYPE(object);
    PyObject* const of_class = _PyType_Lookup(type, name);
    if (type->tp_getattro != PyObject_GenericGetAttr ||
        (of_class && Py_TYPE(of_class)->tp_descr_get))
        return {};
    auto value = owned(PyObject_GenericGetAttr(object, name));
    PyErr_Clear();
    return value;
}

// Of the new references that `row_of` makes of each. nullptr with an error set.
template <class Range, class RowOf>
PyObject* list_of(const Range& range, const RowOf& row_of)
{
    auto list = owned(PyList_New(0));
    if (!list)
        return nullptr;
    for (const auto& each : range) {
        const auto row = owned(row_of(each));
        if (!row || PyList_Append(list.ptr(), row.ptr()) < 0)
            return nullptr;
    }
    return list.release().ptr();
}

}  // namespace locustella::bindings
