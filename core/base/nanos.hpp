// Time as the core counts it: nanoseconds, always. Reading a clock is clock.hpp's.
//
//   constexpr Nanos patience = 250 * nanos_per_milli;
//
// Thread: any.
#pragma once

#include <cstdint>

namespace locustella::base {

using Nanos = std::int64_t;

constexpr Nanos nanos_per_second = 1'000'000'000;
constexpr Nanos nanos_per_milli = 1'000'000;

// Seconds as users write them; the result saturates instead of overflowing (an `inf` means
// "never").
constexpr Nanos nanos_from_seconds(double seconds)
{
    constexpr double most = 9.0e9;  // 285 years; in nanoseconds it still fits
    if (!(seconds > 0))
        return 0;
    return static_cast<Nanos>((seconds < most ? seconds : most) * 1e9);
}

constexpr double seconds_of(Nanos nanos)
{
    return static_cast<double>(nanos) / static_cast<double>(nanos_per_second);
}

}  // namespace locustella::base
