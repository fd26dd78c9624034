// The two clocks of the core, as plain nanoseconds.
//
//   const Nanos began = monotonic_now();
//   ...
//   const Nanos took = monotonic_now() - began;
//
// Durations and deadlines use the monotonic clock; the wall clock serves what people read and the
// kernel's receive timestamps. Units: nanoseconds, always. Thread: any.
#pragma once

#include <ctime>

#include "base/nanos.hpp"

namespace locustella::base {

inline Nanos to_nanos(const timespec& t)
{
    return static_cast<Nanos>(t.tv_sec) * nanos_per_second + t.tv_nsec;
}

inline Nanos read_clock(clockid_t clock)
{
    timespec t{};
    clock_gettime(clock, &t);
    return to_nanos(t);
}

inline Nanos monotonic_now()
{
    return read_clock(CLOCK_MONOTONIC);
}
inline Nanos wall_now()
{
    return read_clock(CLOCK_REALTIME);
}
// Unix time.
inline double wall_seconds()
{
    return seconds_of(wall_now());
}

}  // namespace locustella::base
