// Binds core/stats' PhaseTable: see phase_times.hpp and locustella/statistics/phase_times.py.
#include <memory>

#include <pybind11/stl.h>

#include "bindings.hpp"
#include "phase_times.hpp"
#include "response/http_types.hpp"
#include "stats/phase_table.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;
using stats::PhaseTable;

// nullptr: nobody wants to know. Left alone at exit.
PhaseTable* table = nullptr;

double seconds(base::Nanos nanos)
{
    return static_cast<double>(nanos) / 1e9;
}

void keep(bool on)
{
    if (on && !table)
        table = new PhaseTable;
    else if (!on)
        delete std::exchange(table, nullptr);
}

void note_response(const std::string& method, const std::string& name, py::handle response)
{
    if (Py_IS_TYPE(response.ptr(), &response_type) ||
        PyType_IsSubtype(Py_TYPE(response.ptr()), &response_type))
        note_phases(method, name, reinterpret_cast<ResponseObject*>(response.ptr())->times.phases);
}

// {phase: (mean over all requests, requests that had it, p50, p99, max)}, in seconds.
py::dict figures_of(const PhaseTable::Entry& entry)
{
    py::dict figures;
    for (std::size_t phase = 0; phase < PhaseTable::phase_names.size(); ++phase) {
        const auto& seen = entry.phases[phase];
        const auto micros = [](std::optional<stats::Histogram::Micros> value) {
            return static_cast<double>(value.value_or(0)) / 1e6;
        };
        figures[py::str(std::string(PhaseTable::phase_names[phase]))] =
            py::make_tuple(seconds(seen.sum) / static_cast<double>(entry.requests), seen.happened,
                           micros(seen.times.percentile(0.5)), micros(seen.times.percentile(0.99)),
                           micros(seen.times.max()));
    }
    return figures;
}

py::list rows()
{
    py::list list;
    if (table)
        for (const auto& [key, entry] : table->entries())
            list.append(py::make_tuple(key.first, key.second, entry.requests, figures_of(entry)));
    return list;
}

}  // namespace

void note_phases(std::string_view method, std::string_view name, const http::Phases& phases)
{
    if (table)
        table->record(method, name,
                      {phases.lookup, phases.connect, phases.tls, phases.send, phases.first_byte,
                       phases.receive});
}

void bind_phases(py::module_& core)
{
    core.def("keep_phase_times", &keep, py::arg("on"),
             "Whether the phases of requests are kept by entry.");
    core.def("note_phases", &note_response,
             "note_phases(method, name, response): of a request that Python records.");
    core.def("clear_phase_times", [] { table ? table->clear() : void(); });
    core.def("phase_rows", &rows,
             "[(method, name, requests, {phase: (mean, happened, p50, p99, max) in seconds})].");
}

}  // namespace locustella::bindings
