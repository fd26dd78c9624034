// Binds what paces users: waits as timers of the native reactor.
#include "bindings.hpp"

#include <memory>

#include "greenlet/pause.hpp"
#include "greenlet/task_loop.hpp"
#include "guard.hpp"
#include "load/pacer.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Not a pybind11 function: those keep a chain of frames on the C stack, which a greenlet switch
// would tangle.
PyObject* pause(PyObject*, PyObject* argument)
{
    const double seconds = PyFloat_AsDouble(argument);
    if (seconds == -1.0 && PyErr_Occurred())
        return nullptr;
    Hub* hub = Hub::of_this_thread();
    if (!hub)
        return nullptr;
    const auto own = std::make_unique<Pause>(*hub);  // not on this stack: greenlet stacks move
    if (!own->wait_until(base::monotonic_now() + base::nanos_from_seconds(seconds)))
        return nullptr;
    Py_RETURN_NONE;
}

PyObject* wait_after_task(PyObject*, PyObject* const* args, Py_ssize_t count)
{
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "wait_after_task takes two numbers");
    const double interval = PyFloat_AsDouble(args[0]);
    const double took = PyFloat_AsDouble(args[1]);
    if (PyErr_Occurred())
        return nullptr;
    return PyFloat_FromDouble(load::wait_after_task(interval, took));
}

PyMethodDef functions[] = {{"pause", guarded<pause>, METH_O,
                            "pause(seconds): suspends the calling greenlet as gevent.sleep does, "
                            "on the native reactor's timers. What is "
                            "thrown into the greenlet meanwhile (kill, Timeout) is raised here."},
                           {"wait_after_task", method<wait_after_task>(), METH_FASTCALL,
                            "wait_after_task(interval, took): the wait, in seconds, after a task "
                            "that took so long, where tasks start `interval` apart."},
                           {"task_loop", method<task_loop>(), METH_FASTCALL, task_loop_doc},
                           {}};

}  // namespace

void bind_load(py::module_& core)
{
    if (PyModule_AddFunctions(core.ptr(), functions) < 0)
        throw py::error_already_set();
}

}  // namespace locustella::bindings
