// How long a thread looked at nothing, by time: what share of a run could have seen an answer or a
// due wait only more than 1, 10 or 100 milliseconds late, and which was the longest stall.
//
//   StallMeter stalls;
//   stalls.start(now);
//   stalls.record(since, until);         // it should have looked at `since`, and did at `until`
//   stalls.late_beyond(2)                // nanoseconds spent more than StallMeter::levels[2] late
//   stalls.longest(), stalls.longest_at()
//
// Whatever falls due at `since` is handled at `until`, so the thread is more than 10 ms late from
// `since + 10 ms` to `until`. Those spans are summed, each moment once. A percentile over events
// would not do: a process that is stopped for three of eight seconds has two late events among
// thousands.
//
//      since          +1 ms         +10 ms                    until
//        |--------------|=============|=========================|
//                       beyond 1 ms   and beyond 10 ms
//
// The clock is the caller's. Thread: the reactor's alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/clock.hpp"

namespace locustella::reactor {

class StallMeter {
public:
    using Nanos = base::Nanos;

    static constexpr std::array<Nanos, 3> levels{base::nanos_per_milli, 10 * base::nanos_per_milli,
                                                 100 * base::nanos_per_milli};

    // Forgets what was and measures from here on.
    void start(Nanos now)
    {
        *this = StallMeter{};
        began_ = counted_until_ = now;
        running_ = true;
    }

    // Keeps what was measured, and takes no more.
    void stop(Nanos now)
    {
        ended_ = now;
        running_ = false;
    }

    bool running() const { return running_; }

    void record(Nanos since, Nanos until)
    {
        since = std::max(since, began_);
        if (!running_ || until - since <= levels[0])
            return;
        for (std::size_t i = 0; i < levels.size(); ++i)
            late_[i] += std::max<Nanos>(until - std::max(since + levels[i], counted_until_), 0);
        counted_until_ = std::max(counted_until_, until);
        if (until - since > longest_) {
            longest_ = until - since;
            longest_at_ = since - began_;
        }
    }

    // Since start(), to stop() or `now`.
    Nanos watched(Nanos now) const { return running_ ? now - began_ : ended_ - began_; }
    Nanos late_beyond(std::size_t level) const { return late_[level]; }
    Nanos longest() const { return longest_; }
    Nanos longest_at() const { return longest_at_; }  // when it began, from start() on

private:
    Nanos began_ = 0;
    Nanos ended_ = 0;
    Nanos counted_until_ = 0;
    std::array<Nanos, levels.size()> late_{};
    Nanos longest_ = 0;
    Nanos longest_at_ = 0;
    bool running_ = false;
};

}  // namespace locustella::reactor
