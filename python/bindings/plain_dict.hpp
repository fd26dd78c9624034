// Mappings that say no more than a dict does, for who reads only those.
//
//   const auto plain = as_plain_dict(headers);      // of an OrderedDict, in its order; else empty
//
// Of the standard library's and requests' own classes: those of somebody's own are Python's to ask.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <string_view>

#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {

// Whether a class is defined in this module, or says so.
inline bool is_from(PyTypeObject* type, std::string_view module)
{
    PyObject* const name =
        type->tp_dict ? PyDict_GetItemString(type->tp_dict, "__module__") : nullptr;
    const auto text = name && PyUnicode_Check(name) ? utf8_of(name) : std::nullopt;
    return text == module;
}

// A dict of its own with the same items in the same order; empty, with no error set, for what is no
// such mapping.
inline pybind11::object as_plain_dict(PyObject* mapping)
{
    PyTypeObject* const type = Py_TYPE(mapping);
    const std::string_view name = type->tp_name;
    const bool of_library = type == &PyODict_Type || name == "collections.defaultdict";
    if (!of_library && !(name == "CaseInsensitiveDict" && is_from(type, "requests.structures")))
        return {};
    auto dict = owned(PyDict_New());
    const bool copied = dict && PyDict_Update(dict.ptr(), mapping) == 0;
    PyErr_Clear();
    return copied ? dict : pybind11::object();
}

}  // namespace locustella::bindings
