// `with client.get("/x", catch_response=True) as response:` without any Python but the block's.
//
//   __enter__    notes that the block has begun
//   success()    notes the verdict
//   __exit__     records the request here when it is a success that nobody but the statistics listens to
//
// In every other case the Python methods _enter_unasked(), _refuse_verdict(call) and _exit(kind,
// value, traceback) of the response's class do it: an exception in the block, a failure, a
// listener, `request_meta` that was touched.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include "response/response_methods.hpp"

namespace locustella::bindings {
namespace {

ResponseObject* as_response(PyObject* self)
{
    return reinterpret_cast<ResponseObject*>(self);
}

bool was_touched(const ResponseObject* self, const char* attribute)
{
    return self->attributes && PyDict_GetItemString(self->attributes, attribute);
}

bool may_be_recorded_here(const ResponseObject* self)
{
    return self->unrecorded && self->session && self->name && !self->failure &&
           (!self->verdict || self->verdict == Py_True) && !was_touched(self, "request_meta") &&
           !was_touched(self, "status_code") && !was_touched(self, "error") &&
           !was_touched(self, "_request_event") && !was_touched(self, "raise_for_status") &&
           !was_touched(self, "_report_request") && !was_touched(self, "_exit");
}

bool is_success(const ResponseObject* self)
{
    return self->verdict == Py_True || self->accepted;
}

}  // namespace

PyObject* response_enter(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    self->entered = true;
    if (self->catch_response)
        return Py_NewRef(object);
    static PyObject* const name = PyUnicode_InternFromString("_enter_unasked");
    return PyObject_CallMethodNoArgs(object, name);
}

PyObject* response_exit(PyObject* object, PyObject* const* args, Py_ssize_t count)
{
    auto* self = as_response(object);
    if (count != 3)
        return PyErr_Format(PyExc_TypeError,
                            "__exit__ takes an exception's type, value and traceback");
    if (args[0] == Py_None && may_be_recorded_here(self)) {
        auto* session = reinterpret_cast<SessionObject*>(self->session);
        try {
            if (is_success(self) && record_success(session, self, self->name)) {
                self->unrecorded = false;
                Py_RETURN_TRUE;
            }
        } catch (pybind11::error_already_set& error) {  // a script's own rounding has raised
            error.restore();
            return nullptr;
        }
    }
    self->unrecorded = false;
    static PyObject* const name = PyUnicode_InternFromString("_exit");
    return PyObject_CallMethodObjArgs(object, name, args[0], args[1], args[2], nullptr);
}

PyObject* response_success(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    if (!self->catch_response || !self->entered)
        return PyObject_CallMethod(object, "_refuse_verdict", "s", "success()");
    Py_XSETREF(self->verdict, Py_NewRef(Py_True));
    Py_RETURN_NONE;
}

}  // namespace locustella::bindings
