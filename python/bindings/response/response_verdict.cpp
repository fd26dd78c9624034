// `with client.get("/x", catch_response=True) as response:` without any Python but the block's.
//
//   __enter__    notes that the block has begun
//   success()    notes the verdict
//   __exit__     records the request here when only the statistics listen to it
//
// What a block may do and what its end means is client/verdict.hpp's. What cannot be recorded here
// (a failure in new words, a listener, `request_meta` that was touched) the Python method
// _conclude(outcome, exception) of the response's class records; _refuse_block() and
// _refuse_verdict(call) have the words for what is refused.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include "client/error_words.hpp"
#include "client/verdict.hpp"
#include "enums.hpp"
#include "response/listeners.hpp"
#include "response/recording.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using client::Block;
using client::Outcome;
using client::Raised;
using client::Said;

PyObject* response_error_class = nullptr;
PyObject* told_class = nullptr;  // of what failure("...") makes

bool was_touched(const ResponseObject* self, const char* attribute)
{
    return self->attributes && PyDict_GetItemString(self->attributes, attribute);
}

bool may_be_recorded_here(const ResponseObject* self)
{
    return self->unrecorded && self->session && self->name && !self->failure &&
           !was_touched(self, "request_meta") && !was_touched(self, "status_code") &&
           !was_touched(self, "error") && !was_touched(self, "_request_event") &&
           !was_touched(self, "raise_for_status") && !was_touched(self, "_report_request") &&
           !was_touched(self, "_exit");
}

// What failure("...") has been told, as its exception shows it; nothing for an exception of the
// script's own.
std::string words_of_verdict(const ResponseObject* self)
{
    if (!self->verdict || reinterpret_cast<PyObject*>(Py_TYPE(self->verdict)) != told_class)
        return {};
    PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(self->verdict)->args;
    if (!args || PyTuple_GET_SIZE(args) != 1 || !PyUnicode_CheckExact(PyTuple_GET_ITEM(args, 0)))
        return {};
    const auto text = utf8_of(PyTuple_GET_ITEM(args, 0));
    return text ? client::raised("CatchResponseError", *text) : std::string{};
}

std::string words_of_outcome(const ResponseObject* self, Outcome outcome)
{
    if (outcome == Outcome::failure)
        return words_of_verdict(self);
    const auto name = utf8_of(self->name);
    if (outcome != Outcome::by_status || !name)
        return {};
    return client::words_of_answer(self->dialect, self->response, *name);
}

// not_here: Python has to.
Fired record_here(ResponseObject* self, Outcome outcome)
{
    PyObject* const event = asker_of(self)->request_event;
    const bool accepted = client::accepts(self->dialect, self->response.status);
    if (outcome == Outcome::success || (outcome == Outcome::by_status && accepted))
        return record_success(event, self, self->name) ? Fired::done
                                                       : fire_success(self, self->name);
    const bool other_reason = outcome == Outcome::by_status && was_touched(self, "reason");
    if (other_reason || !native_recorder(event))
        return Fired::not_here;
    const std::string words = words_of_outcome(self, outcome);
    self->judged = !words.empty() && record_failure(event, self, self->name, words);
    return self->judged ? Fired::done : Fired::not_here;
}

Block block_of(const ResponseObject* self)
{
    return client::block_of(self->catch_response, self->entered);
}

Said said_of(const ResponseObject* self)
{
    if (!self->verdict || self->verdict == Py_None)
        return Said::nothing;
    return self->verdict == Py_True ? Said::success : Said::failure;
}

// -1 with an error set.
int raised_in(PyObject* kind, PyObject* value)
{
    if (kind == Py_None)
        return static_cast<int>(Raised::nothing);
    const int is_verdict =
        response_error_class ? PyObject_IsInstance(value, response_error_class) : 0;
    if (is_verdict < 0)
        return -1;
    return static_cast<int>(is_verdict ? Raised::response_error : Raised::other);
}

}  // namespace

void set_response_error_class(PyObject* type)
{
    Py_XSETREF(response_error_class, Py_NewRef(type));
}

void set_told_class(PyObject* type)
{
    Py_XSETREF(told_class, Py_NewRef(type));
}

PyObject* response_enter(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    if (!client::may_enter(self->dialect, block_of(self)))
        return PyObject_CallMethod(object, "_refuse_block", nullptr);
    self->entered = true;
    return Py_NewRef(object);
}

PyObject* response_exit(PyObject* object, PyObject* const* args, Py_ssize_t count)
{
    auto* self = as_response(object);
    if (count != 3)
        return PyErr_Format(PyExc_TypeError,
                            "__exit__ takes an exception's type, value and traceback");
    const int raised = raised_in(args[0], args[1]);
    if (raised < 0)
        return nullptr;
    const auto end =
        client::end_of_block(block_of(self), said_of(self), static_cast<Raised>(raised));
    const bool may =
        args[0] == Py_None && end.outcome != Outcome::unrecorded && may_be_recorded_here(self);
    const Fired fired = may ? record_here(self, end.outcome) : Fired::not_here;
    self->unrecorded = false;
    if (fired == Fired::raised)
        return nullptr;
    if (fired == Fired::not_here && end.outcome != Outcome::unrecorded) {
        static PyObject* const conclude = PyUnicode_InternFromString("_conclude");
        PyObject* done =
            PyObject_CallMethodObjArgs(object, conclude, member_of(end.outcome), args[1], nullptr);
        if (!done)
            return nullptr;
        Py_DECREF(done);
    }
    return PyBool_FromLong(end.ends);
}

PyObject* response_success(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    if (!client::may_judge(block_of(self)))
        return PyObject_CallMethod(object, "_refuse_verdict", "s", "success()");
    Py_XSETREF(self->verdict, Py_NewRef(Py_True));
    Py_RETURN_NONE;
}

}  // namespace locustella::bindings
