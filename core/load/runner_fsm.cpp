#include "load/runner_fsm.hpp"

#include <array>
#include <cstddef>

namespace locustella::load {
namespace {

constexpr std::array<std::string_view, 7> names = {"ready",    "spawning", "running", "cleanup",
                                                   "stopping", "stopped",  "missing"};

bool is_ready_or_stopped(State state)
{
    return state == State::ready || state == State::stopped;
}

}  // namespace

std::string_view state_name(State state)
{
    return names[static_cast<std::size_t>(state)];
}

std::optional<State> state_named(std::string_view name)
{
    for (std::size_t at = 0; at < names.size(); ++at)
        if (names[at] == name)
            return static_cast<State>(at);
    return std::nullopt;
}

State usual_state(RunnerEvent event)
{
    switch (event) {
    case RunnerEvent::shape_begins: return State::ready;
    case RunnerEvent::ramp_begins:
    case RunnerEvent::users_start: return State::spawning;
    case RunnerEvent::users_are_there: return State::running;
    case RunnerEvent::cleanup_begins: return State::cleanup;
    case RunnerEvent::stop_is_sent: return State::stopping;
    case RunnerEvent::users_are_gone: break;
    }
    return State::stopped;
}

State usual_state(WorkerEvent event)
{
    switch (event) {
    case WorkerEvent::says_hello: return State::ready;
    case WorkerEvent::says_spawning: return State::spawning;
    case WorkerEvent::says_running: return State::running;
    case WorkerEvent::falls_silent: break;
    }
    return State::missing;
}

std::optional<State> next_state(State state, RunnerEvent event)
{
    const bool being_stopped = state == State::cleanup || state == State::stopping;
    const bool in_a_test = state == State::spawning || state == State::running;
    bool leads = true;  // where the event usually does; else it stays
    switch (event) {
    case RunnerEvent::shape_begins:
    case RunnerEvent::users_are_gone: break;
    case RunnerEvent::ramp_begins: leads = !is_ready_or_stopped(state); break;
    case RunnerEvent::users_start: leads = is_ready_or_stopped(state); break;
    case RunnerEvent::users_are_there: leads = !being_stopped; break;
    case RunnerEvent::cleanup_begins:
        if (state == State::stopping || state == State::stopped)
            return std::nullopt;
        break;
    case RunnerEvent::stop_is_sent:
        if (!in_a_test)
            return std::nullopt;
        break;
    }
    if (state == State::missing)
        return std::nullopt;  // no runner is
    return leads ? usual_state(event) : state;
}

std::optional<State> next_state(State state, WorkerEvent event)
{
    const bool known = state == State::ready || state == State::spawning ||
                       state == State::running || state == State::missing;
    if (!known || (event == WorkerEvent::falls_silent && state == State::missing))
        return std::nullopt;
    return usual_state(event);
}

}  // namespace locustella::load
