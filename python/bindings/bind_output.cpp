// Binds core/output: the file that --samples asks for. Thread: the interpreter's, with the GIL held
// but for the wait of close().
#include <cerrno>
#include <chrono>
#include <memory>
#include <system_error>
#include <tuple>

#include <pybind11/stl.h>

#include "base/unix_clock.hpp"
#include "bindings.hpp"
#include "output/sample_file.hpp"
#include "stats/table.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;
using output::SampleFile;
using stats::Table;

std::unique_ptr<SampleFile> sample_file(int descriptor, bool csv, bool gzip)
{
    const auto now = base::monotonic_now();
    const SampleFile::Options options{
        .format = csv ? output::SampleFormat::csv : output::SampleFormat::json_lines,
        .packing = gzip ? output::Packing::gzip : output::Packing::none};
    const output::Beginning beginning{.monotonic = now, .wall = base::unix_clock().at(now)};
    try {
        return std::make_unique<SampleFile>(descriptor, options, beginning);
    } catch (const std::system_error& error) {
        errno = error.code().value();
        PyErr_SetFromErrno(PyExc_OSError);
    }
    throw py::error_already_set();
}

bool close(SampleFile& file, double patience)
{
    const py::gil_scoped_release released;
    return file.close(std::chrono::nanoseconds(base::nanos_from_seconds(patience)));
}

std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, int> counts(const SampleFile& file)
{
    const auto counts = file.counts();
    return {counts.written, counts.lost, counts.bytes, counts.error};
}

}  // namespace

void bind_output(py::module_& core)
{
    py::class_<SampleFile>(core, "SampleFile", "Every request in a file, by a thread of its own.")
        .def(py::init(&sample_file), py::arg("descriptor"), py::kw_only(), py::arg("csv"),
             py::arg("gzip"))
        .def(
            "read_from",
            [](const SampleFile& file, Table& table) { table.add_reader(file.queue()); },
            py::arg("table").none(false), "From now on; from one table at a time.")
        .def(
            "leave",
            [](const SampleFile& file, Table& table) { table.remove_reader(file.queue().get()); },
            py::arg("table").none(false))
        .def("close", &close, py::arg("patience"),
             "Waits so many seconds at most. True: all is written and the file closed.")
        .def("counts", &counts, "(samples written, lost, bytes of the file, errno or 0).");
}

}  // namespace locustella::bindings
