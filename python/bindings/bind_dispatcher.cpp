// Binds core/load's Dispatcher, over which locustella.dispatch lays Locust's UsersDispatcher.
// Thread: the interpreter's, with the GIL held; nothing here blocks.
#include <string>
#include <tuple>
#include <vector>

#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "load/dispatcher.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;
using load::Column;
using load::Dispatcher;
using load::UserClass;

// A class as Python tells it: name, weight, fixed_count.
using ClassNumbers = std::tuple<std::string, double, std::int64_t>;

std::vector<UserClass> classes_of(const std::vector<ClassNumbers>& numbers)
{
    std::vector<UserClass> classes;
    classes.reserve(numbers.size());
    for (const auto& [name, weight, fixed_count] : numbers)
        classes.push_back({name, weight, fixed_count});
    return classes;
}

std::vector<py::str> class_names(const Dispatcher& dispatcher)
{
    std::vector<py::str> names;
    for (Column column = 0; column < dispatcher.columns(); ++column)
        names.emplace_back(dispatcher.class_name(column));
    return names;
}

// The kind of an action, its pause in seconds, and for a step {worker: {class: by}}.
py::tuple resume(Dispatcher& dispatcher)
{
    const auto action = dispatcher.resume();
    py::dict by_worker;
    if (!action.changes.empty()) {
        const auto names = class_names(dispatcher);
        for (const auto& [row, column, by] : action.changes) {
            const py::str worker(dispatcher.worker(row));
            if (!by_worker.contains(worker))
                by_worker[worker] = py::dict();
            by_worker[worker][names[column]] = by;
        }
    }
    return py::make_tuple(action.kind, action.pause_seconds, by_worker);
}

py::dict wanted(const Dispatcher& dispatcher)
{
    const auto names = class_names(dispatcher);
    py::dict by_worker;
    for (Dispatcher::Row row = 0; row < dispatcher.rows(); ++row) {
        py::dict by_class;
        for (Column column = 0; column < names.size(); ++column)
            by_class[names[column]] = dispatcher.wanted(row, column);
        by_worker[py::str(dispatcher.worker(row))] = std::move(by_class);
    }
    return by_worker;
}

void report(Dispatcher& dispatcher, const std::string& worker, const py::dict& running)
{
    Dispatcher::Counts counts;
    for (const auto& [class_name, count] : running)
        counts.emplace_back(class_name.cast<std::string>(), count.cast<std::int64_t>());
    dispatcher.report(worker, counts);
}

}  // namespace

void bind_dispatcher(py::module_& core)
{
    using Kind = Dispatcher::Action::Kind;
    py::class_<Dispatcher> dispatcher(core, "Dispatcher",
                                      "Which user starts or stops next, where, and when. "
                                      "A class is a tuple of its name, weight and fixed_count.");
    py::native_enum<Kind>(dispatcher, "Action", "enum.Enum")
        .value("step", Kind::step)
        .value("moves", Kind::moves)
        .value("pause", Kind::pause)
        .value("over", Kind::over)
        .finalize();
    dispatcher
        .def(py::init(
                 [](std::vector<std::string> workers, const std::vector<ClassNumbers>& classes) {
                     return Dispatcher(std::move(workers), classes_of(classes));
                 }),
             py::arg("workers"), py::arg("classes"))
        .def("ramp", &Dispatcher::ramp, py::arg("users"), py::arg("rate"),
             "Begins a ramp; ValueError for impossible numbers.")
        .def(
            "choose",
            [](Dispatcher& d, const std::vector<ClassNumbers>& classes) {
                d.choose(classes_of(classes));
            },
            py::arg("classes"), "Who is started from now on; their order begins anew.")
        .def(
            "revise",
            [](Dispatcher& d, const std::vector<ClassNumbers>& classes) {
                d.revise(classes_of(classes));
            },
            py::arg("classes"), "The chosen classes again, with what they weigh now.")
        .def("join", &Dispatcher::join, py::arg("worker"))
        .def("leave", &Dispatcher::leave, py::arg("worker"))
        .def("report", &report, py::arg("worker"), py::arg("running"),
             "How many users of each class run there: the next step makes up for the difference.")
        .def("resume", &resume,
             "(action, pause in seconds, {worker: {class: by}}): what to start (above 0) and to "
             "stop (below 0), or how long to wait since the last step began.")
        .def("wanted", &wanted, "{worker: {class: count}}: the users that should run now.")
        .def(
            "wanted_of_class",
            [](const Dispatcher& d, const std::string& name) { return d.wanted(name); },
            py::arg("class_name"))
        .def_property_readonly("users", &Dispatcher::users)
        .def_property_readonly("under_way", &Dispatcher::under_way)
        .def_property_readonly("moves_wait", &Dispatcher::moves_wait)
        .def_property_readonly("pause_between_steps", &Dispatcher::pause_between_steps);
}

}  // namespace locustella::bindings
