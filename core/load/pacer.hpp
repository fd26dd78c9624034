// When the next hit of a schedule is due: pure functions of the time that has passed and of the
// hits so far.
//
//   const ConstantRate rate{.hits = 600, .per = 60 * base::nanos_per_second};
//   rate.pace(elapsed, hits)           // -> wait 100 ms, or 0 for who is behind
//
// Hit 0 of a schedule is due when it begins. Who is behind catches up at once: an open load does
// not wait for the system under test. The wait of a user between two tasks is at the end of this
// file: it starts over with every task.
//
// Units: nanoseconds, and hits a second where a rate is a number. Thread: any.
#pragma once

#include <cstdint>

#include "base/nanos.hpp"

namespace locustella::load {

struct Pace {
    base::Nanos wait = 0;  // until the next hit; 0: it is due, or overdue
    bool over = false;     // the schedule has no further hit

    bool operator==(const Pace&) const = default;
};

// So many hits in so much time, evenly spaced, endlessly. No hits, or no time: none at all.
struct ConstantRate {
    double hits = 0;
    base::Nanos per = base::nanos_per_second;

    Pace pace(base::Nanos elapsed, std::uint64_t hits_so_far) const;
};

// A rate that changes evenly from one to another while `over` lasts, and then stays. Hits that a
// falling rate never comes to are not waited for: a ramp to 0 is over when it is.
struct LinearRamp {
    double from = 0;  // hits a second
    double to = 0;
    base::Nanos over = 0;

    Pace pace(base::Nanos elapsed, std::uint64_t hits_so_far) const;

    double rate(base::Nanos elapsed) const;  // at that moment
    double hits(base::Nanos elapsed) const;  // due until then, with fractions
};

// constant_pacing and, with the reciprocal, constant_throughput: tasks START `interval` seconds
// apart. A task that took longer is followed by no wait, and the lost time is not made up for
// later.
double wait_after_task(double interval, double took);

}  // namespace locustella::load
