// The states of a test, as its runner and its master's list of workers have them. Sans-I/O.
//
//   RunnerFsm runner;
//   runner.on(RunnerEvent::users_start);       // true: it is State::spawning now
//   runner.on(RunnerEvent::cleanup_begins);
//   state_name(runner.state())                 // "cleanup": Locust's words
//
// A runner's states, by what happens in which ("." stays, "-" is not allowed):
//
//   event            ready     spawning  running   cleanup   stopping  stopped
//   --------------   --------  --------  --------  --------  --------  --------
//   shape_begins     ready     ready     ready     ready     ready     ready
//   ramp_begins      .         .         spawning  spawning  spawning  .
//   users_start      spawning  .         .         .         .         spawning
//   users_are_there  running   running   .         .         .         running
//   cleanup_begins   cleanup   cleanup   cleanup   .         -         -
//   stop_is_sent     -         stopping  stopping  -         -         -
//   users_are_gone   stopped   stopped   stopped   stopped   stopped   .
//
// The first user of a test, not the wish to start it, makes a runner spawning: listeners of
// test_start still see ready or stopped. Users may be gone in any state, because a new ramp or a
// shape may begin while the last test is cleaned up; a cleanup that somebody cut short may begin
// again. `stopping` is a master's, which waits for its workers.
//
// A worker, as its master sees it:
//
//   event            ready     spawning  running   missing
//   --------------   --------  --------  --------  --------
//   says_hello       ready     ready     ready     ready
//   says_spawning    spawning  spawning  spawning  spawning
//   says_running     running   running   running   running
//   falls_silent     missing   missing   missing   -
//
// Its heartbeats name its state: says_hello, says_spawning or says_running.
//
// What is not allowed changes nothing and is counted; in a debug build it ends the process, for it
// is a mistake of ours. But files may assign any state (`runner.state = ...`): after that the next
// event leads where it leads from the state that it belongs to, and nothing is judged.
//
// Thread: any one at a time.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace locustella::load {

enum class State : std::uint8_t { ready, spawning, running, cleanup, stopping, stopped, missing };

enum class RunnerEvent : std::uint8_t {
    shape_begins,
    ramp_begins,
    users_start,
    users_are_there,  // the ramp is over
    cleanup_begins,
    stop_is_sent,
    users_are_gone,
};

enum class WorkerEvent : std::uint8_t { says_hello, says_spawning, says_running, falls_silent };

// Locust's words for them; nullopt for any other word.
std::string_view state_name(State state);
std::optional<State> state_named(std::string_view name);

// The tables. Nullopt: not allowed.
std::optional<State> next_state(State state, RunnerEvent event);
std::optional<State> next_state(State state, WorkerEvent event);

// Where an event leads, if nothing is known of the state.
State usual_state(RunnerEvent event);
State usual_state(WorkerEvent event);

template <typename Event>
class StateMachine {
public:
    State state() const { return state_; }

    // False, and nothing happened, where the event is not allowed.
    bool on(Event event)
    {
        const auto next = next_state(state_, event);
        if (std::exchange(assigned_, false)) {
            state_ = next.value_or(usual_state(event));
            return true;
        }
        assert(next && "an event that this state does not allow");
        if (!next) {
            ++refused_;
            return false;
        }
        state_ = *next;
        return true;
    }

    // By hand, by whoever may.
    void assign(State state)
    {
        state_ = state;
        assigned_ = true;
    }

    std::uint64_t refused() const { return refused_; }

private:
    State state_ = State::ready;
    bool assigned_ = false;
    std::uint64_t refused_ = 0;
};

using RunnerFsm = StateMachine<RunnerEvent>;
using WorkerFsm = StateMachine<WorkerEvent>;

}  // namespace locustella::load
