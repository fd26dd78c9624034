// Request bodies and queries from Python values, as Python's own encoders write them.
//
//   std::string body;
//   if (!append_json(body, value)) ...   // not a plain value: json.dumps knows what to do or say
//   if (!append_form(body, {"a": [1, 2]}, Pairs::spread)) ...   // "a=1&a=2"
//
// json.dumps' default form: ", " and ": ", everything but ASCII escaped, floats as repr() has them
// (docs.python.org/3/library/json.html). Forms as urllib.parse.urlencode (quote_plus, UTF-8). Plain
// values are str and members of enumerations of it, int, float, bool, None, list, tuple and dict
// (see plain_dict.hpp for which others); of a form, bytes too, dates, times, UUIDs and Decimals.
// Whatever is not (other subclasses, NaN, nesting beyond 100, a list in a list of values) is
// refused; `out` is undefined then, and no Python error is set.
//
// Thread: the interpreter's, with the GIL held. No Python code runs but the str() of its own types.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <cstdint>
#include <string>

namespace locustella::bindings {

bool append_json(std::string& out, PyObject* value);

// str() of an exact str, bytes, int, float or bool, in UTF-8; bytes as they are.
bool append_plain_text(std::string& out, PyObject* value);

enum class Pairs : std::uint8_t {
    spread,  // requests: a list gives one pair for each item, None none
    single,  // urlencode(dict): one pair for each key, of str(value): "None", "['a', 'b']"
};

// Of a dict, or a list or tuple of pairs.
bool append_form(std::string& out, PyObject* fields, Pairs pairs);
// Of a dict with another one over it, spread; their keys are exact str.
bool append_merged_form(std::string& out, PyObject* dict, PyObject* over);

}  // namespace locustella::bindings
