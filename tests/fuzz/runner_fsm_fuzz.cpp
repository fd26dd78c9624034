// The states of a runner and of a worker under any events and assignments.
//
// Input: bytes, each an event or an assignment. Claims: only what is allowed changes the state, to
// where the table says; nothing is refused that is allowed; every state has Locust's name and is
// found by it; whatever happened, the end of all users leads to stopped and a greeting to ready.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/expect.hpp"
#include "load/runner_fsm.hpp"

namespace locustella::load {
namespace {

using fuzz::expect;

template <typename Event>
void live(const std::uint8_t* data, std::size_t size, unsigned events, Event last, State end)
{
    StateMachine<Event> machine;
    bool assigned = false;
    for (std::size_t at = 0; at < size; ++at) {
        const State before = machine.state();
        if (data[at] & 0x80) {
            machine.assign(static_cast<State>(data[at] % 7));
            expect(machine.state() == static_cast<State>(data[at] % 7), "an assignment counts");
            assigned = true;
            continue;
        }
        const auto event = static_cast<Event>(data[at] % events);
        const auto next = next_state(before, event);
        if (!assigned && !next)
            continue;  // it would end the process, as it should
        expect(machine.on(event), "what is allowed happens");
        expect(machine.state() == next.value_or(usual_state(event)), "and leads where it should");
        expect(state_named(state_name(machine.state())) == machine.state(), "a name names it");
        assigned = false;
    }
    expect(machine.refused() == 0, "nothing was refused");
    if (assigned || next_state(machine.state(), last)) {
        machine.on(last);
        expect(machine.state() == end, "the end is the end");
    }
}

}  // namespace
}  // namespace locustella::load

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::load;
    live(data, size, 7, RunnerEvent::users_are_gone, State::stopped);
    live(data, size, 4, WorkerEvent::says_hello, State::ready);
    const std::string_view word(reinterpret_cast<const char*>(data), size);
    if (const auto named = state_named(word))
        locustella::fuzz::expect(state_name(*named) == word, "a name is a name");
    return 0;
}
