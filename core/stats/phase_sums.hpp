// Where the time of an entry's requests goes: look-up, connect, TLS, send, first byte, receive.
//
//   PhaseSums sums;
//   sums.add({0, 0, 0, 0, 58'000, 3'000});   // nanoseconds, in the order of Phase
//   sums.of(first_byte).times.percentile(0.99) == 58
//
// A phase that did not happen (0: a reused connection does not connect) counts for the mean of all
// requests, and not for the percentiles of the phase.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "stats/histogram.hpp"
#include "stats/sample.hpp"

namespace locustella::stats {

class PhaseSums {
public:
    struct Sum {
        base::Nanos nanos = 0;
        std::uint64_t happened = 0;
        Histogram times;  // microseconds, of those that happened
    };

    void add(const Phases& phases);
    void merge(const PhaseSums& other);
    // After these add() and merge() cannot fail.
    void make_room(const Phases& phases);
    void make_room(const PhaseSums& other);

    std::uint64_t requests() const { return requests_; }
    const Sum& of(Phase phase) const { return sums_[phase]; }

private:
    std::uint64_t requests_ = 0;
    std::array<Sum, phase_names.size()> sums_;
};

}  // namespace locustella::stats
