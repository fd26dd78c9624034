#include "greenlet/hub.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "greenlet/network.hpp"
#include "greenlet/pending_exchange.hpp"
#include "guard.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Left alone at exit: sessions of any thread may outlive the module's own teardown.
thread_local Hub* hub_of_this_thread = nullptr;

PyObject* ref_name = nullptr;  // of the watchers' attribute; interned when the first is attached

std::uint32_t forks = 0;  // from the process that loaded this to the present one

PyObject* turn(PyObject*, PyObject*)
{
    if (hub_of_this_thread)
        hub_of_this_thread->reactor().turn();
    Py_RETURN_NONE;
}

PyObject* waits(PyObject*, PyObject*)
{
    if (hub_of_this_thread)
        hub_of_this_thread->reactor().waits();
    Py_RETURN_NONE;
}

PyObject* wakes(PyObject*, PyObject*)
{
    if (hub_of_this_thread)
        hub_of_this_thread->reactor().wakes();
    Py_RETURN_NONE;
}

PyMethodDef waits_method = {"waits", guarded<waits>, METH_NOARGS,
                            "The hub's loop calls it before it waits."};
PyMethodDef wakes_method = {"wakes", guarded<wakes>, METH_NOARGS,
                            "The hub's loop calls it when it has waited."};
PyMethodDef turn_method = {"turn", guarded<turn>, METH_NOARGS,
                           "One turn of this thread's reactor; the hub's loop calls it."};

// May be called while an exception is on its way through a greenlet, and leaves it alone.
void set_watcher_ref(PyObject* watcher, bool on)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyObject_SetAttr(watcher, ref_name, on ? Py_True : Py_False) < 0)
        PyErr_WriteUnraisable(watcher);
    PyErr_Restore(type, value, traceback);
}

const char* words_of(const std::exception_ptr& thrown, std::string& buffer)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        return "out of memory; what needed it has failed";
    } catch (const std::exception& error) {
        buffer = error.what();
        return buffer.c_str();
    } catch (...) {
        return "an unknown C++ exception";
    }
}

// Straight to stderr: logging may need the memory that there is none of.
void report(const std::exception_ptr& thrown)
{
    static auto& said = *new std::vector<std::string>;
    std::string buffer;
    const char* words = words_of(thrown, buffer);
    if (std::find(said.begin(), said.end(), words) != said.end())
        return;
    PySys_WriteStderr("locustella: %.500s (said once)\n", words);
    said.emplace_back(words);
}

constexpr const char* hub_key = "locustella._core.hub";

void retire_hub(PyObject* capsule)
{
    static_cast<Hub*>(PyCapsule_GetPointer(capsule, hub_key))->retire();
}

// Python drops a thread's dictionary when the thread ends, on that thread; an older hub's entry is
// dropped when a newer one takes its place.
void retire_with_thread(Hub& hub)
{
    const auto capsule = owned(PyCapsule_New(&hub, hub_key, retire_hub));
    PyObject* of_thread = PyThreadState_GetDict();
    if (!capsule || !of_thread || PyDict_SetItemString(of_thread, hub_key, capsule.ptr()) < 0)
        throw py::error_already_set();
}

}  // namespace

Hub::Hub()
    : context_(engine_of_process()),
      spares_(std::make_unique<SpareExchanges>()),
      forks_before_(forks)
{
    context_.reactor().report_exceptions_to(report);
    context_.reactor().tell_when_asked_for_waits([this] { watch_waits(); });
}

Hub::~Hub() = default;

Hub* Hub::existing()
{
    return hub_of_this_thread;
}

Hub* Hub::of_this_thread()
{
    if (hub_of_this_thread && (hub_of_this_thread->lasting_ || hub_of_this_thread->usable()))
        return hub_of_this_thread;
    if (hub_of_this_thread)
        hub_of_this_thread->retire();
    return shield<Hub*>(nullptr, [] {
        std::unique_ptr<Hub> hub(new Hub);
        PyGreenlet_Import();
        if (!_PyGreenlet_API)
            throw py::error_already_set();
        hub->attach(py::module_::import("gevent").attr("get_hub")().ptr());
        return hub_of_this_thread = hub.release();
    });
}

