// A histogram of response times that never hides an outlier and merges without loss.
//
//   Histogram h;
//   h.record(1'250);                        // microseconds
//   h.merge(other);                         // as if h had recorded other's values too
//   if (auto p99 = h.percentile(0.99)) ...  // nullopt while empty
//
// Buckets are log-linear: exact below 128 us, then 64 buckets to each power of two. A bucket is
// never wider than 1/64 of the values in it and answers with its middle, so a percentile is at most
// 0.8 % off. Minimum and maximum are kept exactly. Memory follows the range seen: half a KiB for
// each power of two between the extremes.
//
// Thread: none of its own; one owner at a time (each reactor has its own, merged when read).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "stats/count_window.hpp"

namespace locustella::stats {

class Histogram {
public:
    using Micros = std::uint64_t;

    static constexpr Micros max_recordable = (Micros{1} << 42) - 1;  // about 51 days

    // A value and its bucket, worked out once for all histograms that record it.
    struct Mark {
        explicit Mark(Micros micros);
        Micros value;
        std::size_t bucket;
    };

    // Values above max_recordable count in the last bucket; the exact maximum still tells.
    void record(Micros value, std::uint64_t times = 1);
    void record(const Mark& mark)
    {
        make_room(mark);
        record_inside(mark);
    }
    // The same in two steps, of which only the first can fail.
    void make_room(const Mark& mark) { window_.make_room(mark.bucket); }
    void record_inside(const Mark& mark) noexcept
    {
        window_.add_inside(mark.bucket);
        min_ = std::min(min_, mark.value);
        max_ = std::max(max_, mark.value);
    }

    void make_room(const Histogram& other) { window_.make_room(other.window_); }
    void merge(const Histogram& other);
    void clear() { *this = Histogram{}; }

    // So many values more in one bucket.
    struct Increase {
        std::uint16_t bucket;
        std::uint32_t count;
    };
    // What this has beyond an earlier copy of itself.
    std::vector<Increase> increases_since(const Histogram& earlier) const;
    // Every value of a bucket as its middle.
    void add(const std::vector<Increase>& increases);

    // The smallest value that at least `fraction` of the recorded ones do not exceed, to within a
    // bucket's width, and never outside [min(), max()]. `fraction` in [0, 1].
    std::optional<Micros> percentile(double fraction) const;

    // Of the buckets' middles: at most 0.8 % off. 0 while empty.
    double mean() const;

    std::uint64_t count() const;  // adds up the buckets
    bool empty() const { return min_ > max_; }
    std::optional<Micros> min() const { return empty() ? std::nullopt : std::optional{min_}; }
    std::optional<Micros> max() const { return empty() ? std::nullopt : std::optional{max_}; }

private:
    CountWindow window_;
    Micros min_ = std::numeric_limits<Micros>::max();  // above max_: empty
    Micros max_ = 0;
};

}  // namespace locustella::stats
