#include "sample_facts.hpp"

#include <cmath>
#include <limits>

#include "base/unix_clock.hpp"
#include "references.hpp"
#include "response/response_object.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// The argument of the greenlet that runs, as it is for a user's; nothing: another greenlet.
py::object user_of_this_greenlet()
{
    static PyObject* const args = PyUnicode_InternFromString("args");
    const auto greenlets = py::module_::import("greenlet");
    const auto user_class = py::module_::import("locustella.user.users").attr("User");
    const auto given = owned(PyObject_GetAttr(greenlets.attr("getcurrent")().ptr(), args));
    if (!given || !PyTuple_Check(given.ptr()) || PyTuple_GET_SIZE(given.ptr()) == 0) {
        PyErr_Clear();
        return {};
    }
    auto first = borrowed(PyTuple_GET_ITEM(given.ptr(), 0));
    return PyObject_IsInstance(first.ptr(), user_class.ptr()) == 1 ? first : py::object();
}

std::string_view class_of(const py::object& user)
{
    return user && !user.is_none() ? std::string_view(Py_TYPE(user.ptr())->tp_name)
                                   : std::string_view();
}

// requests' name for it, which many clients of others have taken over.
std::uint16_t status_said_by(PyObject* response)
{
    static PyObject* const name = PyUnicode_InternFromString("status_code");
    const auto said = response != Py_None ? owned(PyObject_GetAttr(response, name)) : py::object();
    const long status = said && PyLong_Check(said.ptr()) ? PyLong_AsLong(said.ptr()) : 0;
    PyErr_Clear();
    const bool fits = status > 0 && status <= std::numeric_limits<std::uint16_t>::max();
    return fits ? static_cast<std::uint16_t>(status) : 0;
}

// To a microsecond, which is what a float has of an instant of these years; 0 for what is none.
base::Nanos nanos_of(double unix_seconds)
{
    constexpr double most = 9e9;
    return std::abs(unix_seconds) < most ? std::llround(unix_seconds * 1e6) * 1'000 : 0;
}

}  // namespace

void add_facts(stats::Sample& sample, PyObject* response, double start_time)
{
    py::object user;
    sample.start_wall = nanos_of(start_time);
    if (PyObject_TypeCheck(response, &response_type)) {
        const auto* const native = reinterpret_cast<ResponseObject*>(response);
        sample.status = static_cast<std::uint16_t>(native->response.status);
        if (native->times.begun) {
            sample.start = native->times.begun;
            sample.start_wall = base::unix_clock().at(sample.start);
        }
        if (native->session)
            user = borrowed(asker_of(native)->user);
    }
    if (!sample.status)
        sample.status = status_said_by(response);
    if (!user || user.is_none())
        user = user_of_this_greenlet();
    sample.user = class_of(user);
    PyErr_Clear();
}

}  // namespace locustella::bindings
