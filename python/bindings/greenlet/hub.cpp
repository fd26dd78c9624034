#include "greenlet/hub.hpp"

#include <memory>

#include "base/memory.hpp"
#include "bindings.hpp"
#include "greenlet/network.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Left alone at exit: sessions of any thread may outlive the module's own teardown.
thread_local Hub* hub_of_this_thread = nullptr;

http::Limits limits_of_process;

PyObject* turn(PyObject*, PyObject*)
{
    hub_of_this_thread->reactor().turn();
    Py_RETURN_NONE;
}

PyMethodDef turn_method = {"turn", turn, METH_NOARGS,
                           "One turn of this thread's reactor; the hub's loop calls it."};

// May be called while an exception is on its way through a greenlet, and leaves it alone.
void set_watcher_ref(PyObject* watcher, bool on)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyObject_SetAttrString(watcher, "ref", on ? Py_True : Py_False) < 0)
        PyErr_WriteUnraisable(watcher);
    PyErr_Restore(type, value, traceback);
}

}  // namespace

Hub* Hub::of_this_thread()
{
    if (hub_of_this_thread && (hub_of_this_thread->lasting_ || hub_of_this_thread->usable()))
        return hub_of_this_thread;
    hub_of_this_thread = nullptr;  // sessions may still point to it: it is left alone
    base::keep_freed_memory();
    try {
        std::unique_ptr<Hub> hub(new Hub);
        PyGreenlet_Import();
        if (!_PyGreenlet_API || !hub->attach(py::module_::import("gevent").attr("get_hub")().ptr()))
            return nullptr;
        apply_network_settings(hub->http_);
        reactor::Reactor::set_current(&hub->reactor_);
        hub_of_this_thread = hub.release();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_OSError, error.what());
    }
    return hub_of_this_thread;
}

void Hub::set_limits(const http::Limits& limits)
{
    limits_of_process = limits;
    if (hub_of_this_thread)
        hub_of_this_thread->http_.limits = limits;
}

const http::Limits& Hub::limits()
{
    return limits_of_process;
}

bool Hub::attach(PyObject* gevent_hub)
{
    constexpr int readable = 1;
    py::object watcher = py::handle(gevent_hub).attr("loop").attr("io")(reactor_.fd(), readable);
    watcher.attr("start")(
        py::reinterpret_steal<py::object>(PyCFunction_New(&turn_method, nullptr)));
    watcher.attr("ref") = false;
    watcher_ = watcher.release().ptr();
    lasting_ = py::module_::import("threading")
                   .attr("current_thread")()
                   .is(py::module_::import("threading").attr("main_thread")());
    Py_INCREF(gevent_hub);
    greenlet_ = reinterpret_cast<PyGreenlet*>(gevent_hub);
    return true;
}

bool Hub::usable() const
{
    PyObject* loop = PyObject_GetAttrString(reinterpret_cast<PyObject*>(greenlet_), "loop");
    PyErr_Clear();
    const bool has_loop = loop && loop != Py_None;
    Py_XDECREF(loop);
    return has_loop;
}

void Hub::leave_to_parent()
{
    PyObject* stopped = PyObject_CallMethod(watcher_, "stop", nullptr);
    if (!stopped)
        PyErr_WriteUnraisable(watcher_);
    Py_XDECREF(stopped);
    reactor_.leave_to_parent();
}

void Hub::begin_wait()
{
    if (waiting_++ == 0)
        set_watcher_ref(watcher_, true);
}

void Hub::end_wait()
{
    if (--waiting_ == 0)
        set_watcher_ref(watcher_, false);
}

bool Waiter::wait(Hub& hub)
{
    PyGreenlet* self = PyGreenlet_GetCurrent();
    if (self == hub.greenlet()) {
        Py_DECREF(self);
        PyErr_SetString(PyExc_AssertionError,
                        "Impossible to call blocking function in the event loop callback");
        return false;
    }
    greenlet_ = self;
    woken_ = false;
    hub.begin_wait();
    PyObject* result = nullptr;
    do {  // a stray switch() by somebody else is no answer
        result = PyGreenlet_Switch(hub.greenlet(), nullptr, nullptr);
        Py_XDECREF(result);
    } while (result && !woken_);
    hub.end_wait();
    Py_CLEAR(greenlet_);
    return result != nullptr;
}

void Waiter::wake(Hub& hub)
{
    if (!greenlet_ || woken_)
        return;
    woken_ = true;
    hub.count_switch();
    PyGreenlet* target = greenlet_;
    Py_INCREF(target);
    PyObject* result = PyGreenlet_Switch(target, nullptr, nullptr);
    Py_DECREF(target);
    if (result)
        Py_DECREF(result);
    else
        PyErr_WriteUnraisable(nullptr);
}

void bind_hub(py::module_& core)
{
    core.def(
        "attach_hub",
        [] {
            if (!Hub::of_this_thread())
                throw py::error_already_set();
        },
        "Makes this thread's reactor and puts it under the gevent hub, if that has not happened "
        "yet.");
    core.def(
        "waiting_greenlets", [] { return hub_of_this_thread ? hub_of_this_thread->waiting() : 0; },
        "How many greenlets wait for this thread's reactor.");
    core.def(
        "connection_counts",
        [] {
            py::dict counts;
            if (hub_of_this_thread) {
                const auto& c = hub_of_this_thread->http().counts;
                counts["opened"] = c.opened;
                counts["closed"] = c.closed;
                counts["failed"] = c.failed;
                counts["reused"] = c.reused;
                counts["repeated"] = c.repeated;
                counts["lookups"] = hub_of_this_thread->http().resolver.questions();
            }
            return counts;
        },
        "HTTP connections of this thread since the start: opened, closed, failed to open; requests "
        "that reused one, or were sent again; and how often the system was asked for a name.");
    core.def(
        "generator_lag",
        [] {
            py::dict all;
            if (!hub_of_this_thread)
                return all;
            auto& lag = hub_of_this_thread->reactor().lag();
            const auto row = [](const reactor::LagMeter& meter) {
                py::dict one;
                one["count"] = meter.count();
                one["mean_ms"] = meter.mean() / 1e6;
                one["p50_ms"] = static_cast<double>(meter.percentile(0.5)) / 1e6;
                one["p99_ms"] = static_cast<double>(meter.percentile(0.99)) / 1e6;
                one["max_ms"] = static_cast<double>(meter.max()) / 1e6;
                return one;
            };
            all["timer"] = row(lag.timer);
            all["wake"] = row(lag.wake);
            all["send"] = row(lag.send);
            all["pool"] = row(lag.pool);
            return all;
        },
        "How late this thread's generator runs, in milliseconds: waits that ended late (timer), "
        "answers that "
        "waited for their user (wake), requests that waited to be sent (send). And how long "
        "requests stood in line for a "
        "connection of a limited pool (pool), which is no lateness.");
    core.def("reset_generator_lag", [] {
        if (hub_of_this_thread)
            hub_of_this_thread->reactor().lag() = {};
    });
    const py::cpp_function after_fork([] {
        if (hub_of_this_thread)
            hub_of_this_thread->leave_to_parent();
        hub_of_this_thread = nullptr;  // gevent makes the child a new loop: a new hub goes with it
        reactor::Reactor::set_current(nullptr);
    });
    py::module_::import("os").attr("register_at_fork")(py::arg("after_in_child") = after_fork);
}

}  // namespace locustella::bindings