// The watcher starts last: what fails before would take the reactor from under it.
void Hub::attach(PyObject* gevent_hub)
{
    constexpr int readable = 1;
    if (!ref_name && !(ref_name = PyUnicode_InternFromString("ref")))
        throw py::error_already_set();
    const auto threading = py::module_::import("threading");
    lasting_ = threading.attr("current_thread")().is(threading.attr("main_thread")());
    py::object watcher = py::handle(gevent_hub).attr("loop").attr("io")(reactor().fd(), readable);
    const auto callback = owned(PyCFunction_New(&turn_method, nullptr));
    if (!callback)
        throw py::error_already_set();
    watcher.attr("ref") = false;
    watcher.attr("start")(callback);
    watcher_ = watcher.release().ptr();
    greenlet_ = reinterpret_cast<PyGreenlet*>(Py_NewRef(gevent_hub));
    if (lasting_)
        return;
    try {
        retire_with_thread(*this);
    } catch (...) {
        retire();
        throw;
    }
}

// gevent runs the greenlets that are ready before each wait: ours is the last of those before it,
// and the first of those behind it. Without one, unseen_since() knows less.
void Hub::watch_waits()
{
    try {
        const py::object loop = py::handle(reinterpret_cast<PyObject*>(greenlet_)).attr("loop");
        const auto add = [&](const char* kind, const char* priority, PyMethodDef& method) {
            const auto callback = owned(PyCFunction_New(&method, nullptr));
            if (!callback)
                throw py::error_already_set();
            py::object watcher =
                loop.attr(kind)(py::arg("ref") = false, py::arg("priority") = loop.attr(priority));
            watcher.attr("start")(callback);
            return watcher.release().ptr();
        };
        of_waits_[0] = add("prepare", "MINPRI", waits_method);
        of_waits_[1] = add("check", "MAXPRI", wakes_method);
    } catch (py::error_already_set&) {
    }
}

bool Hub::usable() const
{
    PyObject* loop = PyObject_GetAttrString(reinterpret_cast<PyObject*>(greenlet_), "loop");
    PyErr_Clear();
    const bool has_loop = loop && loop != Py_None;
    Py_XDECREF(loop);
    return has_loop;
}

// May be called while an exception is on its way, as a thread ends.
void Hub::stop_watchers()
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (PyObject* watcher : {watcher_, of_waits_[0], of_waits_[1]}) {
        if (!watcher)
            continue;
        PyObject* stopped = PyObject_CallMethod(watcher, "stop", nullptr);
        if (!stopped)
            PyErr_WriteUnraisable(watcher);
        Py_XDECREF(stopped);
    }
    PyErr_Restore(type, value, traceback);
}

void Hub::leave_to_parent()
{
    stop_watchers();
    context_.leave_to_parent();
}

bool Hub::is_of_parent() const
{
    return forks != forks_before_;
}

void Hub::retire()
{
    if (std::exchange(retired_, true))
        return;
    if (hub_of_this_thread == this) {
        hub_of_this_thread = nullptr;
    }
    if (usable())
        stop_watchers();
    Py_CLEAR(watcher_);
    for (PyObject*& watcher : of_waits_)
        Py_CLEAR(watcher);
    if (is_of_parent())  // a thread of the parent's: there is nobody to wait for
        return context_.leave_to_parent();
    spares_->close();
    // Only then: who lets go of the GIL while Python ends, gets it back no more, and his thread is
    // ended within this very function.
    if (context_.has_to_wait_for_release()) {
        const py::gil_scoped_release others_go_on;
        context_.release();
    } else {
        context_.release();
    }
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
    // A stray switch() by somebody else is no answer. Of the next one no reference is held, which
    // would keep it for as long as this one waits: behind a switch greenlet looks at neither it nor
    // what it holds (3.0 to 3.5; builds with assertions do). Without the memory for a switch the
    // next is lost, as by wake(), and this one gets the error.
    do {
        auto* const next = static_cast<PyGreenlet*>(hub.reactor().next_to_resume());
        result = PyGreenlet_Switch(next ? next : hub.greenlet(), nullptr, nullptr);
        Py_XDECREF(result);
    } while (result && !woken_);
    hub.end_wait();
    Py_CLEAR(greenlet_);
    return result != nullptr;
}

