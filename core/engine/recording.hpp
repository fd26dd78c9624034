// A finished exchange in the statistics: for users that need no Python. Named, judged and worded as
// Python's users are, so both are in one entry.
//
//   void run_deferred() override     // of a user's exchange
//   {
//       const auto now = base::monotonic_now();
//       engine::record(table, *this, {.target = "/items?id=7", .given = "/items"}, limits,
//                      {.monotonic = now, .wall = base::unix_clock().at(now)});
//   }
//
// The dialect is the request's. Who judges by himself, or streams, hands load::record what he
// knows.
//
// Thread: the exchange's, which has to be the table's owner.
#pragma once

#include "client/exchange.hpp"
#include "client/naming.hpp"
#include "http/limits.hpp"
#include "http/times.hpp"
#include "load/recorder.hpp"
#include "stats/table.hpp"

namespace locustella::engine {

// `limits` are those that the exchange was under; `scheduled` as in load::FinishedRequest.
void record(stats::Table& table, const client::Exchange& exchange, const client::Naming& naming,
            const http::Limits& limits, const load::Moment& now, base::Nanos scheduled = 0);

inline stats::Phases phases_of(const http::Phases& phases)
{
    return {phases.lookup, phases.connect,    phases.tls,
            phases.send,   phases.first_byte, phases.receive};
}

}  // namespace locustella::engine
