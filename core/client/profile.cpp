#include "client/profile.hpp"

namespace locustella::client {

std::string_view name_of(Verb verb)
{
    static constexpr std::array<std::string_view, verbs> names = {
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "OTHER"};
    return names[static_cast<std::size_t>(verb)];
}

void name_method(http::Request& request, std::string_view method, bool repeats)
{
    request.method.assign(method);
    request.repeats = repeats && method == "TRACE";
}

bool follows_unasked(http::Dialect dialect, Verb verb)
{
    return verb != Verb::head || dialect != http::Dialect::requests;
}

void Profile::prepare(Exchange& exchange) const
{
    exchange.route = route;
    http::Request& request = exchange.request;
    request = http::Request{};
    request.origin = origin;
    request.fields = fields;
    request.cookie_at = cookie_at;
    request.names_host = names_host || gives_host;
    request.host_follows = names_host;
    request.names_cookie = gives_cookie;
    request.dialect = dialect;
    request.follow = follow;
    request.max_redirects = max_redirects;
    request.timeouts = timeouts;
}

void Profile::address(http::Request& request, Verb verb, std::string_view path) const
{
    request.method.assign(name_of(verb));
    request.target.assign(base_path).append(path);
    request.follow = follows(verb);
    request.repeats = repeats && verb != Verb::post && verb != Verb::patch;
}

}  // namespace locustella::client
