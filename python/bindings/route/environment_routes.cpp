#include "route/environment_routes.hpp"

#include <algorithm>

#include "guard.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

client::SharedRoute route_of(py::handle made)
{
    if (made.is_none())
        return nullptr;
    return made.cast<std::shared_ptr<client::Route>>();
}

// Of the Python error that is set, and then is no more: "ValueError: no such thing".
std::string take_words()
{
    const bool is_interrupt = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const auto keeps_type = owned(type), keeps_value = owned(value), keeps_place = owned(traceback);
    std::string words = reinterpret_cast<PyTypeObject*>(type)->tp_name;
    const auto text = owned(value ? PyObject_Str(value) : nullptr);
    const auto bytes = owned(
        text ? PyUnicode_AsEncodedString(text.ptr(), "latin-1", "backslashreplace") : nullptr);
    if (bytes && PyBytes_GET_SIZE(bytes.ptr()) > 0)
        words.append(": ").append(PyBytes_AS_STRING(bytes.ptr()),
                                  static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
    PyErr_Clear();
    if (is_interrupt)
        PyErr_SetInterrupt();  // it was meant for whoever runs, not for this request
    return words;
}

}  // namespace

client::RouteChoice choice_from(const py::tuple& parts)
{
    client::RouteChoice choice;
    choice.direct = route_of(parts[0]);
    for (const py::handle row : parts[1].cast<py::list>()) {
        const auto pair = row.cast<py::tuple>();
        choice.named.push_back({pair[0].cast<std::string>(), route_of(pair[1])});
    }
    choice.login = parts[2].cast<std::string>();
    return choice;
}

std::shared_ptr<EnvironmentRoutes> EnvironmentRoutes::make(const py::object& made)
{
    auto routes = std::make_shared<EnvironmentRoutes>();
    routes->first_ = routes->made_from(made);
    return routes;
}

EnvironmentRoutes::Made EnvironmentRoutes::made_from(const py::object& made)
{
    const auto parts = made.cast<py::tuple>();
    Made result{choice_from(parts), parts[3]};
    result.choice.redirects = this;
    return result;
}

const py::object& EnvironmentRoutes::ask_of(const client::RouteChoice& choice) const
{
    if (&choice == &first_.choice)
        return first_.ask;
    const auto found = std::ranges::find_if(
        known_, [&](const auto& known) { return &known.second.choice == &choice; });
    return found->second.ask;
}

const client::RouteChoice* EnvironmentRoutes::after(const client::RouteChoice& before,
                                                    const http::Request& redirected,
                                                    std::string& why)
{
    const std::pair key(&before, redirected.origin);
    if (const auto found = known_.find(key); found != known_.end())
        return &found->second.choice;
    const py::gil_scoped_acquire held;
    const auto* choice = shield(static_cast<const client::RouteChoice*>(nullptr), [&] {
        Made made = made_from(ask_of(before)(redirected.url()));
        return &std::as_const(known_.emplace(key, std::move(made)).first->second.choice);
    });
    if (!choice)
        why = take_words();
    return choice;
}

}  // namespace locustella::bindings
