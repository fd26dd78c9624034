// What comes next in a talk over a connection that only one side at a time has to say something on,
// as the state machine of one side tells the one who has the socket: the talk with a proxy, say.
//
//   TalkStep step = fsm.resume({});
//   while (step.act == TalkStep::Act::send || step.act == TalkStep::Act::receive)
//       step = send ? (write(step.bytes), fsm.resume({}))
//                   : fsm.resume(read at most step.most bytes);
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace locustella::base {

struct TalkStep {
    // look_up: an address is needed before the talk goes on
    enum class Act : std::uint8_t { send, receive, look_up, done, failed };

    Act act = Act::send;
    std::string bytes{};   // to send, all of them
    std::size_t most = 0;  // bytes that may be received: what comes behind them is not the talk's
    std::error_code error{};
    std::string words{};  // the other side's own, for the failure

    static TalkStep sending(std::string what)
    {
        return {.act = Act::send, .bytes = std::move(what)};
    }
    static TalkStep receiving(std::size_t at_most)
    {
        return {.act = Act::receive, .most = at_most};
    }
    static TalkStep finished() { return {.act = Act::done}; }
    static TalkStep failing(std::error_code why, std::string words = {})
    {
        return {.act = Act::failed, .error = why, .words = std::move(words)};
    }
};

}  // namespace locustella::base
