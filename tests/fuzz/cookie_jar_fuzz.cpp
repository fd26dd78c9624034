// A user's cookies.
//
// Input: lines. The first is the host and path that every further line, a Set-Cookie, comes from.
// Claims: what is kept belongs to that host; what is sent is made of what was kept and is one line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/cookie_jar.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr double now = 1.7e9;

std::string_view take_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

void check(const CookieJar& jar, const Origin& origin)
{
    std::size_t size = 0;
    for (const auto& cookie : jar.cookies()) {
        expect(!cookie.name.empty(), "a cookie has a name");
        const auto host =
            origin.host.find(':') == std::string::npos ? origin.host : '[' + origin.host + ']';
        const auto name = '.' + host + (host.find('.') == std::string::npos ? ".local" : "");
        // http.cookiejar's rule
        const auto local = cookie.domain.substr(cookie.domain.starts_with('.')) + ".local";
        expect(cookie.domain == name.substr(1) || name.ends_with(cookie.domain) ||
                   name.ends_with(local),
               "a cookie belongs to the host that set it");
        expect(!cookie.path.empty(), "a cookie has a path");
        expect(cookie.expires > now, "an expired cookie is not kept");
        size += cookie.name.size() + cookie.value.size() + 3;
    }
    for (const char* target : {"/", "/a/b/c?d"})
        expect(jar.header_for(origin, target, now).size() <= size,
               "what is sent is made of what was kept");
    expect(jar.header_for({true, "elsewhere.invalid", 443}, "/", now).empty(),
           "nothing is sent elsewhere");
    expect(jar.header_for(origin, "/", 1e301).empty(), "nothing lives for ever");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto url = Url::parse("http://" + std::string(take_line(rest)));
    if (!url || url->origin.host.ends_with("invalid"))
        return 0;
    CookieJar jar;
    while (!rest.empty()) {
        const auto line = take_line(rest);
        jar.store(line, url->origin, url->target, now);
        parse_cookie_date(line);
    }
    check(jar, url->origin);
    return 0;
}
