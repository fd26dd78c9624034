// Binds core/load's state machines of runners and workers: see locustella/running/states.py.
// Thread: the interpreter's, with the GIL held.
#include <string>
#include <string_view>

#include <pybind11/native_enum.h>

#include "bindings.hpp"
#include "load/runner_fsm.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;
using load::RunnerEvent;
using load::StateMachine;
using load::WorkerEvent;

// A file may assign any word: false for one that is no state's.
template <typename Event>
bool assign(StateMachine<Event>& machine, std::string_view word)
{
    const auto named = load::state_named(word);
    machine.assign(named.value_or(machine.state()));
    return named.has_value();
}

template <typename Event>
void bind_machine(py::module_& core, const char* name, const char* doc)
{
    py::class_<StateMachine<Event>>(core, name, doc)
        .def(py::init<>())
        .def_property_readonly(
            "state",
            [](const StateMachine<Event>& m) { return std::string(state_name(m.state())); })
        .def("on", &StateMachine<Event>::on, py::arg("event"),
             "False, and nothing happened, where this state does not allow the event.")
        .def("assign", &assign<Event>, py::arg("word"))
        .def_property_readonly("refused", &StateMachine<Event>::refused);
}

}  // namespace

void bind_runner_states(py::module_& core)
{
    py::native_enum<RunnerEvent>(core, "RunnerEvent", "enum.Enum")
        .value("shape_begins", RunnerEvent::shape_begins)
        .value("ramp_begins", RunnerEvent::ramp_begins)
        .value("users_start", RunnerEvent::users_start)
        .value("users_are_there", RunnerEvent::users_are_there)
        .value("cleanup_begins", RunnerEvent::cleanup_begins)
        .value("stop_is_sent", RunnerEvent::stop_is_sent)
        .value("users_are_gone", RunnerEvent::users_are_gone)
        .finalize();
    py::native_enum<WorkerEvent>(core, "WorkerEvent", "enum.Enum")
        .value("says_hello", WorkerEvent::says_hello)
        .value("says_spawning", WorkerEvent::says_spawning)
        .value("says_running", WorkerEvent::says_running)
        .value("falls_silent", WorkerEvent::falls_silent)
        .finalize();
    bind_machine<RunnerEvent>(core, "RunnerStates", "The states of a runner.");
    bind_machine<WorkerEvent>(core, "WorkerStates", "The states of a worker, for its master.");
}

}  // namespace locustella::bindings
