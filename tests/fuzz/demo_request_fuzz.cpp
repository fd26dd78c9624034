// The demo target's side: bytes of any client, in any pieces, to requests.
//
// Input: the bytes that a client sends; the last one chooses where they are cut. Claim: however the
// bytes are cut, the requests are the same, and so is whether the rest is refused. (Its status may
// differ: of several faults, the one that has arrived is named.)
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "demo/request_parser.hpp"
#include "fuzz/expect.hpp"

namespace locustella::demo {
namespace {

using fuzz::expect;

struct Seen {
    std::vector<std::string> requests;
    int failure = 0;
};

std::string text_of(const Request& request)
{
    std::string text = std::string(request.method_text) + ' ' + std::string(request.path) + '?' +
                       std::string(request.query);
    for (const auto& field : request.fields())
        text.append("\n").append(field.name).append(": ").append(field.value);
    return text.append("\n\n").append(request.body);
}

Seen parse(std::string_view bytes, std::size_t step)
{
    static const Limits limits{.request_line = 1024, .head = 2048, .body = 4096};
    RequestParser parser(limits);
    Request request;
    Seen seen;
    while (!bytes.empty()) {
        parser.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (;;) {
            const auto outcome = parser.next(request);
            if (outcome == RequestParser::Outcome::need_more)
                break;
            if (outcome == RequestParser::Outcome::failed) {
                seen.failure = parser.failure();
                expect(seen.failure >= 400 && seen.failure < 600, "a refusal has a status");
                return seen;
            }
            if (outcome == RequestParser::Outcome::complete)
                seen.requests.push_back(text_of(request));
        }
        parser.release();
        expect(parser.held() <= limits.head + 2 * limits.body + step + 4096,
               "what is held is bounded");
    }
    return seen;
}

}  // namespace
}  // namespace locustella::demo

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella;
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size - 1);
    const auto whole = demo::parse(bytes, bytes.size() + 1);
    const auto cut = demo::parse(bytes, 1 + data[size - 1] % 64);
    fuzz::expect(whole.requests == cut.requests, "the requests do not depend on the cuts");
    fuzz::expect((whole.failure == 0) == (cut.failure == 0), "nor does whether there is a refusal");
    return 0;
}
