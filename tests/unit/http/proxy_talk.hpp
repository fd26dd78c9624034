// A proxy's side of the talk with one of the state machines, cut into pieces in every way that
// matters.
//
//   const Talk talk = talk_every_way([] { return Socks5Fsm(...); }, answers);
//   talk.said           // all that the state machine has sent
//   talk.end, talk.unread
//
// Thread: any.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>

#include "base/talk_step.hpp"

namespace locustella::http {

struct Talk {
    std::string said;
    std::string unread;  // what the state machine left for the origin's part
    bool established = false;
    std::error_code error;  // of a failure
    std::string words;

    bool operator==(const Talk&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Talk& t)
{
    return out << "{said: '" << t.said << "', unread: '" << t.unread
               << "', established: " << t.established << ", error: " << t.error.message()
               << ", words: '" << t.words << "'}";
}

// `answer` comes in pieces that end at `cut`, or of one byte each. The state machine's own limit
// cuts too.
template <typename Fsm>
Talk talk(Fsm fsm, std::string_view answer, std::size_t cut, bool byte_by_byte)
{
    Talk result;
    std::size_t at = 0;
    TalkStep step = fsm.resume({});
    for (;;) {
        if (step.act == TalkStep::Act::send) {
            EXPECT_FALSE(step.bytes.empty());
            result.said += step.bytes;
            step = fsm.resume({});
            continue;
        }
        if (step.act != TalkStep::Act::receive || at == answer.size())
            break;
        EXPECT_GT(step.most, 0u);
        std::size_t size = byte_by_byte ? 1 : answer.size() - at;
        if (at < cut)
            size = std::min(size, cut - at);
        size = std::min(size, step.most);
        step = fsm.resume(answer.substr(at, size));
        at += size;
    }
    result.unread = answer.substr(at);
    result.established = step.act == TalkStep::Act::done;
    result.error = step.error;
    result.words = step.words;
    return result;
}

// The answer whole, in two pieces cut at every place, and byte by byte: all must agree.
template <typename Make>
Talk talk_every_way(Make make, std::string_view answer)
{
    const Talk whole = talk(make(), answer, 0, false);
    for (std::size_t cut = 1; cut < answer.size(); ++cut)
        EXPECT_EQ(talk(make(), answer, cut, false), whole) << "cut at " << cut;
    EXPECT_EQ(talk(make(), answer, 0, true), whole) << "byte by byte";
    return whole;
}

}  // namespace locustella::http
