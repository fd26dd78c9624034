// Content decoding within a limit.
//
// Input: a byte that chooses the coding, then the body.
// Claim: the decoded size keeps to the limit, and the answer is one of the two errors or none.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/content_coding.hpp"
#include "http/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella;
    constexpr std::array<std::string_view, 6> codings = {"gzip", "deflate", "br", "gzip, deflate", "br, gzip", "deflate,br"};
    constexpr std::size_t limit = 1 << 18;
    if (size == 0)
        return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::string plain;
    const auto ec = http::decode_content(codings[data[0] % codings.size()], body, plain, limit);
    if (!ec)
        fuzz::expect(plain.size() <= limit, "the limit holds");
    else
        fuzz::expect(ec == http::Error::bad_content_coding || ec == http::Error::body_too_large, "errors are named");
    return 0;
}
