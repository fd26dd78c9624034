// Where a redirect leads, and what goes along.
//
// Input: a byte for the status, one for the request; then lines: a URL, the Location, and the
// request's header fields. Claims: the next request can be written down as one; credentials stay
// with their origin, and so does a Cookie of the caller's; a body goes along or its description is
// gone; a refused redirect changes nothing.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/error.hpp"
#include "http/header_block.hpp"
#include "http/redirect.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

std::string_view take_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

Request request_of(const Url& url, std::uint8_t choice, std::string_view fields)
{
    static constexpr std::array<const char*, 4> methods = {"GET", "HEAD", "POST", "PUT"};
    Request request;
    request.method = methods[choice & 3];
    request.origin = url.origin;
    request.target = url.target;
    request.dialect = choice & 4 ? Dialect::requests : Dialect::geventhttpclient;
    request.names_host = choice & 8;
    request.names_cookie = choice & 16;
    request.fields = "Authorization: secret\r\nContent-Type: a/b\r\nContent-Length: 4\r\n";
    if (request.names_host)
        request.fields += "Host: mine\r\n";
    if (request.names_cookie)
        request.fields += "Cookie: mine=1\r\n";
    request.cookie_at = request.fields.size();
    while (!fields.empty())
        if (const auto line = take_line(fields); line.find(':') != std::string_view::npos)
            request.fields.append(line).append("\r\n");
    request.body = "body";
    return request;
}

void check(const Request& before, const Request& after, int status)
{
    const HeaderBlock fields(after.fields);
    expect(after.target.starts_with('/'), "a redirect leads to an absolute path");
    expect(after.target.find_first_of(" \t\r\n#") == std::string::npos ||
               after.target == before.target,
           "a target fits into a request line");
    expect(after.origin.host_header().find_first_of(" \r\n/") == std::string::npos,
           "a host fits into a field");
    expect(after.cookie_at <= after.fields.size(), "there is a place for cookies");
    expect(after.cookie_at == 0 || after.fields[after.cookie_at - 1] == '\n',
           "and it is between two lines");
    const bool upgraded = before.dialect == Dialect::requests &&
                          before.origin == Origin{false, after.origin.host, 80} &&
                          after.origin == Origin{true, before.origin.host, 443};
    if (before.origin != after.origin) {
        expect(upgraded || !fields.find("authorization"), "credentials stay with their origin");
        expect(!before.names_host || fields.find("host") == "mine",
               "a Host of the caller's stays, as in Locust's clients");
    }
    expect(!before.names_cookie || !fields.find("cookie"), "and a Cookie");
    if (status == 307 || status == 308)
        expect(after.body == before.body && after.method == before.method,
               "the request is the same");
    else
        expect(after.body.empty() && !fields.find("content-type") &&
                   fields.find("content-length").value_or("0") == "0",
               "there is no body");
    expect(before.method != "HEAD" || after.method == "HEAD", "HEAD remains");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    constexpr std::array<int, 5> statuses = {301, 302, 303, 307, 308};
    if (size < 2)
        return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto url = Url::parse(take_line(rest));
    const auto from = url ? *url : *Url::parse("http://shop.test/a/b?c");
    if (from.target.find_first_of(" \t\r\n") != std::string::npos)
        return 0;
    const auto location = take_line(rest);
    const int status = statuses[data[0] % statuses.size()];
    const auto before = request_of(from, data[1], rest);
    auto after = before;
    if (const auto ec = next_request(after, status, location)) {
        expect(ec == Error::redirect_scheme || ec == Error::invalid_url, "a refusal has a name");
        expect(after.origin == before.origin && after.fields == before.fields &&
                   after.method == before.method,
               "and changes nothing");
        return 0;
    }
    check(before, after, status);
    return 0;
}
