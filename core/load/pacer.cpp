#include "load/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace locustella::load {
namespace {

constexpr Pace no_more{0, true};

Pace until(double due, base::Nanos elapsed)
{
    constexpr double latest = 9.2e18;  // what nanoseconds can say
    if (!(due < latest))
        return no_more;
    // Rounded up: a hit that comes a nanosecond early would be asked for twice.
    return {std::max<base::Nanos>(0, static_cast<base::Nanos>(std::ceil(due)) - elapsed), false};
}

}  // namespace

Pace ConstantRate::pace(base::Nanos elapsed, std::uint64_t hits_so_far) const
{
    if (!(hits > 0 && per > 0))
        return no_more;
    return until(static_cast<double>(hits_so_far) * (static_cast<double>(per) / hits), elapsed);
}

double LinearRamp::rate(base::Nanos elapsed) const
{
    if (elapsed >= over)
        return to;
    const double share =
        static_cast<double>(std::max<base::Nanos>(elapsed, 0)) / static_cast<double>(over);
    return from + (to - from) * share;
}

double LinearRamp::hits(base::Nanos elapsed) const
{
    const base::Nanos ramped = std::clamp<base::Nanos>(elapsed, 0, std::max<base::Nanos>(over, 0));
    const base::Nanos steady = std::max<base::Nanos>(0, elapsed - ramped);
    return base::seconds_of(ramped) * (from + rate(ramped)) / 2 + base::seconds_of(steady) * to;
}

// Hit n is due when the area below the rate is n: the smaller root of a quadratic equation while
// the rate changes, a division afterwards.
Pace LinearRamp::pace(base::Nanos elapsed, std::uint64_t hits_so_far) const
{
    if (!(from >= 0 && to >= 0 && from + to > 0))
        return no_more;
    const auto wanted = static_cast<double>(hits_so_far);
    const auto per_second = static_cast<double>(base::nanos_per_second);
    const double ramp_seconds = base::seconds_of(std::max<base::Nanos>(over, 0));
    const double in_ramp = hits(std::max<base::Nanos>(over, 0));
    if (wanted >= in_ramp) {
        if (!(to > 0))
            return no_more;
        return until((ramp_seconds + (wanted - in_ramp) / to) * per_second, elapsed);
    }
    const double slope = (to - from) / ramp_seconds;
    const double root = std::sqrt(std::max(0.0, from * from + 2 * slope * wanted));
    const double seconds = from + root > 0 ? 2 * wanted / (from + root) : 0;
    return until(seconds * per_second, elapsed);
}

double wait_after_task(double interval, double took)
{
    return std::max(0.0, interval - took);
}

}  // namespace locustella::load
