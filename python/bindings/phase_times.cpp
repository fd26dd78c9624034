#include "phase_times.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "response/response_object.hpp"
#include "stats_values.hpp"

namespace locustella::bindings {
namespace {

py::dict figures_of(const stats::PhaseSums& sums)
{
    py::dict figures;
    for (std::size_t phase = 0; phase < stats::phase_names.size(); ++phase) {
        const auto& seen = sums.of(static_cast<stats::Phase>(phase));
        const auto micros = [](std::optional<stats::Histogram::Micros> value) {
            return static_cast<double>(value.value_or(0)) / 1e6;
        };
        figures[text(stats::phase_names[phase])] =
            py::make_tuple(base::seconds_of(seen.nanos) / static_cast<double>(sums.requests()),
                           seen.happened, micros(seen.times.percentile(0.5)),
                           micros(seen.times.percentile(0.99)), micros(seen.times.max()));
    }
    return figures;
}

}  // namespace

std::optional<stats::Phases> phases_of(PyObject* response)
{
    if (!PyObject_TypeCheck(response, &response_type))
        return std::nullopt;
    return phases_of(reinterpret_cast<ResponseObject*>(response)->times.phases);
}

stats::Certainty certainty_of(PyObject* response, std::optional<stats::Number> response_ms)
{
    constexpr double same = 1e-6;  // a nanosecond: the time went through floats
    if (!response_ms || !PyObject_TypeCheck(response, &response_type))
        return stats::Certainty::read;
    const auto& times = reinterpret_cast<ResponseObject*>(response)->times;
    if (std::abs(stats::ms_of(times.taken()).value - response_ms->value) > same)
        return stats::Certainty::read;
    return times.certainty;
}

py::list phase_rows(const stats::Table& table)
{
    std::vector<const stats::Entry*> entries;
    table.for_each([&](const stats::Entry& entry) {
        if (entry.phases())
            entries.push_back(&entry);
    });
    std::sort(entries.begin(), entries.end(), [](const auto* left, const auto* right) {
        return std::pair(left->method(), left->name()) < std::pair(right->method(), right->name());
    });
    py::list rows;
    for (const auto* entry : entries)
        rows.append(py::make_tuple(text(entry->method()), text(entry->name()),
                                   entry->phases()->requests(), figures_of(*entry->phases())));
    return rows;
}

}  // namespace locustella::bindings
