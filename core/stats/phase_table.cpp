#include "stats/phase_table.hpp"

#include "stats/table.hpp"

namespace locustella::stats {

void PhaseTable::record(std::string_view method, std::string_view name, const Times& times)
{
    auto found = entries_.find(Less::View(method, name));
    if (found == entries_.end()) {
        const bool full = entries_.size() >= most_names;
        found = entries_.try_emplace(Key(method, full ? names_beyond_limit : name)).first;
    }
    Entry& entry = found->second;
    ++entry.requests;
    for (std::size_t phase = 0; phase < times.size(); ++phase) {
        if (times[phase] <= 0)
            continue;
        PhaseTimes& seen = entry.phases[phase];
        seen.sum += times[phase];
        ++seen.happened;
        seen.times.record(static_cast<Histogram::Micros>((times[phase] + 500) / 1000));
    }
}

const PhaseTable::Entry* PhaseTable::find(std::string_view method, std::string_view name) const
{
    const auto found = entries_.find(Less::View(method, name));
    return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace locustella::stats
