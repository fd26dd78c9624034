#include "demo/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace locustella::demo {
namespace {

// "/products/7" -> "products", leaving "/7".
std::string_view take_segment(std::string_view& path)
{
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(1, end - 1);
    path.remove_prefix(end);
    return segment;
}

bool is_parameter(std::string_view segment)
{
    return segment.starts_with('{') && segment.ends_with('}');
}

bool matches(std::string_view pattern, std::string_view path, Parameters& parameters)
{
    std::size_t found = 0;
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = take_segment(pattern);
        const auto given = take_segment(path);
        if (is_parameter(wanted)) {
            if (given.empty())
                return false;
            parameters[found++] = given;
        } else if (wanted != given) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

std::string_view first_segment(std::string_view path)
{
    return take_segment(path);
}

constexpr std::string_view method_names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                             "PATCH", "DELETE", "OPTIONS", ""};

std::string allow_list(const std::array<Handler, 8>& handlers)
{
    std::string list;
    for (std::size_t method = 0; method < handlers.size(); ++method)
        if (handlers[method])
            list.append(method_names[method]).append(", ");
    return list.append("OPTIONS");
}

}  // namespace

Router::Router(std::span<const Route> routes)
{
    for (const auto& route : routes) {
        auto& place = place_of(route.pattern);
        auto& handler = place.handlers[static_cast<std::size_t>(route.method)];
        if (handler)
            throw std::invalid_argument{"two handlers for " + std::string{route.pattern}};
        handler = route.handler;
    }
    for (auto& [segment, places] : places_)
        for (auto& place : places) {
            place.handlers[static_cast<std::size_t>(Method::head)] =
                place.handlers[static_cast<std::size_t>(Method::get)];
            place.allow = allow_list(place.handlers);
        }
}

Router::Place& Router::place_of(std::string_view pattern)
{
    const bool sound = pattern.starts_with('/') && !is_parameter(first_segment(pattern)) &&
                       std::count(pattern.begin(), pattern.end(), '{') <=
                           static_cast<std::ptrdiff_t>(Parameters{}.size());
    if (!sound)
        throw std::invalid_argument{"not a route pattern: " + std::string{pattern}};
    auto& places = places_[first_segment(pattern)];
    const auto known = std::find_if(places.begin(), places.end(),
                                    [&](const Place& place) { return place.pattern == pattern; });
    if (known != places.end())
        return *known;
    places.push_back({pattern, {}, {}});
    return places.back();
}

Router::Match Router::find(Method method, std::string_view path) const
{
    Match match;
    if (!path.starts_with('/'))
        return match;
    const auto places = places_.find(first_segment(path));
    if (places == places_.end())
        return match;
    for (const auto& place : places->second) {
        if (!matches(place.pattern, path, match.parameters))
            continue;
        match.allow = place.allow;
        match.handler = place.handlers[static_cast<std::size_t>(method)];
        break;
    }
    return match;
}

}  // namespace locustella::demo
