#include "http/response_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/error.hpp"
#include "unit/http/every_cut.hpp"

namespace locustella::http {
namespace {

TEST(ResponseParser, ContentLengthBodies)
{
    const auto r =
        parse_every_way("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 200);
    EXPECT_TRUE(r.keep_alive);
    EXPECT_FALSE(r.http_1_0);
    EXPECT_EQ(r.body, "hello");
    EXPECT_EQ(r.head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\n");
}

TEST(ResponseParser, EmptyBodies)
{
    const auto r = parse_every_way("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(r.complete);
    EXPECT_TRUE(r.keep_alive);
    EXPECT_EQ(r.body, "");
}

TEST(ResponseParser, LeavesWhatFollowsTheResponse)
{
    const auto r =
        parse_every_way("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Next\r\n\r\n");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "ok");
    EXPECT_EQ(r.unused, "HTTP/1.1 500 Next\r\n\r\n");
}

TEST(ResponseParser, ChunkedBodiesWithExtensionsAndTrailers)
{
    const auto r = parse_every_way(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n"
        "5;name=value\r\nhello\r\n1;quoted=\"a;b\"\r\n \r\n00000006\r\nworld!\r\n0;last\r\nSum: "
        "1\r\nMore: 2\r\n\r\nX");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "hello world!");
    EXPECT_EQ(r.unused, "X");
    EXPECT_TRUE(r.keep_alive);
}

TEST(ResponseParser, ChunkSizesInBothCasesOfHex)
{
    const auto r = parse_every_way(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
        "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "01234567890123456789a");
}

TEST(ResponseParser, ChunksThatAreNoneAreErrors)
{
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char* body :
         {"xyz\r\nabc\r\n", "-1\r\n", "5\r\nhelloXX5\r\n", "ffffffffffffffffff\r\n", "\r\nabc\r\n"})
        EXPECT_EQ(parse_every_way(head + body).error, Error::malformed_response) << body;
}

TEST(ResponseParser, AnswersToHeadHaveNoBody)
{
    for (const char* fields : {"Content-Length: 500\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
        const auto r = parse_every_way("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n",
                                       {.to_head = true});
        EXPECT_TRUE(r.complete) << fields;
        EXPECT_EQ(r.body, "") << fields;
    }
    EXPECT_TRUE(
        parse({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, {.to_head = true}).keep_alive);
}

TEST(ResponseParser, NoContentAndNotModifiedHaveNoBody)
{
    for (const char* line :
         {"HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n"}) {
        const auto r = parse_every_way(std::string(line) + "\r\n");
        EXPECT_TRUE(r.complete) << line;
        EXPECT_TRUE(r.keep_alive) << line;
    }
}

TEST(ResponseParser, InterimAnswersAreSkipped)
{
    const auto r = parse_every_way(
        "HTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 103 Early Hints\r\nSet-Cookie: early=1\r\nContent-Encoding: gzip\r\n\r\n"
        "HTTP/1.1 102\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.body, "ok");
    EXPECT_FALSE(r.sets_cookies);
    EXPECT_FALSE(r.coded);
    EXPECT_EQ(r.head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseParser, InterimAnswersToHeadAreSkippedToo)
{
    const auto r =
        parse_every_way("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                        {.to_head = true});
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 200);
}

TEST(ResponseParser, SwitchingProtocolsIsFinal)
{
    const auto r =
        parse_every_way("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes of x");
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.status, 101);
    EXPECT_EQ(r.unused, "bytes of x");
}

TEST(ResponseParser, CloseDelimitedBodies)
{
    const std::string message = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nuntil the end";
    const auto open = parse_every_way(message);
    EXPECT_FALSE(open.complete);
    EXPECT_FALSE(open.keep_alive);
    const auto closed = parse_every_way(message, {.then_closes = true});
    EXPECT_TRUE(closed.complete);
    EXPECT_EQ(closed.body, "until the end");
    EXPECT_FALSE(closed.keep_alive);
}

TEST(ResponseParser, TransferCodingsOtherThanChunkedEndWithTheConnection)
{
    const auto r = parse_every_way("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\npacked",
                                   {.then_closes = true});
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.body, "packed");
}

struct KeepAlive {
    const char* head;
    bool keeps;
};

TEST(ResponseParser, KnowsWhetherTheConnectionStays)
{
    for (const auto& [head, keeps] : std::vector<KeepAlive>{
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", true},
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n", false},
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n", false},
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close\r\n", false},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", false},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n", true},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n", true}}) {
        const auto r = parse_every_way(std::string(head) + "\r\n");
        EXPECT_TRUE(r.complete) << head;
        EXPECT_EQ(r.keep_alive, keeps) << head;
        EXPECT_EQ(r.http_1_0, std::string_view(head).starts_with("HTTP/1.0")) << head;
    }
}

TEST(ResponseParser, RepeatedEqualContentLengthsAreOne)
{
    for (const char* fields :
         {"Content-Length: 2\r\nContent-Length: 2\r\n", "Content-Length: 2, 2\r\n"}) {
        const auto r = parse_every_way("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nok");
        EXPECT_TRUE(r.complete) << fields;
        EXPECT_EQ(r.body, "ok") << fields;
    }
}

TEST(ResponseParser, ConflictingAndBadContentLengthsAreErrors)
{
    for (const char* fields :
         {"Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2, 3\r\n",
          "Content-Length: -2\r\n", "Content-Length: two\r\n", "Content-Length: 0x2\r\n",
          "Content-Length: 99999999999999999999\r\n"})
        EXPECT_EQ(parse_every_way("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nok").error,
                  Error::malformed_field)
            << fields;
}

// As http.client has it, and RFC 9112 section 6.3: the coding overrides the length.
TEST(ResponseParser, ChunkedWinsOverContentLength)
{
    for (const char* fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                               "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"}) {
        const auto r = parse_every_way("HTTP/1.1 200 OK\r\n" + std::string(fields) +
                                       "\r\n2\r\nok\r\n0\r\n\r\n");
        EXPECT_TRUE(r.complete) << fields;
        EXPECT_EQ(r.body, "ok") << fields;
    }
}

TEST(ResponseParser, TellsCodedBodiesAndCookies)
{
    const auto r = parse_every_way(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nSET-COOKIE: a=1\r\n"
        "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(r.coded);
    EXPECT_TRUE(r.sets_cookies);
    EXPECT_FALSE(
        parse({"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 0\r\n\r\n"})
            .coded);
}

TEST(ResponseParser, BodiesMayHaveAnyByte)
{
    std::string body;
    for (int byte = 0; byte < 256; ++byte)
        body += static_cast<char>(byte);
    const auto r = parse_every_way("HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n" + body);
    EXPECT_EQ(r.body, body);
}

TEST(ResponseParser, AParserServesOneMessageAfterAnother)
{
    const Limits limits;
    ResponseParser parser(limits);
    for (const char* body : {"one", "three", ""}) {
        parser.begin(false);
        EXPECT_FALSE(parser.started());
        EXPECT_FALSE(parser.has_head());
        EXPECT_FALSE(parser.complete());
        const auto message =
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(std::string_view(body).size()) +
            "\r\n\r\n" + body;
        std::error_code ec;
        EXPECT_EQ(parser.put(message, ec), message.size());
        EXPECT_FALSE(ec);
        EXPECT_TRUE(parser.started());
        EXPECT_TRUE(parser.complete());
        EXPECT_EQ(parser.response().body(), body);
    }
}

TEST(ResponseParser, AHugeContentLengthCostsNoMemoryInAdvance)
{
    const Limits limits;
    ResponseParser parser(limits);
    parser.begin(false);
    parser.hold_body(false);
    std::error_code ec;
    parser.put("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nbody", ec);
    EXPECT_FALSE(ec);
    EXPECT_FALSE(parser.complete());
    EXPECT_LE(parser.response().bytes.capacity(), std::size_t{16} << 20);
}

TEST(ResponseParser, WithoutBeginItHasNothing)
{
    const Limits limits;
    const ResponseParser parser(limits);
    EXPECT_FALSE(parser.has_head());
    EXPECT_FALSE(parser.complete());
    EXPECT_FALSE(parser.started());
}

}  // namespace
}  // namespace locustella::http