PyGreenlet* Waiter::call(Hub& hub) noexcept
{
    if (!greenlet_ || woken_)
        return nullptr;
    woken_ = true;
    hub.count_switch();
    return greenlet_;
}

void Waiter::wake(Hub& hub)
{
    PyGreenlet* const target = call(hub);
    if (!target)
        return;
    Py_INCREF(target);
    PyObject* result = PyGreenlet_Switch(target, nullptr, nullptr);
    Py_DECREF(target);
    if (result)
        Py_DECREF(result);
    else
        PyErr_WriteUnraisable(nullptr);
}

namespace {

py::dict row(const reactor::LagMeter& meter)
{
    py::dict one;
    one["count"] = meter.count();
    one["mean_ms"] = meter.mean() / 1e6;
    one["p50_ms"] = static_cast<double>(meter.percentile(0.5)) / 1e6;
    one["p99_ms"] = static_cast<double>(meter.percentile(0.99)) / 1e6;
    one["max_ms"] = static_cast<double>(meter.max()) / 1e6;
    return one;
}

py::dict generator_lag()
{
    py::dict all;
    if (!hub_of_this_thread)
        return all;
    const auto& lag = hub_of_this_thread->reactor().lag();
    all["timer"] = row(lag.timer);
    all["wake"] = row(lag.wake);
    all["send"] = row(lag.send);
    all["pool"] = row(lag.pool);
    return all;
}

py::dict generator_stalls()
{
    py::dict all;
    if (!hub_of_this_thread)
        return all;
    const auto stalls = hub_of_this_thread->reactor().stalls();
    using base::seconds_of;
    all["watched_s"] = seconds_of(stalls.watched(base::monotonic_now()));
    all["beyond_1ms_s"] = seconds_of(stalls.late_beyond(0));
    all["beyond_10ms_s"] = seconds_of(stalls.late_beyond(1));
    all["beyond_100ms_s"] = seconds_of(stalls.late_beyond(2));
    all["longest_s"] = seconds_of(stalls.longest());
    all["longest_at_s"] = seconds_of(stalls.longest_at());
    return all;
}

void reset_generator_lag()
{
    Hub* hub = Hub::of_this_thread();
    if (!hub)
        throw py::error_already_set();
    hub->reactor().lag() = {};
    hub->reactor().measure_stalls();
}

void bind_generator_lag(py::module_& core)
{
    core.def(
        "generator_lag", &generator_lag,
        "How late this thread's generator runs, in milliseconds: waits that ended late (timer), "
        "answers that waited for their user (wake), requests that waited to be sent (send). And "
        "how long requests stood in line for a connection of a limited pool (pool), which is no "
        "lateness.");
    core.def(
        "generator_stalls", &generator_stalls,
        "The same by time, in seconds since reset_generator_lag(): how much of it this thread "
        "was late by more than 1, 10 and 100 milliseconds for whatever became ready or due, its "
        "longest stall, and when that began.");
    core.def("reset_generator_lag", &reset_generator_lag,
             "Begins to measure anew. Stalls are measured until stop_generator_lag().");
    core.def("stop_generator_lag", [] {
        if (hub_of_this_thread)
            hub_of_this_thread->reactor().stop_measuring_stalls();
    });
}

// What a child must not have of its parent. The engine's lock is held while the process forks, so
// that no other thread holds it. Python's own hooks come too late for that: by then the child has
// cleared the other threads' states, and retired their hubs.
void bind_forking()
{
    ::pthread_atfork([] { engine_of_process().before_fork(); },
                     [] { engine_of_process().after_fork_in_parent(); },
                     [] {
                         ++forks;
                         engine_of_process().after_fork_in_child();
                     });
    const py::cpp_function in_child([] {
        if (hub_of_this_thread)
            hub_of_this_thread->leave_to_parent();
        hub_of_this_thread = nullptr;  // gevent makes the child a new loop: a new hub goes with it
        under_way().leave_to_parent();
    });
    py::module_::import("os").attr("register_at_fork")(py::arg("after_in_child") = in_child);
}

}  // namespace

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
    bind_generator_lag(core);
    bind_forking();
}

}  // namespace locustella::bindings
