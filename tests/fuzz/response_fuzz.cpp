// A response's way: bytes in any pieces, through the parser, then content decoding.
//
// Input: the bytes that a server sends; the last two choose what the request was, whether the
// limits are narrow, and where the bytes are cut. Claims: however the bytes are cut, the result is
// the same; it keeps to the limits; what follows never fails in a way it does not name.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/content_coding.hpp"
#include "http/header_block.hpp"
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

struct Reader {
    bool to_head = false;
    Limits limits;
};

constexpr Limits narrow{.head = 200, .fields = 6, .body = 100, .interim = 2};

Outcome parse(std::string_view bytes, const Reader& reader, std::size_t step)
{
    ResponseParser parser(reader.limits);
    parser.begin(reader.to_head);
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
    expect(parser.response().bytes.size() - parser.response().head_size <= reader.limits.body,
           "a body keeps to its limit");
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
    expect(a.response.bytes == b.response.bytes && a.response.head_size == b.response.head_size,
           "nor do the bytes");
    expect(a.response.status == b.response.status &&
               a.response.keep_alive == b.response.keep_alive &&
               a.response.coded == b.response.coded &&
               a.response.sets_cookies == b.response.sets_cookies,
           "nor does what was noted of them");
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
            expect(plain.size() <= std::max(decoded_limit, response.body().size()),
                   "the limit holds");
    }
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    if (size < 2)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size - 2);
    const Reader reader{(data[size - 2] & 1) != 0, data[size - 2] & 2 ? narrow : Limits{}};
    const std::size_t step = 1 + data[size - 1] % 64;
    const auto whole = parse(bytes, reader, bytes.size() + 1);
    compare(parse(bytes, reader, step), whole);
    if (bytes.size() < 1024)
        compare(parse(bytes, reader, 1), whole);
    if (!whole.error)
        check(whole);
    return 0;
}
