// Finds the handler of a method and path in a table of patterns.
//
//   constexpr Route routes[] = {{Method::get, "/products/{id}", show_product}, ...};
//   Router router{routes};
//   const auto match = router.find(Method::get, "/products/7");
//   if (match.handler)                                    // match.parameters[0] == "7"
//       reply = match.handler(site, request, match.parameters);
//
// A pattern is literal segments and `{...}`, which stands for one segment that is not empty. HEAD
// is answered by GET's handler. Looking up allocates nothing.
//
// Thread: any, once constructed.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "demo/reply.hpp"
#include "demo/request.hpp"

namespace locustella::demo {

class Site;

using Parameters = std::array<std::string_view, 2>;  // the `{...}` segments, in order
using Handler = Reply (*)(Site&, const Request&, const Parameters&);

struct Route {
    Method method;
    std::string_view pattern;
    Handler handler;
};

class Router {
public:
    struct Match {
        Handler handler = nullptr;
        Parameters parameters;
        std::string_view allow;  // methods of that path, for an Allow field; empty: no such path
    };

    // Throws std::invalid_argument for a pattern that is malformed or stands there twice for a
    // method.
    explicit Router(std::span<const Route> routes);

    Match find(Method method, std::string_view path) const;

private:
    struct Place {  // all routes of one pattern
        std::string_view pattern;
        std::array<Handler, 8> handlers{};  // by method
        std::string allow;
    };

    Place& place_of(std::string_view pattern);

    std::unordered_map<std::string_view, std::vector<Place>> places_;  // by the first segment
};

}  // namespace locustella::demo
