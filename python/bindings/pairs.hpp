// Names and values as a script says them: a dict, or a list or tuple of pairs; a value may be a
// list of several.
//
//   each_pair(data, [&](PyObject* name, PyObject* value) { return form.add(name, value); })
//   each_value(value, [&](PyObject* one) { return add(name, one); })   // of [1, None, 2]: 1 and 2
//   // of {"a": 1}: "a", as Python iterates over a dict
//
// Only exact dicts, lists and tuples: what others would say is Python's to ask. No Python code runs
// but what is called runs, and no error is set.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

namespace locustella::bindings {

inline bool is_sequence(PyObject* value)
{
    return PyList_CheckExact(value) || PyTuple_CheckExact(value);
}

// Until `take` refuses one. False also for what is no such thing.
template <class Take>
bool each_pair(PyObject* object, const Take& take)
{
    PyObject *key, *value;
    if (PyDict_CheckExact(object)) {
        for (Py_ssize_t at = 0; PyDict_Next(object, &at, &key, &value);)
            if (!take(key, value))
                return false;
        return true;
    }
    if (!is_sequence(object))
        return false;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
        PyObject* pair = PySequence_Fast_GET_ITEM(object, i);
        if (!is_sequence(pair) || PySequence_Fast_GET_SIZE(pair) != 2 ||
            !take(PySequence_Fast_GET_ITEM(pair, 0), PySequence_Fast_GET_ITEM(pair, 1)))
            return false;
    }
    return true;
}

// None is no value. Until `take` refuses one.
template <class Take>
bool each_value(PyObject* value, const Take& take)
{
    if (PyDict_CheckExact(value)) {
        PyObject *key, *of_key;
        for (Py_ssize_t at = 0; PyDict_Next(value, &at, &key, &of_key);)
            if (key != Py_None && !take(key))
                return false;
        return true;
    }
    if (!is_sequence(value))
        return value == Py_None || take(value);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); ++i)
        if (PyObject* one = PySequence_Fast_GET_ITEM(value, i); one != Py_None && !take(one))
            return false;
    return true;
}

}  // namespace locustella::bindings
