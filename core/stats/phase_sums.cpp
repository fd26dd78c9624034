#include "stats/phase_sums.hpp"

namespace locustella::stats {
namespace {

Histogram::Micros micros_of(base::Nanos nanos)
{
    return static_cast<Histogram::Micros>((nanos + 500) / 1000);
}

}  // namespace

void PhaseSums::make_room(const Phases& phases)
{
    for (std::size_t phase = 0; phase < phases.size(); ++phase)
        if (phases[phase] > 0)
            sums_[phase].times.make_room(Histogram::Mark{micros_of(phases[phase])});
}

void PhaseSums::make_room(const PhaseSums& other)
{
    for (std::size_t phase = 0; phase < sums_.size(); ++phase)
        sums_[phase].times.make_room(other.sums_[phase].times);
}

void PhaseSums::add(const Phases& phases)
{
    ++requests_;
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
        if (phases[phase] <= 0)
            continue;
        Sum& sum = sums_[phase];
        sum.nanos += phases[phase];
        ++sum.happened;
        sum.times.record(micros_of(phases[phase]));
    }
}

void PhaseSums::merge(const PhaseSums& other)
{
    requests_ += other.requests_;
    for (std::size_t phase = 0; phase < sums_.size(); ++phase) {
        sums_[phase].nanos += other.sums_[phase].nanos;
        sums_[phase].happened += other.sums_[phase].happened;
        sums_[phase].times.merge(other.sums_[phase].times);
    }
}

}  // namespace locustella::stats
