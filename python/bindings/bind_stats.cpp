// Binds core/stats: Histogram, StatsEntryData and StatsTable, over which locustella.stats lays
// Locust's attributes. Thread: the interpreter's, with the GIL held; nothing here blocks.
#include "bindings.hpp"

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "stats/table.hpp"
#include "stats_access.hpp"

namespace py = pybind11;

namespace pybind11::detail {

// Python's int and float, kept apart. Anything that turns into a float is taken, text is not.
template <>
struct type_caster<locustella::stats::Number> {
    PYBIND11_TYPE_CASTER(locustella::stats::Number, const_name("float"));

    bool load(handle source, bool)
    {
        PyObject* object = source.ptr();
        if (!object || object == Py_None || PyUnicode_Check(object) || PyBytes_Check(object))
            return false;
        value.whole = PyIndex_Check(object) != 0;
        value.value = PyFloat_AsDouble(object);
        if (!PyErr_Occurred())
            return true;
        PyErr_Clear();
        return false;
    }
    static handle cast(locustella::stats::Number number, return_value_policy, handle)
    {
        return number.whole ? PyLong_FromDouble(number.value) : PyFloat_FromDouble(number.value);
    }
};

}  // namespace pybind11::detail

namespace locustella::bindings {
namespace {

using stats::Buckets;
using stats::Entry;
using stats::Histogram;
using stats::Number;
using stats::RoundedTimes;
using stats::Sample;
using stats::Seconds;
using stats::Snapshots;
using stats::Table;

// Locust's buckets are ints; only somebody's own rounding makes others.
Number bucket_number(double ms)
{
    return {ms, ms == std::floor(ms)};
}

py::dict dict_of(const Buckets& buckets)
{
    py::dict dict;
    for (const auto& bucket : buckets)
        dict[py::cast(bucket_number(bucket.ms))] = bucket.count;
    return dict;
}

// Keys may be text, too: JSON has no others.
RoundedTimes rounded_times_of(const py::dict& dict)
{
    RoundedTimes times;
    for (const auto& [key, count] : dict)
        times.add(py::float_(py::reinterpret_borrow<py::object>(key)), count.cast<std::int64_t>());
    return times;
}

py::str text(std::string_view utf8)
{
    PyObject* decoded =
        PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace");
    if (!decoded)
        throw py::error_already_set();
    return py::reinterpret_steal<py::str>(decoded);
}

// Nullopt for what is no text and for text that has no UTF-8 form (a lone surrogate): such a name
// cannot be recorded natively.
std::optional<std::string_view> utf8_of(py::handle name)
{
    if (!PyUnicode_Check(name.ptr()))
        return std::nullopt;
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(name.ptr(), &size);
    if (data)
        return std::string_view{data, static_cast<std::size_t>(size)};
    PyErr_Clear();
    return std::nullopt;
}

Sample sample_of(std::optional<Number> response_time, Number content_length, double now,
                 std::optional<double> bucket)
{
    if (response_time && !std::isfinite(response_time->value))
        throw py::value_error("response_time must be a finite number of milliseconds, or None");
    return {.response_ms = response_time,
            .content_length = content_length,
            .wall_now = now,
            .rounded_ms = bucket};
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

// A callback may run below code that knows no exceptions, so its errors end here.
template <class Call>
void shielded(const char* where, Call call)
{
    try {
        call();
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable(where);
    }
}

void bind_histogram(py::module_& core)
{
    py::class_<Histogram>(core, "Histogram",
                          "Response times in microseconds, to 1 %; merges without loss.")
        .def(py::init<>())
        .def("record", py::overload_cast<Histogram::Micros, std::uint64_t>(&Histogram::record),
             py::arg("value"), py::arg("times") = 1)
        .def("merge", &Histogram::merge, py::arg("other"))
        .def("percentile", &Histogram::percentile, py::arg("fraction"),
             "Microseconds, or None while empty; `fraction` in [0, 1].")
        .def_property_readonly("count", &Histogram::count)
        .def_property_readonly("min", &Histogram::min)
        .def_property_readonly("max", &Histogram::max);
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

void bind_entry(py::module_& core)
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

bool log_request(Table& table, py::handle method, py::handle name,
                 std::optional<Number> response_time, Number content_length, double now,
                 std::optional<double> bucket)
{
    const auto method_utf8 = utf8_of(method), name_utf8 = utf8_of(name);
    if (!method_utf8 || !name_utf8)
        return false;
    table.log_request(*method_utf8, *name_utf8,
                      sample_of(response_time, content_length, now, bucket));
    return true;
}

bool log_error(Table& table, py::handle method, py::handle name, double now)
{
    const auto method_utf8 = utf8_of(method), name_utf8 = utf8_of(name);
    if (!method_utf8 || !name_utf8)
        return false;
    table.log_error(*method_utf8, *name_utf8, now);
    return true;
}

bool adopt(Table& table, py::handle method, py::handle name, std::shared_ptr<Entry> entry)
{
    const auto method_utf8 = utf8_of(method), name_utf8 = utf8_of(name);
    return method_utf8 && name_utf8 && table.adopt(*method_utf8, *name_utf8, std::move(entry));
}

bool erase(Table& table, py::handle method, py::handle name)
{
    const auto method_utf8 = utf8_of(method), name_utf8 = utf8_of(name);
    return method_utf8 && name_utf8 && table.erase(*method_utf8, *name_utf8);
}

// The name under which a request of this name is counted: past the limit another than its own.
std::optional<std::pair<py::str, py::str>> file(Table& table, py::handle method, py::handle name,
                                                double now)
{
    const auto method_utf8 = utf8_of(method), name_utf8 = utf8_of(name);
    if (!method_utf8 || !name_utf8)
        return std::nullopt;
    const Entry& entry = table.entry(*method_utf8, *name_utf8, now);
    return std::pair{text(entry.name()), text(entry.method())};
}

void set_rounding(Table& table, std::optional<py::function> rounding)
{
    if (!rounding)
        return table.set_rounding(nullptr);
    table.set_rounding([rounding = *std::move(rounding)](Number response_ms) {
        double bucket = std::nan("");  // Locust's
        shielded("bucket_response_time", [&] {
            const py::object rounded = rounding(response_ms);
            bucket = PyFloat_AsDouble(rounded.ptr());
            if (PyErr_Occurred())
                throw py::error_already_set();
        });
        return bucket;
    });
}

void on_new_entry(Table& table, py::function callback)
{
    table.on_new_entry([callback = std::move(callback)](const std::shared_ptr<Entry>& entry) {
        shielded("RequestStats.entries", [&] { callback(entry); });
    });
}

void on_limit(Table& table, py::function callback)
{
    table.on_limit([warn = std::move(callback)](std::string_view method, std::string_view name) {
        shielded("the warning of too many names", [&] { warn(text(method), text(name)); });
    });
}

constexpr const char* table_capsule = "locustella.stats.Table";

py::capsule capsule_of(Table& table)
{
    return py::capsule(&table, table_capsule);
}

void bind_table(py::module_& core)
{
    py::class_<Table>(core, "StatsTable", "The numbers of one RequestStats.")
        .def(py::init([](double now, std::size_t snapshots) {
                 Table::Options options;
                 options.snapshots = snapshots;
                 return std::make_unique<Table>(now, options);
             }),
             py::arg("now"), py::arg("snapshots") = 0)
        .def("log_request", &log_request, py::arg("method"), py::arg("name"),
             py::arg("response_time"), py::arg("content_length"), py::arg("now"),
             py::arg("bucket") = py::none(),
             "False, and nothing recorded, for a name that is not text with a UTF-8 form.")
        .def("log_error", &log_error, py::arg("method"), py::arg("name"), py::arg("now"),
             "False, and nothing recorded, for a name that is not text with a UTF-8 form.")
        .def_property_readonly("total", &Table::shared_total)
        .def("set_total", &Table::set_total, py::arg("entry").none(false))
        .def("adopt", &adopt, py::arg("method"), py::arg("name"), py::arg("entry").none(false),
             "False where the name has no UTF-8 form, or the entry another name already.")
        .def("erase", &erase, py::arg("method"), py::arg("name"))
        .def("erase_entries", &Table::erase_entries)
        .def("file", &file, py::arg("method"), py::arg("name"), py::arg("now"),
             "The (name, method) that counts requests of this name, created if need be.")
        .def("clear", &Table::clear, py::arg("now"))
        .def("__len__", &Table::size)
        .def("keep_snapshots", &Table::keep_snapshots, py::arg("newest"), py::arg("now"))
        .def_property("name_limit", &Table::name_limit, &Table::set_name_limit)
        .def_property_readonly("limit_reached", &Table::limit_reached)
        .def("set_rounding", &set_rounding, py::arg("rounding").none(true))
        .def("on_new_entry", &on_new_entry, py::arg("callback"))
        .def("on_limit", &on_limit, py::arg("callback"))
        .def("capsule", &capsule_of,
             "For native code that records here; whoever keeps it keeps this object as well.");
}

}  // namespace

stats::Table* table_of(PyObject* request_stats)
{
    static PyObject* const name = PyUnicode_InternFromString("_table_capsule");  // never freed
    PyObject* capsule = PyObject_GetAttr(request_stats, name);
    void* table = capsule ? PyCapsule_GetPointer(capsule, table_capsule) : nullptr;
    Py_XDECREF(capsule);  // the RequestStats keeps it
    if (table)
        return static_cast<stats::Table*>(table);
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "expected a locustella.stats.RequestStats, not %.200s",
                 Py_TYPE(request_stats)->tp_name);
    return nullptr;
}

void bind_stats(py::module_& core)
{
    bind_histogram(core);
    bind_entry(core);
    bind_table(core);
}

}  // namespace locustella::bindings
