// What a session does natively: one exchange, waited for by a greenlet, and the checks before it.
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <pybind11/pybind11.h>
#include <Python.h>

#include "references.hpp"
#include "response/listeners.hpp"
#include "response/recording.hpp"
#include "session/send_call.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
bool attach_session(SessionObject* self)
{
    if (self->client)
        return true;
    self->hub = Hub::of_this_thread();
    if (!self->hub)
        return false;
    self->client = new client::Client(self->hub->http());
    if (use_pool(self))
        return true;
    delete std::exchange(self->client, nullptr);
    return false;
}

pybind11::object response_class_of(SessionObject* self)
{
    static PyObject* const name = PyUnicode_InternFromString("_response_class");
    auto type = owned(PyObject_GetAttr(reinterpret_cast<PyObject*>(self), name));
    if (!type || (PyType_Check(type.ptr()) &&
                  PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()), &response_type)))
        return type;
    PyErr_SetString(PyExc_TypeError, "_response_class must be a subclass of ResponseBase");
    return {};
}

namespace {

// Records a success here, when the session is one about which Python has nothing to say at each
// request: what it says of itself may be wrong, and is no fault of this request's then. False with
// an error set.
bool record(SessionObject* self, PyObject* object, PyObject* entry)
{
    if (!configured(self)) {
        if (!PyErr_ExceptionMatches(PyExc_Exception))
            return false;
        PyErr_Clear();
        return true;
    }
    auto* response = as_response(object);
    if (!self->plain || response->streamed)
        return true;
    if (!record_if_success(self->asker.request_event, response, entry)) {
        const Fired fired = fire_if_success(response, entry);
        if (fired != Fired::done)
            return fired == Fired::not_here;
    }
    response->recorded = true;
    response->name = Py_NewRef(entry);
    return true;
}

}  // namespace

PyObject* session_send(PyObject* object, PyObject* const* args, Py_ssize_t count,
                       PyObject* keywords)
{
    auto* self = as_session(object);
    // While this greenlet waits, another may give the session another one.
    const auto type = response_class_of(self);
    if (!type || !on_own_thread(self))
        return nullptr;
    auto exchange = std::make_shared<PendingExchange>(*self->hub);
    SendCall call{*exchange};
    if (!take_send_call(args, count, keywords, call) ||
        !exchange->perform(*self->client, {call.pieces, self->catches_timeouts}))
        return nullptr;
    auto response = owned(new_streamed_response(reinterpret_cast<PyTypeObject*>(type.ptr()), object,
                                                self->base_url, *self->client, call.method,
                                                call.asked, call.details, exchange));
    if (!response || (call.entry && !record(self, response.ptr(), call.entry)))
        return nullptr;
    return response.release().ptr();
}

}  // namespace locustella::bindings
