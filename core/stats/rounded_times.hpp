// Counts of response times rounded the way Locust rounds them: to about two significant digits.
//
//   RoundedTimes times;
//   times.add(RoundedTimes::rounded(147.3));                 // counts in the bucket "150"
//   const Buckets buckets = times.buckets();                 // {{150, 1}}
//   locust_percentile(buckets, 1, 0.95) == 150
//
// Locust's tables, its CSV files and its cluster protocol carry exactly these counts, so they are
// kept beside the finer Histogram. Units: milliseconds. A user may put another rounding in place of
// Locust's, hence any number can be a bucket; Locust's own ones are found by arithmetic alone.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "stats/count_window.hpp"

namespace locustella::stats {

struct Bucket {
    double ms;
    std::int64_t count;

    bool operator==(const Bucket&) const = default;
};

using Buckets = std::vector<Bucket>;  // ascending, without empty ones

// What `later` counts beyond `earlier`. Counts may be negative where somebody lowered them.
Buckets difference(const Buckets& later, const Buckets& earlier);
Buckets sum(const Buckets& left, const Buckets& right);

// Locust's rule for the response time that `fraction` of `requests` stayed within: from the slowest
// bucket down, the first one below which no more than int(requests * fraction) requests lie. 0
// where there is none. `requests` may differ from the sum of the counts.
double locust_percentile(const Buckets& buckets, std::int64_t requests, double fraction);

class RoundedTimes {
public:
    using Count = CountWindow::Count;

    // Below 100 ms to 1 ms, below 1 s to 10, below 10 s to 100, else to 1000; halves go to the even
    // neighbour, as Python's round() does it.
    static double rounded(double ms);

    // A bucket and its place, worked out once for all that count in it.
    struct Mark {
        explicit Mark(double bucket_ms);

        double ms;
        std::uint32_t slot;  // no_slot for any bucket that is not one of Locust's up to an hour
    };
    static constexpr std::uint32_t slots = 4'271;
    static constexpr std::uint32_t no_slot = ~std::uint32_t{0};
    static double ms_of(std::size_t slot);
    static std::uint32_t slot_of(double ms);

    RoundedTimes() = default;
    RoundedTimes(const RoundedTimes& other);
    RoundedTimes& operator=(const RoundedTimes& other);
    RoundedTimes(RoundedTimes&&) = default;
    RoundedTimes& operator=(RoundedTimes&&) = default;

    void add(const Mark& mark, Count times = 1)
    {
        if (mark.slot != no_slot)
            common_.add(mark.slot, times);
        else
            others()[mark.ms] += times;
    }
    void add(double ms, Count times = 1) { add(Mark{ms}, times); }
    // The same in two steps, of which only the first can fail.
    void add_inside(const Mark& mark) noexcept
    {
        if (mark.slot != no_slot)
            common_.add_inside(mark.slot);
        else
            ++others()[mark.ms];
    }
    void make_room(const Mark& mark)
    {
        if (mark.slot != no_slot)
            common_.make_room(mark.slot);
        else
            others()[mark.ms] += 0;
    }
    void make_room(const RoundedTimes& other);
    void add_slot(std::uint32_t slot) { common_.add(slot); }
    void merge(const RoundedTimes& other);
    void clear();

    bool empty() const { return common_.begin() == common_.end() && !others_; }
    Count at(double ms) const;
    Buckets buckets() const;

private:
    using Others = std::map<double, Count>;

    Others& others();

    CountWindow common_;              // Locust's buckets up to an hour, by slot
    std::unique_ptr<Others> others_;  // every other one; null while there is none
};

}  // namespace locustella::stats
