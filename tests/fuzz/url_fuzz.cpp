// URLs and references to other places from them.
//
// Input: a URL, and behind a line feed a reference. Claims: a URL's text parses to the same URL;
// wherever a reference leads is a place that can be asked for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/location.hpp"
#include "http/url.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

void check_place(const Url& url)
{
    expect(!url.origin.host.empty(), "a place has a host");
    expect(url.target.starts_with('/'), "a target is an absolute path");
    expect(url.target.find('#') == std::string::npos, "a target has no fragment");
    const auto again = Url::parse(url.text());
    expect(again.has_value(), "a URL's text is a URL");
    expect(again->origin == url.origin && again->target == url.target &&
               again->fragment == url.fragment,
           "and the same one");
}

bool has_blanks(const Url& url)
{
    return url.text().find_first_of(" \t\r\n") != std::string::npos;
}

bool has_dot_segments(const Url& url)
{
    const auto path = url.target.substr(0, url.target.find('?')) + '/';
    return path.find("/../") != std::string::npos || path.find("/./") != std::string::npos;
}

void check_followed(const Url& url, const Url& from, Dialect dialect)
{
    check_place(url);
    expect(!has_blanks(url) || has_blanks(from), "a location brings no blanks into a URL");
    expect(dialect == Dialect::requests || !has_dot_segments(url) || has_dot_segments(from),
           "nor dot segments");
    expect(url.userinfo.find_first_of("\r\n") == std::string::npos, "nor lines");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = text.find('\n');
    const auto base = Url::parse(text.substr(0, end));
    if (base)
        check_place(*base);
    if (end == std::string_view::npos)
        return 0;
    const auto from = base ? *base : *Url::parse("http://a/b/c/d;p?q");
    for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient})
        if (const auto next = follow_location(from, text.substr(end + 1), dialect))
            check_followed(*next, from, dialect);
    return 0;
}
