// Bodies in a coding, for the tests of those who undo it.
//
//   compressed("hello", as_gzip)
//
// Thread: any.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace locustella::http {

// zlib's window bits.
inline constexpr int as_gzip = MAX_WBITS + 16, as_zlib = MAX_WBITS, as_bare = -MAX_WBITS;

inline std::string compressed(std::string_view plain, int window_bits)
{
    z_stream z{};
    EXPECT_EQ(
        ::deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    std::string packed(::deflateBound(&z, plain.size()) + 32, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(packed.data());
    z.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(::deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.resize(z.total_out);
    ::deflateEnd(&z);
    return packed;
}

}  // namespace locustella::http
