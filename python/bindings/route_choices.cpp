#include "route_choices.hpp"

#include <algorithm>
#include <string>

namespace locustella::bindings {
namespace {

namespace py = pybind11;

client::SharedRoute route_of(py::handle made)
{
    if (made.is_none())
        return nullptr;
    return made.cast<std::shared_ptr<client::Route>>();
}

void fill(client::RouteChoice& choice, const py::tuple& parts)
{
    choice.direct = route_of(parts[0]);
    for (const py::handle row : parts[1].cast<py::list>()) {
        const auto pair = row.cast<py::tuple>();
        choice.named.push_back({pair[0].cast<std::string>(), route_of(pair[1])});
    }
    choice.login = parts[2].cast<std::string>();
}

}  // namespace

client::SharedChoice choice_from(const py::object& made)
{
    auto choice = std::make_shared<client::RouteChoice>();
    fill(*choice, made.cast<py::tuple>());
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
    Made result;
    fill(result.choice, parts);
    result.choice.redirects = this;
    result.ask = parts[3];
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

const client::RouteChoice& EnvironmentRoutes::after(const client::RouteChoice& before,
                                                    const http::Request& redirected)
{
    const std::pair key(&before, redirected.origin);
    if (const auto found = known_.find(key); found != known_.end())
        return found->second.choice;
    const py::gil_scoped_acquire held;
    try {
        Made made = made_from(ask_of(before)(redirected.url()));
        return known_.emplace(key, std::move(made)).first->second.choice;
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable("the proxy of a redirect");
        return before;
    }
}

}  // namespace locustella::bindings
