// The two clocks of the core, as plain nanoseconds.
//
//   const Nanos began = monotonic_now();
//   ...
//   const Nanos took = monotonic_now() - began;
//
// Durations and deadlines use the monotonic clock; the wall clock serves what people read and the
// kernel's receive timestamps. Units: nanoseconds, always. Thread: any.
#pragma once

#include <cstdint>
#include <ctime>

namespace locustella::base {

using Nanos = std::int64_t;

constexpr Nanos nanos_per_second = 1'000'000'000;
constexpr Nanos nanos_per_milli = 1'000'000;

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

// Seconds as users write them; the result saturates instead of overflowing (an `inf` means
// "never").
constexpr Nanos nanos_from_seconds(double seconds)
{
    constexpr double most = 9.0e9;  // 285 years; in nanoseconds it still fits
    if (!(seconds > 0))
        return 0;
    return static_cast<Nanos>((seconds < most ? seconds : most) * 1e9);
}

}  // namespace locustella::base
