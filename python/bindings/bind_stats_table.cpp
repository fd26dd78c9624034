// Binds core/stats' Table as StatsTable, behind a locustella.stats.RequestStats. Thread: the
// interpreter's, with the GIL held; nothing here blocks.
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "failure_faces.hpp"
#include "phase_times.hpp"
#include "sample_facts.hpp"
#include "stats/table.hpp"
#include "stats_access.hpp"
#include "stats_values.hpp"

namespace locustella::bindings {
namespace {

using stats::Entry;
using stats::Number;
using stats::Sample;
using stats::Table;

bool log_request(Table& table, py::handle method, py::handle name,
                 std::optional<Number> response_time, Number content_length, double now,
                 std::optional<double> bucket)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr());
    if (!method_utf8 || !name_utf8)
        return false;
    Sample sample = sample_of(response_time, content_length, now, bucket);
    sample.method = *method_utf8;
    sample.name = *name_utf8;
    table.count(sample);
    return true;
}

// A finished request, as events.request tells of it.
struct Told {
    py::handle method, name;
    std::optional<Number> response_time;
    Number content_length;
    double now;
    std::optional<double> bucket;
    py::handle error, response;
    double start_time;
};

// False, and `use` not called, for texts that have no UTF-8 form.
template <class Use>
bool with_sample(Table& table, const Told& told, Use use)
{
    const auto method_utf8 = utf8_of(told.method.ptr()), name_utf8 = utf8_of(told.name.ptr()),
               error_utf8 = utf8_of(told.error.ptr());
    if (!method_utf8 || !name_utf8 || !error_utf8)
        return false;
    Sample sample = sample_of(told.response_time, told.content_length, told.now, told.bucket);
    sample.method = *method_utf8;
    sample.name = *name_utf8;
    sample.error = *error_utf8;
    sample.certainty = certainty_of(told.response.ptr(), told.response_time);
    std::optional<stats::Phases> phases;
    if (table.keeps_phases() || table.has_readers())
        phases = phases_of(told.response.ptr());
    sample.phases = phases ? &*phases : nullptr;
    if (table.has_readers())
        add_facts(sample, told.response.ptr(), told.start_time);
    use(sample);
    return true;
}

// At once.
bool record(Table& table, py::handle method, py::handle name, std::optional<Number> response_time,
            Number content_length, double now, std::optional<double> bucket, py::handle error,
            py::handle response, double start_time)
{
    return with_sample(
        table,
        {method, name, response_time, content_length, now, bucket, error, response, start_time},
        [&](const Sample& sample) { table.record(sample); });
}

// To the readers alone, of what was counted in steps.
bool tell(Table& table, py::handle method, py::handle name, std::optional<Number> response_time,
          Number content_length, double now, py::handle error, py::handle response,
          double start_time)
{
    return with_sample(table,
                       {method, name, response_time, content_length, now, std::nullopt, error,
                        response, start_time},
                       [&](const Sample& sample) { table.tell(sample); });
}

bool log_error(Table& table, py::handle method, py::handle name, py::handle error, double now)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr()),
               error_utf8 = utf8_of(error.ptr());
    if (!method_utf8 || !name_utf8 || !error_utf8)
        return false;
    table.log_error(*method_utf8, *name_utf8, *error_utf8, now);
    return true;
}

bool adopt(Table& table, py::handle method, py::handle name, std::shared_ptr<Entry> entry)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr());
    return method_utf8 && name_utf8 && table.adopt(*method_utf8, *name_utf8, std::move(entry));
}

bool erase(Table& table, py::handle method, py::handle name)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr());
    return method_utf8 && name_utf8 && table.erase(*method_utf8, *name_utf8);
}

// The name under which a request of this name is counted: past the limit another than its own.
std::optional<std::pair<py::str, py::str>> file(Table& table, py::handle method, py::handle name,
                                                double now)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr());
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

bool merge_failure(Table& table, py::handle method, py::handle name, py::handle error,
                   std::int64_t occurrences, std::optional<double> first_seen,
                   std::optional<double> last_seen)
{
    const auto method_utf8 = utf8_of(method.ptr()), name_utf8 = utf8_of(name.ptr()),
               error_utf8 = utf8_of(error.ptr());
    if (!method_utf8 || !name_utf8 || !error_utf8)
        return false;
    table.merge_failure({std::string{*method_utf8}, std::string{*name_utf8},
                         std::string{*error_utf8}, occurrences, first_seen, last_seen});
    return true;
}

constexpr const char* table_capsule = "locustella.stats.Table";

py::capsule capsule_of(Table& table)
{
    return py::capsule(&table, table_capsule);
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

void bind_stats_table(py::module_& core)
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
             "Counts it, and tells no reader. False, and nothing done, for a name that is not text "
             "with a UTF-8 form.")
        .def("record", &record, py::arg("method"), py::arg("name"), py::arg("response_time"),
             py::arg("content_length"), py::arg("now"), py::arg("bucket"), py::arg("error"),
             py::arg("response"), py::arg("start_time"),
             "A request with its failure (`error` not empty) and its phases. False: as above.")
        .def("tell", &tell, py::arg("method"), py::arg("name"), py::arg("response_time"),
             py::arg("content_length"), py::arg("now"), py::arg("error"), py::arg("response"),
             py::arg("start_time"), "The readers alone, of what log_request() counted.")
        .def_property_readonly("has_readers", &Table::has_readers)
        .def("log_error", &log_error, py::arg("method"), py::arg("name"), py::arg("error"),
             py::arg("now"), "False, and nothing recorded, for texts that have no UTF-8 form.")
        .def("merge_failure", &merge_failure, py::arg("method"), py::arg("name"), py::arg("error"),
             py::arg("occurrences"), py::arg("first_seen"), py::arg("last_seen"),
             "Of a report; the entries are none of its business. False: as above.")
        .def("show_failures", &show_failures, py::arg("errors"), py::arg("show"),
             "From now on the failures are those of the dict `errors`, {key: StatsError}. "
             "show(StatsErrorData) -> (key, StatsError) puts a new one in, and is asked again when "
             "it is there no more.")
        .def_property(
            "error_limit", [](const Table& t) { return t.failures().limit(); },
            [](Table& t, std::size_t limit) { t.failures().limit(limit); })
        .def_property("keep_phases", &Table::keeps_phases, &Table::keep_phases)
        .def("clear_phases", &Table::clear_phases)
        .def("phase_rows", &phase_rows,
             "[(method, name, requests, {phase: (mean, happened, p50, p99, max) in seconds})].")
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

}  // namespace locustella::bindings
