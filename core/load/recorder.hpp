// Where a finished request is recorded: one place and one look-up for all who finish one, users in
// Python and native ones.
//
//   record(table, {.method = "GET", .name = client::entry_name(dialect, naming),
//                  .error = client::words_of_status(dialect, status, reason, name),
//                  .begun = times.begun, .taken = times.taken(), .bytes = body.size()},
//          {.monotonic = now, .wall = base::unix_clock().at(now)});
//
// What the request is called and whether it is a success has been said by then (client/naming.hpp,
// client/verdict.hpp): what comes here is plain data.
//
// Thread: the table's owner's. Nothing here asks for the time.
#pragma once

#include <cstdint>
#include <string_view>

#include "stats/table.hpp"

namespace locustella::load {

// Nanoseconds by the monotonic clock, where nothing else is said.
struct FinishedRequest {
    std::string_view method;
    std::string_view name;        // of its entry
    std::string_view error = {};  // what stands in the failures table; none: a success
    base::Nanos begun = 0;        // its first act on the wire; 0: there was none
    base::Nanos taken = 0;
    std::int64_t bytes = 0;  // of the body
    stats::Phases phases = {};
    stats::Certainty certainty = stats::Certainty::read;
    base::Nanos scheduled = 0;   // when its turn would have been; 0: there was no schedule
    int status = 0;              // of the answer; 0: none
    std::string_view user = {};  // the class of who asked; empty: not known
};

// One moment by both clocks.
struct Moment {
    base::Nanos monotonic;
    base::Nanos wall;
};

void record(stats::Table& table, const FinishedRequest& request, const Moment& now);

}  // namespace locustella::load
