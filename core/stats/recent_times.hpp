// The recent past of an entry's histogram, for precise percentiles over the last ~10 seconds.
//
//   RecentTimes recent{entry.histogram(), 20};
//   recent.take(1'000, entry.histogram());              // how things stood as second 1'000 ended
//   ...
//   recent.since(1'000, entry.histogram())->percentile(0.95);
//
// The counterpart of Snapshots, whose times are rounded as Locust rounds them. It costs recording
// nothing: at the end of a second in which something happened, what the histogram has beyond the
// last look is noted, four bytes for each bucket that changed.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "stats/histogram.hpp"

namespace locustella::stats {

class RecentTimes {
public:
    // The newest so many looks are kept.
    RecentTimes(const Histogram& now, std::size_t newest) : last_(now), limit_(newest) {}

    void limit(std::size_t newest) { limit_ = newest; }
    void take(std::int64_t second, const Histogram& now);

    // The times after that look; nullopt where there is none.
    std::optional<Histogram> since(std::int64_t second, const Histogram& now) const;

    // The times between two neighbouring looks, after the one and until the other.
    struct Slice {
        std::int64_t after, until;
        Histogram times;
    };
    // Oldest first, those that have any and reach into the seconds after `from` and up to `to`;
    // at the end what came since the last look, until the second `last`. Where each second in which
    // something happens is looked at as it ends, each slice is what one second had.
    std::vector<Slice> slices(std::int64_t from, std::int64_t to, const Histogram& now,
                              std::int64_t last) const;

    // The histogram was emptied or replaced: nothing before counts any more.
    void begin_anew(const Histogram& now);

private:
    struct Step {
        std::int64_t second;
        std::vector<Histogram::Increase> increases;  // since the step before
    };

    Histogram last_;
    std::size_t limit_;
    std::deque<Step> steps_;
};

}  // namespace locustella::stats
