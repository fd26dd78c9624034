// What comes next in the talk with a proxy, as its state machines tell the one who has the socket.
//
//   ProxyStep step = fsm.resume({});
//   while (step.act == ProxyStep::Act::send || step.act == ProxyStep::Act::receive)
//       step = send ? (write(step.bytes), fsm.resume({})) : fsm.resume(read at most step.most bytes);
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace locustella::http {

struct ProxyStep {
    // look_up: the target's address is needed
    enum class Act : std::uint8_t { send, receive, look_up, done, failed };

    Act act = Act::send;
    std::string bytes{};   // to send, all of them
    std::size_t most = 0;  // bytes that may be received: what comes behind them is the origin's
    std::error_code error{};
    std::string words{};  // the proxy's own, for the failure

    static ProxyStep sending(std::string what)
    {
        return {.act = Act::send, .bytes = std::move(what)};
    }
    static ProxyStep receiving(std::size_t at_most)
    {
        return {.act = Act::receive, .most = at_most};
    }
    static ProxyStep finished() { return {.act = Act::done}; }
    static ProxyStep failing(std::error_code why, std::string words = {})
    {
        return {.act = Act::failed, .error = why, .words = std::move(words)};
    }
};

}  // namespace locustella::http
