// A response's way: bytes in any pieces, through the parser, then content decoding, cookies and redirects.
//
// Input: the bytes that a server sends; the last two choose what the request was and where the bytes are cut.
// Claims: however the bytes are cut, the result is the same; what follows never fails in a way it does not name.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/content_coding.hpp"
#include "http/cookie_jar.hpp"
#include "http/header_block.hpp"
#include "http/redirect.hpp"
#include "http/response_parser.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr std::size_t decoded_limit = 1 << 18;

struct Outcome {
    std::error_code error;
    bool complete = false;
    bool has_head = false;
    std::size_t unused = 0;
    Response response;
};

Outcome parse(std::string_view bytes, bool to_head, std::size_t step)
{
    ResponseParser parser;
    parser.begin(to_head);
    Outcome outcome;
    std::string pending;
    while (!bytes.empty() && !outcome.error && !parser.complete()) {
        pending += bytes.substr(0, step);
        bytes.remove_prefix(std::min(step, bytes.size()));
        const auto used = parser.put(pending, outcome.error);
        expect(used <= pending.size(), "a parser uses what it was given");
        pending.erase(0, used);
    }
    outcome.unused = pending.size() + bytes.size();
    if (!outcome.error && !parser.complete()) {
        parser.end_of_stream(outcome.error);
        expect(outcome.error || parser.complete(), "an end completes the response or is an error");
    }
    outcome.complete = parser.complete();
    outcome.has_head = parser.has_head();
    outcome.response = std::move(parser.response());
    return outcome;
}

void compare(const Outcome& a, const Outcome& b)
{
    expect(a.error == b.error, "the error does not depend on the cuts");
    if (a.error)
        return;
    expect(a.complete == b.complete && a.unused == b.unused, "nor does the end");
    expect(a.response.bytes == b.response.bytes && a.response.head_size == b.response.head_size, "nor do the bytes");
    expect(a.response.status == b.response.status && a.response.keep_alive == b.response.keep_alive &&
               a.response.coded == b.response.coded && a.response.sets_cookies == b.response.sets_cookies,
           "nor does what was noted of them");
}

void follow(const Response& response)
{
    const HeaderBlock fields(response.head());
    Request request;
    request.method = "POST";
    request.origin = {false, "shop.test", 80};
    request.target = "/basket/add";
    request.fields = "Authorization: x\r\nContent-Length: 0\r\n";
    request.redirects = response.status % 2 ? RedirectRules::requests : RedirectRules::fast;
    CookieJar jar;
    for (const auto& [name, value] : fields)
        if (equal_ignoring_case(name, "set-cookie"))
            jar.store(value, request.origin, request.target, 1.7e9);
    const auto location = fields.find("location");
    if (location && is_redirect(response.status) && !next_request(request, response.status, *location)) {
        expect(request.target.starts_with('/'), "a redirect leads to an absolute path");
        expect(request.target.find_first_of(" \r\n") == std::string::npos, "a target fits into a request line");
        expect(request.origin.host_header().find_first_of(" \r\n") == std::string::npos, "a host fits into a field");
    }
    const auto cookies = jar.header_for(request.origin, request.target, 1.7e9);
    expect(cookies.find_first_of("\r\n") == std::string::npos, "cookies fit into a field");
}

void check(const Outcome& outcome)
{
    const Response& response = outcome.response;
    expect(response.status >= 100 && response.status <= 999, "a status has three digits");
    expect(response.head().ends_with("\r\n\r\n"), "a head ends in an empty line");
    expect(response.head().find("\n ") == std::string_view::npos, "a head has no folds");
    if (const auto coding = HeaderBlock(response.head()).find("content-encoding")) {
        std::string plain;
        if (!decode_content(*coding, response.body(), plain, decoded_limit))
            expect(plain.size() <= std::max(decoded_limit, response.body().size()), "the limit holds");
    }
    follow(response);
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    if (size < 2)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size - 2);
    const bool to_head = data[size - 2] & 1;
    const std::size_t step = 1 + data[size - 1] % 64;
    const auto whole = parse(bytes, to_head, bytes.size() + 1);
    compare(parse(bytes, to_head, step), whole);
    if (bytes.size() < 1024)
        compare(parse(bytes, to_head, 1), whole);
    if (!whole.error)
        check(whole);
    return 0;
}
