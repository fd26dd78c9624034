#include "failure_faces.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "stats_values.hpp"

namespace locustella::bindings {
namespace {

using stats::Failure;
using Shared = stats::Failures::Shared;

class FailureFaces {
public:
    FailureFaces(stats::Table& table, py::dict errors, py::function show);

    Shared keep(const Shared& failure);
    bool shows(const Failure& failure) const;

private:
    struct Shown {
        py::object key, face;
    };

    bool is_in_dict(const Shown& shown) const;
    Shared show_anew(const Shared& failure);
    void forget_removed();

    stats::Table& table_;
    py::dict errors_;
    py::function show_;
    boost::unordered_flat_map<const Failure*, Shown> shown_;  // each keeps its failure alive
};

// Null for what is no StatsError.
Shared failure_of(const py::object& face)
{
    const py::object data = py::getattr(face, "_data", py::none());
    return py::isinstance<Failure>(data) ? data.cast<Shared>() : nullptr;
}

FailureFaces::FailureFaces(stats::Table& table, py::dict errors, py::function show)
    : table_(table),
      errors_(std::move(errors)),
      show_(std::move(show))
{
    table_.failures().clear();
    for (const auto& [key, face] : errors_) {
        const auto shown = py::reinterpret_borrow<py::object>(face);
        if (const auto failure = failure_of(shown)) {
            table_.failures().adopt(failure);
            shown_[failure.get()] = {py::reinterpret_borrow<py::object>(key), shown};
        }
    }
}

Shared FailureFaces::keep(const Shared& failure)
{
    const auto known = shown_.find(failure.get());
    if (known != shown_.end() && is_in_dict(known->second))
        return failure;
    if (known != shown_.end())
        shown_.erase(known);
    return show_anew(failure);
}

bool FailureFaces::shows(const Failure& failure) const
{
    const auto known = shown_.find(&failure);
    return known != shown_.end() && is_in_dict(known->second);
}

bool FailureFaces::is_in_dict(const Shown& shown) const
{
    PyObject* present = PyDict_GetItemWithError(errors_.ptr(), shown.key.ptr());
    if (!present)
        PyErr_Clear();
    return present == shown.face.ptr();
}

Shared FailureFaces::show_anew(const Shared& failure)
{
    forget_removed();
    Shared kept = failure;  // counted there, should Python fail
    shielded("RequestStats.errors", [&] {
        const auto fresh = failure->occurrences == 0
                               ? failure
                               : std::make_shared<Failure>(
                                     Failure{failure->method, failure->name, failure->error});
        const py::tuple answer = show_(fresh);
        const py::object face = answer[1];
        kept = failure_of(face);
        if (kept)
            shown_[kept.get()] = {answer[0], face};
        else
            face.attr("occurred")();
    });
    return kept;
}

// Those that a script has taken out of the dict must not fill the table up to its limit.
void FailureFaces::forget_removed()
{
    constexpr std::size_t slack = 64;
    if (shown_.size() <= errors_.size() + slack)
        return;
    std::vector<Shown> removed;  // dropped at the end: that may run Python
    boost::unordered::erase_if(shown_, [&](auto& known) {
        if (is_in_dict(known.second))
            return false;
        table_.failures().erase(*known.first);
        removed.push_back(std::move(known.second));
        return true;
    });
}

}  // namespace

void show_failures(stats::Table& table, py::dict errors, py::function show)
{
    const auto faces = std::make_shared<FailureFaces>(table, std::move(errors), std::move(show));
    table.keep_failures([faces](const Shared& failure) { return faces->keep(failure); });
    table.show_failures([faces](const Failure& failure) { return faces->shows(failure); });
}

void bind_stats_failures(py::module_& core)
{
    py::class_<Failure, Shared>(core, "StatsErrorData", "The numbers of one StatsError.")
        .def(py::init([](std::string method, std::string name, std::string error,
                         std::int64_t occurrences, std::optional<double> first_seen,
                         std::optional<double> last_seen) {
                 return std::make_shared<Failure>(Failure{std::move(method), std::move(name),
                                                          std::move(error), occurrences, first_seen,
                                                          last_seen});
             }),
             py::arg("method"), py::arg("name"), py::arg("error"), py::arg("occurrences"),
             py::arg("first_seen"), py::arg("last_seen"))
        .def_property_readonly("method", [](const Failure& f) { return text(f.method); })
        .def_property_readonly("name", [](const Failure& f) { return text(f.name); })
        .def_property_readonly("error", [](const Failure& f) { return text(f.error); })
        .def_readwrite("occurrences", &Failure::occurrences)
        .def_readwrite("first_seen", &Failure::first_seen)
        .def_readwrite("last_seen", &Failure::last_seen)
        .def("occurred", &Failure::occurred, py::arg("now"));
    core.attr("errors_beyond_limit") = text(stats::errors_beyond_limit);
}

}  // namespace locustella::bindings
