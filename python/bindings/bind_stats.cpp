// Binds core/stats: Histogram here, the entries, failures and tables in files of their own, over
// which locustella.stats lays Locust's attributes. Thread: the interpreter's, with the GIL held;
// nothing here blocks.
#include <cstdint>

#include "bindings.hpp"
#include "stats/histogram.hpp"
#include "stats_values.hpp"

namespace locustella::bindings {
namespace {

using stats::Histogram;

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

}  // namespace

void bind_stats(py::module_& core)
{
    bind_histogram(core);
    bind_stats_entry(core);
    bind_stats_failures(core);
    bind_stats_table(core);
}

}  // namespace locustella::bindings
