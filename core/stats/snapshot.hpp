// How a table stood at one moment, for another thread: a web page, an exporter, an output.
//
//   std::shared_ptr<const Snapshot> now = table.snapshot(wall_now);   // the recording thread
//   mailbox.post([now] { show(*now); });                              // any other, for any time
//
// Nothing in it ever changes. What has not changed since the last snapshot is shared with it, so
// looking each second costs a copy of the busy entries alone. Of its seconds an entry carries the
// newest `seconds`: enough for the present rates.
//
// Thread: any, once it is made.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "stats/entry.hpp"
#include "stats/failures.hpp"

namespace locustella::stats {

struct Snapshot {
    static constexpr std::size_t seconds = 32;

    double wall_now = 0;                 // when it was taken
    std::shared_ptr<const Entry> total;  // with the snapshots of the last seconds, if it keeps them
    std::vector<std::shared_ptr<const Entry>> entries;     // in no order
    std::vector<std::shared_ptr<const Failure>> failures;  // likewise
};

}  // namespace locustella::stats
