// The files of a call, and the form that goes with them, as one body.
//
//   CallFiles files;
//   if (!files.take(call.files, call.data)) ...         // Python has the rules or the words
//   if (!files.encode(dialect, request.body, content_type)) ... // a Python error is set
//
// Files are a dict or pairs; each is content, or (name, content), (name, content, type) or (name,
// content, type, fields). Content is str, bytes or an open file of Python's own classes, which is
// read to its end. What is taken is kept: reading a file may run Python code.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/dialect.hpp"

namespace locustella::bindings {

// The classes of io that are read here, a tuple; told by Python.
void set_file_classes(PyObject* classes);
bool is_file(PyObject* value);

class CallFiles {
public:
    // data: a dict or pairs, or nullptr. False: not taken, nothing has been read, and no error is
    // set.
    bool take(PyObject* files, PyObject* data);

    // False with an error set.
    bool encode(http::Dialect dialect, std::string& body, std::string& content_type) const;

private:
    struct Field {
        std::string name;
        std::string value;
    };
    struct File {
        std::string name;
        std::optional<std::string> filename;
        std::optional<std::string> type;
        std::vector<std::pair<std::string, std::string>> more;
        pybind11::object content;
    };

    bool take_field(PyObject* name, PyObject* value);
    bool take_file(PyObject* name, PyObject* value);
    bool take_described(PyObject* const* items, Py_ssize_t size, File& file);

    std::vector<Field> fields_;
    std::vector<File> files_;
};

}  // namespace locustella::bindings
