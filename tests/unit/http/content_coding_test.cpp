#include "http/content_coding.hpp"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>
#include <string>

#include "http/error.hpp"
#include "unit/http/compressed.hpp"

namespace locustella::http {
namespace {

std::string brotli(std::string_view plain)
{
    std::string packed(::BrotliEncoderMaxCompressedSize(plain.size()) + 64, '\0');
    std::size_t size = packed.size();
    EXPECT_TRUE(::BrotliEncoderCompress(4, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, plain.size(),
                                        reinterpret_cast<const std::uint8_t*>(plain.data()), &size,
                                        reinterpret_cast<std::uint8_t*>(packed.data())));
    packed.resize(size);
    return packed;
}

std::string zstd(std::string_view plain)
{
    std::string packed(::ZSTD_compressBound(plain.size()), '\0');
    packed.resize(::ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
    return packed;
}

std::string pack(std::string_view coding, std::string_view plain)
{
    if (coding == "br")
        return brotli(plain);
    if (coding == "zstd")
        return zstd(plain);
    return compressed(plain, coding == "gzip" ? as_gzip : coding == "bare" ? as_bare : as_zlib);
}

std::string decoded(std::string_view coding, std::string_view body)
{
    std::string plain = "left over";
    const auto ec = decode_content(coding, body, plain, std::size_t{1} << 30);
    EXPECT_FALSE(ec) << coding << ": " << ec.message();
    return plain;
}

constexpr std::size_t no_limit = std::size_t{1} << 30;

std::error_code error_of(std::string_view coding, std::string_view body,
                         std::size_t limit = no_limit)
{
    std::string plain;
    return decode_content(coding, body, plain, limit);
}

std::string text_of(std::size_t size)
{
    std::mt19937 random{5};
    std::string text(size, '\0');
    for (char& c : text)
        c = static_cast<char>('a' + random() % 20);
    return text;
}

// The name in Content-Encoding, and how the test packs it.
struct Coding {
    const char* name;
    const char* packed_as;
};

class EveryCoding : public testing::TestWithParam<Coding> {
protected:
    std::string name() const { return GetParam().name; }
    std::string packed(std::string_view plain) const { return pack(GetParam().packed_as, plain); }
};

INSTANTIATE_TEST_SUITE_P(Codings, EveryCoding,
                         testing::Values(Coding{"gzip", "gzip"}, Coding{"x-gzip", "gzip"},
                                         Coding{"GZip", "gzip"}, Coding{"deflate", "zlib"},
                                         Coding{"deflate", "bare"}, Coding{"br", "br"},
                                         Coding{"zstd", "zstd"}, Coding{"ZStd", "zstd"}));

TEST_P(EveryCoding, GivesBackWhatWasPacked)
{
    for (const std::size_t size : {0u, 1u, 100u, 16384u, 16385u, 300'000u}) {
        const auto plain = text_of(size);
        EXPECT_EQ(decoded(name(), packed(plain)), plain) << size;
    }
}

TEST_P(EveryCoding, RefusesEveryTruncation)
{
    const auto whole = packed(text_of(200));
    for (std::size_t size = 1; size < whole.size(); ++size)
        ASSERT_EQ(error_of(name(), whole.substr(0, size)), Error::bad_content_coding) << size;
}

TEST_P(EveryCoding, BombsEndAtTheLimit)
{
    const auto bomb = packed(std::string(20'000'000, '0'));
    ASSERT_LT(bomb.size(), 100'000u);
    EXPECT_EQ(error_of(name(), bomb, 1'000'000), Error::body_too_large);
}

TEST_P(EveryCoding, TheLimitItselfIsAllowed)
{
    for (const std::size_t size : {1u, 1000u, 16384u, 70'000u}) {
        const auto body = packed(text_of(size));
        EXPECT_FALSE(error_of(name(), body, size)) << size;
        EXPECT_EQ(error_of(name(), body, size - 1), Error::body_too_large) << size;
    }
}

TEST_P(EveryCoding, AnEmptyBodyIsAnEmptyBody)
{
    EXPECT_EQ(decoded(name(), ""), "");
}

TEST(ContentCoding, GzipMayHaveSeveralMembers)
{
    EXPECT_EQ(decoded("gzip", compressed("first ", as_gzip) + compressed("second ", as_gzip) +
                                  compressed("third", as_gzip)),
              "first second third");
    const auto truncated =
        compressed("first", as_gzip) + compressed("second", as_gzip).substr(0, 12);
    EXPECT_EQ(error_of("gzip", truncated), Error::bad_content_coding);
}

TEST(ContentCoding, WhatFollowsTheGzipStreamIsIgnored)
{
    EXPECT_EQ(decoded("gzip", compressed("body", as_gzip) + std::string(8, '\0')), "body");
    EXPECT_EQ(decoded("gzip", compressed("body", as_gzip) + "padding"), "body");
}

TEST(ContentCoding, ASecondMemberThatIsNoneIsIgnored)
{
    auto damaged = compressed("second", as_gzip);
    damaged[10] = 7;  // a block of no known type
    EXPECT_EQ(decoded("gzip", compressed("first", as_gzip) + damaged), "first");
    EXPECT_EQ(decoded("gzip", compressed("first", as_gzip) + "\n"), "first");
    EXPECT_EQ(decoded("gzip", compressed("first", as_gzip) + "\x1f nothing of the kind"), "first");
}

TEST(ContentCoding, WhatFollowsADeflateStreamIsIgnored)
{
    EXPECT_EQ(decoded("deflate", compressed("body", as_zlib) + "padding"), "body");
    EXPECT_EQ(decoded("deflate", compressed("body", as_bare) + "padding"), "body");
}

TEST(ContentCoding, ZstdMayHaveSeveralFrames)
{
    const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
    EXPECT_EQ(decoded("zstd", zstd("first ") + skippable + zstd("second")), "first second");
    EXPECT_EQ(error_of("zstd", zstd("first") + zstd("second").substr(0, 9)),
              Error::bad_content_coding);
    EXPECT_EQ(error_of("zstd", zstd("first") + "something else"), Error::bad_content_coding);
}

TEST(ContentCoding, AZstdWindowBeyondReasonIsRefused)
{
    const std::string frame("\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00", 9);  // a window of 2 TiB
    EXPECT_EQ(error_of("zstd", frame), Error::bad_content_coding);
}

TEST(ContentCoding, BombsWithinBombsEndAtTheLimitToo)
{
    const auto bomb = brotli(compressed(std::string(20'000'000, '0'), as_gzip));
    EXPECT_EQ(error_of("gzip, br", bomb, 1'000'000), Error::body_too_large);
    EXPECT_EQ(error_of("gzip, br", brotli(std::string(20'000'000, '0')), 1'000'000),
              Error::body_too_large);
}

TEST(ContentCoding, FiveCodingsAreEnough)
{
    std::string body = "deep", names;
    for (std::size_t i = 0; i < most_codings; ++i) {
        body = compressed(body, as_gzip);
        names += i ? ", gzip" : "gzip";
    }
    EXPECT_EQ(decoded(names, body), "deep");
    EXPECT_EQ(error_of(names + ", gzip", compressed(body, as_gzip)), Error::bad_content_coding);
}

TEST(ContentCoding, BodiesThatAreNotWhatTheySayAreErrors)
{
    for (const char* coding : {"gzip", "deflate", "br", "zstd"})
        EXPECT_EQ(error_of(coding, "<html>plain text</html>"), Error::bad_content_coding) << coding;
    EXPECT_EQ(error_of("gzip", compressed("zlib", as_zlib)), Error::bad_content_coding);
}

TEST(ContentCoding, DamageInTheChecksumIsAnError)
{
    auto body = compressed("checked", as_gzip);
    body[body.size() - 6] ^= 1;
    EXPECT_EQ(error_of("gzip", body), Error::bad_content_coding);
}

TEST(ContentCoding, ListsAreUndoneFromTheLastToTheFirst)
{
    EXPECT_EQ(decoded("gzip, br", brotli(compressed("twice", as_gzip))), "twice");
    EXPECT_EQ(decoded(" deflate ,gzip ", compressed(compressed("twice", as_zlib), as_gzip)),
              "twice");
    EXPECT_EQ(decoded("gzip,\tbr", brotli(compressed("twice", as_gzip))), "twice");
}

TEST(ContentCoding, UnknownCodingsLeaveTheBodyAlone)
{
    EXPECT_EQ(decoded("zebra", "as it came"), "as it came");
    EXPECT_EQ(decoded("", "as it came"), "as it came");
    EXPECT_EQ(decoded("identity", "as it came"), "as it came");
    EXPECT_EQ(decoded("gzip, identity", compressed("unpacked", as_gzip)), "unpacked");
    EXPECT_EQ(decoded(", gzip,, ", compressed("unpacked", as_gzip)), "unpacked");
    EXPECT_EQ(decoded("zebra, gzip", compressed("striped", as_gzip)), "striped");
}

// In slices the same comes out as in one go, and no slice is much more work than it was allowed.
TEST_P(EveryCoding, IsUndoneInSlices)
{
    constexpr std::size_t slice = 4096, size = 5'000'000, limit = std::size_t{1} << 30;
    std::string plain;
    for (std::size_t i = 0; plain.size() < size; ++i)
        plain += std::to_string(i * i);
    Decoder decoder(name(), "head" + packed(plain), 4, limit);
    int slices = 1;
    while (decoder.resume(slice) == Decoder::Step::more)
        ++slices;
    EXPECT_FALSE(decoder.error());
    EXPECT_EQ(decoder.take(), "head" + plain);
    EXPECT_GE(slices, static_cast<int>(size / slice));
}

TEST_P(EveryCoding, ASmallBodyIsOneSlice)
{
    Decoder decoder(name(), "head" + packed(std::string(20'000, 'x')), 4, 1 << 20);
    EXPECT_EQ(decoder.resume(256 << 10), Decoder::Step::done);
    EXPECT_EQ(decoder.take(), "head" + std::string(20'000, 'x'));
}

TEST_P(EveryCoding, WhatFailsIsGivenBackAsItCame)
{
    const std::string given = "head" + packed(std::string(3'000'000, 'x'));
    Decoder decoder(name(), given, 4, 2'000'000);
    while (decoder.resume(10'000) == Decoder::Step::more)
        ;
    EXPECT_EQ(decoder.error(), Error::body_too_large);
    EXPECT_EQ(decoder.take(), given);
}

}  // namespace
}  // namespace locustella::http
