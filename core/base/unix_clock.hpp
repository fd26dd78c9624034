// Unix time that never steps: the wall clock as it once was, and the monotonic clock from there on.
//
//   UnixClock clock(wall_now(), monotonic_now());
//   clock.at(monotonic_now())                       // nanoseconds since 1970
//
// Statistics count by it. Somebody may set the wall clock of the machine while a test runs (NTP
// does at boot, a virtual machine after a pause): rates and run time must not jump with it. So the
// instants of a test are right as they were at its beginning, and all their differences are right.
//
// Thread: any may read while one sets.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace locustella::base {

class UnixClock {
public:
    UnixClock(Nanos wall, Nanos monotonic) : ahead_(wall - monotonic) {}

    // To what the wall clock shows now: before a test, never during one.
    void set(Nanos wall, Nanos monotonic)
    {
        ahead_.store(wall - monotonic, std::memory_order_relaxed);
    }

    Nanos at(Nanos monotonic) const { return monotonic + ahead_.load(std::memory_order_relaxed); }

private:
    std::atomic<Nanos> ahead_;
};

// The process's, set when it is first asked for.
inline UnixClock& unix_clock()
{
    static UnixClock clock(wall_now(), monotonic_now());
    return clock;
}

inline double unix_seconds()
{
    return seconds_of(unix_clock().at(monotonic_now()));
}

}  // namespace locustella::base
