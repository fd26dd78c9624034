// How late something happened, again and again: count, mean, maximum, and percentiles to a factor
// of 1.25 (four buckets to each doubling). The generator watches itself with these; results of the
// load test are kept in stats::Histogram, which is finer.
//
//   LagMeter lag;
//   lag.record(now - due);               // nanoseconds; negative counts as zero
//   lag.percentile(0.99)                 // upper bound of its bucket, nanoseconds
//
// Thread: the reactor's alone.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/clock.hpp"

namespace locustella::reactor {

class LagMeter {
public:
    using Nanos = base::Nanos;

    void record(Nanos lag)
    {
        lag = std::max<Nanos>(lag, 0);
        ++counts_[index_of(lag)];
        ++count_;
        sum_ += lag;
        max_ = std::max(max_, lag);
    }

    std::uint64_t count() const { return count_; }
    Nanos max() const { return max_; }
    double mean() const
    {
        return count_ ? static_cast<double>(sum_) / static_cast<double>(count_) : 0;
    }

    Nanos percentile(double fraction) const
    {
        const auto wanted =
            static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i)
            if ((seen += counts_[i]) >= wanted && counts_[i])
                return std::min(upper_bound_of(i), max_);
        return max_;
    }

    void reset() { *this = LagMeter{}; }

private:
    // The two bits below the leading one choose among the four buckets of a doubling.
    static std::size_t index_of(Nanos lag)
    {
        const auto value = static_cast<std::uint64_t>(std::max<Nanos>(lag, 4));
        const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 3;
        return octave * 4 + ((value >> octave) & 3);
    }

    static Nanos upper_bound_of(std::size_t index)
    {
        return static_cast<Nanos>(((std::uint64_t{5} + index % 4) << (index / 4)) - 1);
    }

    std::array<std::uint64_t, 4 * 61> counts_{};
    std::uint64_t count_ = 0;
    Nanos sum_ = 0;
    Nanos max_ = 0;
};

}  // namespace locustella::reactor
