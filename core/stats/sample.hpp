// One finished request, as everybody hands it to the statistics: the plain path, Python's
// events.request, native users, plugins.
//
//   table.record({.method = "GET", .name = "/basket", .response_ms = ms_of(took),
//                 .content_length = bytes(512), .wall_now = base::wall_seconds(),
//                 .phases = &phases, .certainty = Certainty::kernel});
//
// Its texts and phases are borrowed until the call returns. Nothing in it is an object of the
// program that ran: an error is its text.
//
// Thread: any; a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/certainty.hpp"
#include "base/nanos.hpp"
#include "stats/number.hpp"

namespace locustella::stats {

using base::Certainty;  // of a response time's end
inline constexpr std::size_t certainties = 3;

enum Phase : std::size_t { dns, connect, tls, send, first_byte, receive };
inline constexpr std::array<std::string_view, 6> phase_names = {"dns",  "connect",    "tls",
                                                                "send", "first_byte", "receive"};
using Phases = std::array<base::Nanos, phase_names.size()>;  // 0: did not happen

struct Sample {
    std::string_view method = {};
    std::string_view name = {};

    // Milliseconds. None counts as a request but not in averages and percentiles (something
    // asynchronous, say), and so does what is no finite number.
    std::optional<Number> response_ms = std::nullopt;
    Number content_length = Number::zero();           // bytes
    double wall_now = 0;                              // when it is recorded: seconds of Unix time
    std::optional<double> rounded_ms = std::nullopt;  // its bucket, where it is not Locust's

    std::string_view error = {};     // none: a success
    const Phases* phases = nullptr;  // null: not known
    Certainty certainty = Certainty::read;

    // For outputs; the tables have no use for them. 0, or empty: not known, or none.
    std::uint16_t status = 0;         // of the answer
    std::string_view user = {};       // class of the user that asked
    base::Nanos start = 0;            // its first act on the wire, by the monotonic clock
    base::Nanos start_wall = 0;       // the same by the wall clock
    base::Nanos scheduled_start = 0;  // when its turn would have been, by the monotonic clock
};

constexpr Number ms_of(base::Nanos nanos)
{
    return {static_cast<double>(nanos) / 1e6};
}

constexpr Number bytes(std::int64_t count)
{
    return {static_cast<double>(count), true};
}

}  // namespace locustella::stats
