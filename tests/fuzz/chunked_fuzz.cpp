// Bodies in chunks.
//
// Input: two bytes that choose chunk sizes and decoration, then the body; the same bytes are taken
// for a raw stream, too. Claims: a body comes back from any chunks that it is sent in, whatever the
// decoration and the cuts, and nothing behind it is touched; of a raw stream, the result does not
// depend on the cuts and is made of its bytes alone.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/response_parser.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view next = "HTTP/1.1 200 OK\r\n";

struct Outcome {
    std::error_code error;
    bool complete = false;
    std::string body, unused;

    bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step)
{
    static const Limits limits;
    ResponseParser parser(limits);
    parser.begin(false);
    Outcome outcome;
    while (!bytes.empty() && !outcome.error) {
        outcome.unused += bytes.substr(0, step);
        bytes.remove_prefix(std::min(step, bytes.size()));
        if (!parser.complete())
            outcome.unused.erase(0, parser.put(outcome.unused, outcome.error));
    }
    outcome.complete = parser.complete();
    outcome.body = parser.response().body();
    if (outcome.error)
        outcome.unused.clear();
    return outcome;
}

std::string in_chunks(std::string_view body, std::uint8_t sizes, std::uint8_t decoration)
{
    static constexpr std::array<std::string_view, 8> behind = {
        "", " ", ";a", ";a=b", " ; a=\"x;y\"", "\t", ";", ";=;"};
    static constexpr std::array<std::string_view, 4> trailers = {"", "X: 1\r\n", "X: 1\r\nY: 2\r\n",
                                                                 "Expires: 0\r\n"};
    std::string chunks(head);
    const auto add_line = [&](std::size_t size) {
        std::array<char, 32> number;
        std::snprintf(number.data(), number.size(), decoration & 8 ? "%zX" : "0%zx", size);
        chunks.append(decoration & 16 ? " " : "")
            .append(number.data())
            .append(behind[decoration & 7])
            .append("\r\n");
    };
    for (std::size_t i = 0; !body.empty(); ++i) {
        const auto size = std::min<std::size_t>(1 + (sizes * (i + 1)) % 97, body.size());
        add_line(size);
        chunks.append(body.substr(0, size)).append("\r\n");
        body.remove_prefix(size);
    }
    add_line(0);
    return chunks.append(trailers[decoration >> 6]).append("\r\n").append(next);
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    if (size < 2)
        return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t step = 1 + data[0] % 61;
    const auto message = in_chunks(body, data[0], data[1]);
    for (const auto cut : {message.size(), step}) {
        const auto outcome = parse(message, cut);
        expect(!outcome.error && outcome.complete, "good chunks are taken");
        expect(outcome.body == body, "a body comes back from its chunks");
        expect(outcome.unused == next, "and what follows is left alone");
    }
    const auto raw = std::string(head).append(body);
    const auto whole = parse(raw, raw.size());
    expect(parse(raw, step) == whole, "the result does not depend on the cuts");
    if (raw.size() < 1024)
        expect(parse(raw, 1) == whole, "not even on every single one");
    expect(whole.body.size() <= body.size(), "a body is made of what was sent");
    return 0;
}
