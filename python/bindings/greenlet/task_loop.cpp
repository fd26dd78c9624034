#include "greenlet/task_loop.hpp"

#include <bit>
#include <memory>

#include "greenlet/pause.hpp"

namespace locustella::bindings {

const char task_loop_doc[] =
    "task_loop(taskset, user, holder, receiver, pacer, rules): picks a task of `holder.tasks`, "
    "calls it with\n"
    "`receiver`, waits as `pacer.wait_time()` says, and again, until an exception ends it. Returns "
    "None when the next\n"
    "task needs Python: one has been queued, or is not a plain function. `rules` is the tuple "
    "(random.choice,\n"
    "random.getrandbits, STOPPING, WAITING, RUNNING, StopUser, RescheduleTask, "
    "RescheduleTaskImmediately, random).";

namespace {

struct Names {
    PyObject* queued = PyUnicode_InternFromString("_queued");
    PyObject* state = PyUnicode_InternFromString("_state");
    PyObject* tasks = PyUnicode_InternFromString("tasks");
    PyObject* choice = PyUnicode_InternFromString("choice");
    PyObject* wait_time = PyUnicode_InternFromString("wait_time");
};

const Names& names()
{
    static const Names& all = *new Names;  // never destroyed: the interpreter may be gone first
    return all;
}

struct Rules {
    PyObject *choice, *getrandbits, *stopping, *waiting, *running;
    PyObject *stop_user, *reschedule, *reschedule_immediately, *random;
};

struct Loop {
    PyObject *taskset, *user, *holder, *receiver, *pacer;
    Rules rules;
    Hub* hub;
    std::unique_ptr<Pause> pause;
};

// What comes after a task.
enum class Next { task, python, error };

Next stop_user(const Loop& loop)
{
    PyErr_SetNone(loop.rules.stop_user);
    return Next::error;
}

// 1 yes, 0 no, -1 error.
int is_stopping(const Loop& loop)
{
    PyObject* state = PyObject_GetAttr(loop.user, names().state);
    if (!state)
        return -1;
    int same = state == loop.rules.stopping;
    if (!same && state != loop.rules.running && state != loop.rules.waiting)
        same = PyObject_RichCompareBool(state, loop.rules.stopping, Py_EQ);
    Py_DECREF(state);
    return same;
}

// random.choice's own way to an index, with the same draws from the same generator: a seeded test
// stays the same.
Py_ssize_t random_index(const Loop& loop, Py_ssize_t size)
{
    const int bits = std::bit_width(static_cast<std::size_t>(size));
    PyObject* wanted = PyLong_FromLong(bits);
    Py_ssize_t drawn = size;
    while (wanted && drawn >= size) {
        PyObject* number = PyObject_CallOneArg(loop.rules.getrandbits, wanted);
        drawn = number ? PyLong_AsSsize_t(number) : -1;
        Py_XDECREF(number);
        if (drawn < 0)
            break;
    }
    Py_XDECREF(wanted);
    return wanted ? drawn : -1;
}

// A new reference to the task, or nullptr: with an error set, or without one where Python must
// pick.
PyObject* pick(const Loop& loop)
{
    PyObject* queued = PyObject_GetAttr(loop.taskset, names().queued);
    if (!queued)
        return nullptr;
    const bool plain = queued == Py_None || PyObject_Size(queued) == 0;
    Py_DECREF(queued);
    if (!plain)
        return nullptr;
    PyObject* choice = PyObject_GetAttr(loop.rules.random, names().choice);
    Py_XDECREF(choice);
    if (choice != loop.rules.choice)
        return nullptr;  // somebody has put another in its place
    PyObject* tasks = PyObject_GetAttr(loop.holder, names().tasks);
    if (!tasks)
        return nullptr;
    PyObject* task = nullptr;
    if (PyList_CheckExact(tasks) && PyList_GET_SIZE(tasks) > 0) {
        const Py_ssize_t index = random_index(loop, PyList_GET_SIZE(tasks));
        if (index >= 0 && index < PyList_GET_SIZE(tasks))
            task = Py_NewRef(PyList_GET_ITEM(tasks, index));
    }
    Py_DECREF(tasks);
    return task;
}

// What a task that did not raise, or asked for another task, means: true to go on, `waits` says
// how.
bool went_well(const Loop& loop, PyObject* result, bool& waits)
{
    waits = true;
    if (result) {
        Py_DECREF(result);
        return true;
    }
    if (PyErr_ExceptionMatches(loop.rules.reschedule_immediately))
        waits = false;
    else if (!PyErr_ExceptionMatches(loop.rules.reschedule))
        return false;
    PyErr_Clear();
    return true;
}

bool sleep_for(Loop& loop, double seconds)
{
    const base::Nanos due = base::monotonic_now() + base::nanos_from_seconds(seconds);
    if (!loop.pause)
        loop.pause = std::make_unique<Pause>(*loop.hub);
    return loop.pause->wait_until(due);
}

Next wait(Loop& loop, std::uint64_t switches_before)
{
    const int stopping = is_stopping(loop);
    if (stopping)
        return stopping < 0 ? Next::error : stop_user(loop);
    if (PyObject_SetAttr(loop.user, names().state, loop.rules.waiting) < 0)
        return Next::error;
    PyObject* answer = PyObject_CallMethodNoArgs(loop.pacer, names().wait_time);
    const double seconds = answer ? PyFloat_AsDouble(answer) : -1;
    Py_XDECREF(answer);
    if (seconds == -1 && PyErr_Occurred())
        return Next::error;
    // A task that has waited for something has let the others run already.
    const bool yielded = loop.hub->switches() != switches_before;
    if ((seconds > 0 || !yielded) && !sleep_for(loop, seconds))
        return Next::error;
    const int stopped = is_stopping(loop);
    if (stopped)
        return stopped < 0 ? Next::error : stop_user(loop);
    return PyObject_SetAttr(loop.user, names().state, loop.rules.running) < 0 ? Next::error
                                                                              : Next::task;
}

Next one_task(Loop& loop)
{
    PyObject* task = pick(loop);
    if (!task)
        return PyErr_Occurred() ? Next::error : Next::python;
    const int stopping = is_stopping(loop);
    if (stopping) {
        Py_DECREF(task);
        return stopping < 0 ? Next::error : stop_user(loop);
    }
    const std::uint64_t switches_before = loop.hub->switches();
    PyObject* result = nullptr;
    if (PyFunction_Check(task)) {
        PyObject* args[] = {nullptr, loop.receiver};
        result = PyObject_Vectorcall(task, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    } else {
        result = PyObject_CallMethod(loop.taskset, "execute_task", "O", task);
    }
    Py_DECREF(task);
    bool waits = true;
    if (!went_well(loop, result, waits))
        return Next::error;
    return waits ? wait(loop, switches_before) : Next::task;
}

}  // namespace

PyObject* task_loop(PyObject*, PyObject* const* args, Py_ssize_t count)
{
    if (count != 6 || !PyTuple_Check(args[5]))
        return PyErr_Format(PyExc_TypeError, "task_loop takes five objects and a tuple of rules");
    // On the heap, like all native state that lives across a switch of greenlets.
    auto loop = std::make_unique<Loop>();
    loop->taskset = args[0];
    loop->user = args[1];
    loop->holder = args[2];
    loop->receiver = args[3];
    loop->pacer = args[4];
    Rules& r = loop->rules;
    if (!PyArg_ParseTuple(args[5], "OOOOOOOOO", &r.choice, &r.getrandbits, &r.stopping, &r.waiting,
                          &r.running, &r.stop_user, &r.reschedule, &r.reschedule_immediately,
                          &r.random))
        return nullptr;
    loop->hub = Hub::of_this_thread();
    if (!loop->hub)
        return nullptr;
    for (;;) {
        switch (one_task(*loop)) {
        case Next::task: break;
        case Next::python: Py_RETURN_NONE;
        case Next::error: return nullptr;
        }
    }
}

}  // namespace locustella::bindings
