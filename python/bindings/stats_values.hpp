// How the values of core/stats look in Python, for the files that bind them.
//
// Thread: the interpreter's, with the GIL held.
#pragma once

#include <cmath>
#include <optional>
#include <string_view>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "stats/rounded_times.hpp"
#include "stats/sample.hpp"
#include "utf8.hpp"

namespace pybind11::detail {

// Python's int and float, kept apart. Anything that turns into a float is taken, text is not.
template <>
struct type_caster<locustella::stats::Number> {
    PYBIND11_TYPE_CASTER(locustella::stats::Number, const_name("float"));

    bool load(handle source, bool)
    {
        PyObject* object = source.ptr();
        if (!object || object == Py_None || PyUnicode_Check(object) || PyBytes_Check(object))
            return false;
        value.whole = PyIndex_Check(object) != 0;
        value.value = PyFloat_AsDouble(object);
        if (!PyErr_Occurred())
            return true;
        PyErr_Clear();
        return false;
    }
    static handle cast(locustella::stats::Number number, return_value_policy, handle)
    {
        return number.whole ? PyLong_FromDouble(number.value) : PyFloat_FromDouble(number.value);
    }
};

}  // namespace pybind11::detail

namespace locustella::bindings {

namespace py = pybind11;

void bind_stats_entry(py::module_& core);
void bind_stats_failures(py::module_& core);
void bind_stats_table(py::module_& core);

// Locust's buckets are ints; only somebody's own rounding makes others.
inline stats::Number bucket_number(double ms)
{
    return {ms, ms == std::floor(ms)};
}

inline py::dict dict_of(const stats::Buckets& buckets)
{
    py::dict dict;
    for (const auto& bucket : buckets)
        dict[py::cast(bucket_number(bucket.ms))] = bucket.count;
    return dict;
}

inline py::str text(std::string_view utf8)
{
    PyObject* decoded =
        PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace");
    if (!decoded)
        throw py::error_already_set();
    return py::reinterpret_steal<py::str>(decoded);
}

// ValueError for a time that is no finite number.
inline stats::Sample sample_of(std::optional<stats::Number> response_time,
                               stats::Number content_length, double now,
                               std::optional<double> bucket)
{
    if (response_time && !std::isfinite(response_time->value))
        throw py::value_error("response_time must be a finite number of milliseconds, or None");
    return {.response_ms = response_time,
            .content_length = content_length,
            .wall_now = now,
            .rounded_ms = bucket};
}

// A callback may run below code that knows no exceptions, so its errors end here.
template <class Call>
void shielded(const char* where, Call call)
{
    try {
        call();
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable(where);
    }
}

}  // namespace locustella::bindings
