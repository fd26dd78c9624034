// What strict parsing refuses but servers send, what nobody should take, and the endings in
// between.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/error.hpp"
#include "http/header_block.hpp"
#include "unit/http/every_cut.hpp"

namespace locustella::http {
namespace {

TEST(LenientResponse, AMissingReason)
{
    for (const char* line :
         {"HTTP/1.1 200\r\n", "HTTP/1.1 200 \r\n", "HTTP/1.0 200\r\n", "HTTP/1.1 200\n"}) {
        const auto r = parse_every_way(std::string(line) + "Content-Length: 2\r\n\r\nok");
        EXPECT_TRUE(r.complete) << line;
        EXPECT_EQ(r.status, 200) << line;
        EXPECT_EQ(r.body, "ok") << line;
    }
}

TEST(LenientResponse, AMissingReasonWithoutFields)
{
    const auto r = parse_every_way("HTTP/1.1 204\r\n\r\nnext");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 204);
    EXPECT_EQ(r.unused, "next");
}

TEST(LenientResponse, LinesThatEndInABareLineFeed)
{
    const auto r = parse_every_way("HTTP/1.1 200 OK\nContent-Length: 5\nX-Two: 2\n\nhello");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.body, "hello");
    EXPECT_EQ(HeaderBlock(r.head).find("x-two"), "2");
}

TEST(LenientResponse, BareLineFeedsAmongProperOnes)
{
    for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 5\nA: 1\r\n\r\n",
                             "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\n"}) {
        const auto r = parse_every_way(std::string(head) + "hello");
        EXPECT_TRUE(r.complete) << head;
        EXPECT_EQ(r.body, "hello") << head;
    }
}

TEST(LenientResponse, ABareLineFeedHeadEndsBeforeABodyThatLooksLikeAHead)
{
    const auto r = parse_every_way("HTTP/1.1 200 OK\nContent-Length: 15\n\nA: 1\r\nB: 2\r\n\r\n!");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "A: 1\r\nB: 2\r\n\r\n!");
}

TEST(LenientResponse, ABareLineFeedHeadWithoutALength)
{
    const auto r =
        parse_every_way("HTTP/1.0 200 OK\nServer: x\n\nuntil the end", {.then_closes = true});
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "until the end");
}

TEST(LenientResponse, FoldedFieldsAreOneLine)
{
    const auto r = parse_every_way(
        "HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree: four\r\nContent-Length:\r\n 2\r\n"
        "Location:\r\n  /next\r\n\r\nok");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "ok");
    EXPECT_EQ(HeaderBlock(r.head).find("location"), "/next");
    EXPECT_EQ(HeaderBlock(r.head).find("content-length"), "2");
    EXPECT_EQ(HeaderBlock(r.head).find("\tthree"), std::nullopt);
    const auto folded = HeaderBlock(r.head).find("x-long");
    ASSERT_TRUE(folded);
    EXPECT_TRUE(folded->starts_with("one") && folded->ends_with("three: four")) << *folded;
    EXPECT_NE(folded->find("two"), std::string_view::npos) << *folded;
    EXPECT_EQ(folded->find('\n'), std::string_view::npos) << *folded;
}

TEST(LenientResponse, LinesThatAreNoFieldsAreDropped)
{
    const auto r = parse_every_way("HTTP/1.1 200 OK\r\nnot a field\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "ok");
    EXPECT_EQ(r.head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
}

TEST(LenientResponse, ValuesBeyondAscii)
{
    const auto r = parse_every_way(
        "HTTP/1.1 200 Tr\xc3\xa8s bien\r\nX: caf\xc3\xa9 \xff\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(HeaderBlock(r.head).find("x"), "caf\xc3\xa9 \xff");
}

TEST(LenientResponse, UnusualStatuses)
{
    for (const int status : {200, 299, 418, 451, 599, 600, 999}) {
        const auto r = parse_every_way("HTTP/1.1 " + std::to_string(status) +
                                       " X\r\nContent-Length: 0\r\n\r\n");
        EXPECT_TRUE(r.complete) << status;
        EXPECT_EQ(r.status, status);
    }
}

TEST(RefusedResponse, WhatIsNotHttpIsSeenFromItsFirstByte)
{
    for (const char* text :
         {"SSH-2.0-OpenSSH_9.2\r\n", "220 mail.test ESMTP\r\n", "<html>", "\x15\x03\x01",
          "http/1.1 200 OK\r\n", "\r\nHTTP/1.1 200 OK\r\n", "HTTX", "H\n", " "})
        EXPECT_EQ(parse_every_way(text).error, Error::malformed_response) << text;
}

TEST(RefusedResponse, BrokenHeads)
{
    for (const char* head :
         {"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
          "HTTP/1.1  200 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n",
          "HTTP/11 200 OK\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 000 OK\r\n\r\n"})
        EXPECT_EQ(parse_every_way(head).error, Error::malformed_response) << head;
}

TEST(RefusedResponse, NulsInTheHead)
{
    using std::string_literals::operator""s;
    EXPECT_EQ(parse_every_way("HTTP/1.1 200 \0\r\n\r\n"s).error, Error::malformed_response);
    for (const auto& head : {"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"s,
                             "HTTP/1.1 200 OK\r\nA\0: 1\r\n\r\n"s, "HTTP/1.1 200 OK\nA: \0\n\n"s})
        EXPECT_EQ(parse_every_way(head).error, Error::malformed_field);
}

TEST(EndOfStream, BeforeAnyByteThereWasNoResponse)
{
    EXPECT_EQ(parse_every_way("", {.then_closes = true}).error, Error::closed_before_response);
}

TEST(EndOfStream, InTheHeadItIsIncomplete)
{
    for (const char* text : {"H", "HTTP/1.1 200", "HTTP/1.1 200\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\n",
                             "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP"})
        EXPECT_EQ(parse_every_way(text, {.then_closes = true}).error, Error::incomplete_head)
            << text;
}

TEST(EndOfStream, InTheBodyItIsIncomplete)
{
    for (const char* text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r"})
        EXPECT_EQ(parse_every_way(text, {.then_closes = true}).error, Error::incomplete_body)
            << text;
}

TEST(EndOfStream, BehindTheLastChunkTheBodyIsComplete)
{
    const std::string chunks =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
    for (const char* end : {"", "\r", "X-Trailer: 1\r\n", "X-Tra"}) {
        const auto r = parse_every_way(chunks + end, {.then_closes = true});
        EXPECT_TRUE(r.complete) << end;
        EXPECT_EQ(r.body, "hello");
    }
}

TEST(EndOfStream, EveryPrefixOfAResponseIsAnErrorAndNeverShort)
{
    for (const std::string_view message :
         {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"})
        for (std::size_t size = 0; size < message.size(); ++size) {
            const auto begun = message.substr(0, size);
            const auto r = parse({begun}, {.then_closes = true});
            if (begun.ends_with("0\r\n") || begun.ends_with("0\r\n\r")) {
                ASSERT_EQ(r.body, "abc") << size;
                continue;
            }
            ASSERT_TRUE(r.error == Error::closed_before_response ||
                        r.error == Error::incomplete_head || r.error == Error::incomplete_body)
                << size;
        }
}

}  // namespace
}  // namespace locustella::http
