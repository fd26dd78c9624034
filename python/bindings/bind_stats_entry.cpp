// Binds core/stats' Entry as StatsEntryData, the numbers of a locustella.stats.StatsEntry. Thread:
// the interpreter's, with the GIL held; nothing here blocks.
#include <memory>
#include <utility>
#include <vector>

#include "stats/entry.hpp"
#include "stats_values.hpp"

namespace locustella::bindings {
namespace {

using stats::Buckets;
using stats::Certainty;
using stats::Entry;
using stats::Number;
using stats::RoundedTimes;
using stats::Seconds;

// Keys may be text, too: JSON has no others.
RoundedTimes rounded_times_of(const py::dict& dict)
{
    RoundedTimes times;
    for (const auto& [key, count] : dict)
        times.add(py::float_(py::reinterpret_borrow<py::object>(key)), count.cast<std::int64_t>());
    return times;
}

py::dict requests_per_second(const Entry& entry)
{
    py::dict dict;
    for (const auto& second : entry.seconds().all())
        if (second.requests != 0)
            dict[py::int_(second.at)] = second.requests;
    return dict;
}

py::dict failures_per_second(const Entry& entry)
{
    py::dict dict;
    for (const auto& second : entry.seconds().all())
        if (second.failures != 0)
            dict[py::int_(second.at)] = second.failures;
    return dict;
}

void assign_requests_per_second(Entry& entry, const py::dict& counts)
{
    entry.seconds().clear_requests();
    for (const auto& [second, count] : counts)
        entry.seconds().set_requests(py::int_(py::reinterpret_borrow<py::object>(second)),
                                     count.cast<std::int64_t>());
}

void assign_failures_per_second(Entry& entry, const py::dict& counts)
{
    entry.seconds().clear_failures();
    for (const auto& [second, count] : counts)
        entry.seconds().set_failures(py::int_(py::reinterpret_borrow<py::object>(second)),
                                     count.cast<std::int64_t>());
}

std::vector<Number> percentiles_of(const Buckets& buckets, std::int64_t requests,
                                   const std::vector<double>& fractions)
{
    std::vector<Number> found;
    found.reserve(fractions.size());
    for (const double fraction : fractions)
        found.push_back(bucket_number(stats::locust_percentile(buckets, requests, fraction)));
    return found;
}

py::list snapshots_of(const Entry& entry)
{
    py::list list;
    for (const auto& snapshot : entry.snapshots().all(entry.rounded_times()))
        list.append(py::make_tuple(snapshot.second, dict_of(snapshot.buckets),
                                   snapshot.state.requests, snapshot.state.none_requests));
    return list;
}

std::optional<std::vector<Number>> percentiles_since(const Entry& entry, std::int64_t second,
                                                     const std::vector<double>& fractions)
{
    const auto slice = entry.since(second);
    if (!slice)
        return std::nullopt;
    return percentiles_of(slice->buckets, slice->requests, fractions);
}

std::optional<std::vector<double>> percentiles_ms_since(Entry& entry, std::int64_t second,
                                                        const std::vector<double>& fractions)
{
    const auto times = entry.times_since(second);
    if (!times)
        return std::nullopt;
    std::vector<double> found;
    found.reserve(fractions.size());
    for (const double fraction : fractions)
        found.push_back(static_cast<double>(times->percentile(fraction).value_or(0)) / 1000);
    return found;
}

py::list percentiles_ms_by_second(Entry& entry, std::int64_t from, std::int64_t to,
                                  const std::vector<double>& fractions)
{
    py::list rows;
    for (const auto& slice : entry.times_by_second(from, to)) {
        std::vector<double> found;
        found.reserve(fractions.size());
        for (const double fraction : fractions)
            found.push_back(static_cast<double>(slice.times.percentile(fraction).value_or(0)) /
                            1000);
        rows.append(
            py::make_tuple(slice.after, slice.until, slice.times.mean() / 1000, std::move(found)));
    }
    return rows;
}

// How many of the timed requests ended how surely.
py::dict ends_of(const Entry& entry)
{
    const auto& totals = entry.totals();
    return py::dict(py::arg("kernel") = totals.ended(Certainty::kernel),
                    py::arg("upper_bound") = totals.ended(Certainty::upper_bound),
                    py::arg("read") = totals.ended(Certainty::read));
}

using EntryClass = py::class_<Entry, std::shared_ptr<Entry>>;

void bind_entry_numbers(EntryClass& entry)
{
    const auto count = [&](const char* name, std::int64_t stats::Totals::*member) {
        entry.def_property(
            name, [=](const Entry& e) { return e.totals().*member; },
            [=](Entry& e, std::int64_t value) { e.totals().*member = value; });
    };
    count("num_requests", &stats::Totals::requests);
    count("num_none_requests", &stats::Totals::none_requests);
    count("num_failures", &stats::Totals::failures);
    const auto number = [&](const char* name, auto get, auto set) {
        entry.def_property(
            name, [=](const Entry& e) { return (e.totals().*get)(); },
            [=](Entry& e, decltype((std::declval<stats::Totals>().*get)()) value) {
                (e.totals().*set)(value);
            });
    };
    using stats::Totals;
    number("total_response_time", &Totals::response_ms, &Totals::set_response_ms);
    number("min_response_time", &Totals::min_ms, &Totals::set_min_ms);
    number("max_response_time", &Totals::max_ms, &Totals::set_max_ms);
    number("total_content_length", &Totals::content_length, &Totals::set_content_length);
    number("start_time", &Totals::start_time, &Totals::set_start_time);
    number("last_request_timestamp", &Totals::last_request, &Totals::set_last_request);
}

void bind_entry_counts(EntryClass& entry)
{
    entry
        .def_property(
            "response_times", [](const Entry& e) { return dict_of(e.rounded_times().buckets()); },
            [](Entry& e, const py::dict& counts) {
                e.assign_rounded_times(rounded_times_of(counts));
            },
            "A copy of {rounded milliseconds: count}; assigning replaces the counts.")
        .def_property_readonly("has_response_times",
                               [](const Entry& e) { return !e.rounded_times().empty(); })
        .def_property("num_reqs_per_sec", &requests_per_second, &assign_requests_per_second,
                      "A copy of {Unix second: requests}; assigning replaces the counts.")
        .def_property("num_fail_per_sec", &failures_per_second, &assign_failures_per_second,
                      "A copy of {Unix second: failures}; assigning replaces the counts.")
        .def("requests_between",
             [](const Entry& e, std::int64_t from, std::int64_t to) {
                 return e.seconds().requests_between(from, to);
             })
        .def("failures_between",
             [](const Entry& e, std::int64_t from, std::int64_t to) {
                 return e.seconds().failures_between(from, to);
             })
        .def(
            "percentiles",
            [](const Entry& e, const std::vector<double>& fractions) {
                return percentiles_of(e.rounded_times().buckets(), e.timed_requests(), fractions);
            },
            py::arg("fractions"), "Locust's percentiles: milliseconds, rounded as its counts are.")
        .def("median", &Entry::locust_median)
        .def_property_readonly("ends", &ends_of,
                               "{certainty: timed requests whose end was so sure}.")
        .def("percentile_ms", &Entry::percentile_ms, py::arg("fraction"),
             "Milliseconds, to 1 %; 0.0 while there is no response time.")
        .def_property_readonly("histogram", &Entry::histogram, py::return_value_policy::copy);
}

void bind_entry_snapshots(EntryClass& entry)
{
    entry.def("keep_snapshots", &Entry::keep_snapshots, py::arg("newest"), py::arg("now"))
        .def("take_snapshot", &Entry::take_snapshot, py::arg("second"))
        .def("has_snapshot",
             [](const Entry& e, std::int64_t second) { return e.snapshots().has(second); })
        .def("snapshots", &snapshots_of,
             "[(second, response_times, num_requests, num_none_requests)], oldest first.")
        .def("percentiles_since", &percentiles_since, py::arg("second"), py::arg("fractions"),
             "Locust's percentiles of what came after that snapshot; None where there is none.")
        .def("percentiles_ms_since", &percentiles_ms_since, py::arg("second"), py::arg("fractions"),
             "The same in milliseconds, to 1 %. What it needs is noted from the first call on.")
        .def("percentiles_ms_by_second", &percentiles_ms_by_second,
             "[(after, until, mean, percentiles)] of the times after the one second and until the "
             "other, in milliseconds, to 1 %, that reach into the seconds after `from` and up to "
             "`to`. Where requests are recorded one by one, a row is what the second behind its "
             "first number had.")
        .def(
            "hand_over_snapshots",
            [](Entry& e, py::function keeper) {
                e.snapshots().hand_over([keeper = std::move(keeper)](std::int64_t second) {
                    shielded("StatsEntry.response_times_cache", [&] { keeper(second); });
                });
            },
            py::arg("keeper"), "From now on keeper(second) is called in place of a snapshot.")
        .def_property_readonly("snapshots_handed_over",
                               [](const Entry& e) { return e.snapshots().handed_over(); });
}

}  // namespace

void bind_stats_entry(py::module_& core)
{
    EntryClass entry(core, "StatsEntryData", "The numbers of one StatsEntry.");
    entry
        .def(py::init([](double now, std::size_t snapshots) {
                 return std::make_shared<Entry>("", "", now,
                                                Entry::Options{Seconds::keep_all, snapshots});
             }),
             py::arg("now"), py::arg("snapshots") = 0)
        .def_property_readonly("method", [](const Entry& e) { return text(e.method()); })
        .def_property_readonly("name", [](const Entry& e) { return text(e.name()); })
        .def(
            "log",
            [](Entry& e, std::optional<Number> response_time, Number content_length, double now,
               std::optional<double> bucket) {
                e.log(sample_of(response_time, content_length, now, bucket));
            },
            py::arg("response_time"), py::arg("content_length"), py::arg("now"),
            py::arg("bucket") = py::none())
        .def("log_error", &Entry::log_error, py::arg("now"))
        .def("extend", &Entry::extend, py::arg("other"))
        .def("reset", &Entry::reset, py::arg("now"));
    bind_entry_numbers(entry);
    bind_entry_counts(entry);
    bind_entry_snapshots(entry);
}

}  // namespace locustella::bindings
