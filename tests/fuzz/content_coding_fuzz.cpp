// Content decoding within a limit.
//
// Input: a byte that chooses the coding, then the body. Claims: the decoded size keeps to the
// limit, and the answer is one of the two errors or none; what was packed comes back, and not when
// the limit is one byte less.
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/content_coding.hpp"
#include "http/error.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr std::size_t limit = 1 << 18;

std::string deflated(std::string_view plain, int window_bits)
{
    z_stream z{};
    ::deflateInit2(&z, 1, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string packed(::deflateBound(&z, plain.size()) + 32, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(packed.data());
    z.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&z, Z_FINISH);
    packed.resize(z.total_out);
    ::deflateEnd(&z);
    return packed;
}

std::string zstd(std::string_view plain)
{
    std::string packed(::ZSTD_compressBound(plain.size()), '\0');
    packed.resize(::ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 1));
    return packed;
}

void check_decoding(std::string_view coding, std::string_view body)
{
    std::string plain;
    const auto ec = decode_content(coding, body, plain, limit);
    if (!ec)
        expect(plain.size() <= limit, "the limit holds");
    else
        expect(ec == Error::bad_content_coding || ec == Error::body_too_large, "errors are named");
}

void check_round_trip(std::string_view coding, const std::string& packed, std::string_view body)
{
    std::string plain;
    expect(!decode_content(coding, packed, plain, body.size()) && plain == body,
           "what was packed comes back");
    if (!body.empty())
        expect(decode_content(coding, packed, plain, body.size() - 1) == Error::body_too_large,
               "a byte too many is one");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    constexpr std::array<std::string_view, 8> codings = {
        "gzip", "deflate", "br", "gzip, deflate", "br, gzip", "deflate,br", "zstd", "gzip, zstd"};
    if (size == 0)
        return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    check_decoding(codings[data[0] % codings.size()], body);
    switch (data[0] >> 4) {
    case 0: check_round_trip("gzip", deflated(body, MAX_WBITS + 16), body); break;
    case 1: check_round_trip("deflate", deflated(body, MAX_WBITS), body); break;
    case 2: check_round_trip("x-gzip", deflated(body, MAX_WBITS + 16).append("\n"), body); break;
    case 3: check_round_trip("zstd", zstd(body), body); break;
    default: break;
    }
    return 0;
}
