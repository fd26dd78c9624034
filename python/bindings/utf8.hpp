// Python's text and bytes as the core takes them.
//
//   if (const auto name = utf8_of(object)) table.find(method, *name);
//
// Thread: the interpreter's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <optional>
#include <string_view>

namespace locustella::bindings {

// Lives as long as the object. Nullopt for what is no str, and for one that has no UTF-8 form (a
// lone surrogate): Python has the words for either. No error is set.
inline std::optional<std::string_view> utf8_of(PyObject* text)
{
    Py_ssize_t size = 0;
    const char* bytes =
        text && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &size) : nullptr;
    if (bytes)
        return std::string_view(bytes, static_cast<std::size_t>(size));
    PyErr_Clear();
    return std::nullopt;
}

// Of a bytes object; lives as long.
inline std::string_view bytes_in(PyObject* bytes)
{
    return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

}  // namespace locustella::bindings
