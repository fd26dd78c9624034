// Limits: what a response may cost, and that each says which one was met, however the bytes are
// cut.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/error.hpp"
#include "unit/http/every_cut.hpp"

namespace locustella::http {
namespace {

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(ResponseLimits, HeadsBeyondTheLimit)
{
    const Limits limits{.head = 200};
    for (const char* line : {"A: 1\r\n", "A: 1\n"}) {
        const auto head = "HTTP/1.1 200 OK\r\n" + repeated(line, 40);
        EXPECT_EQ(parse_every_way(head + "\r\n", {.limits = limits}).error, Error::head_too_large);
        EXPECT_EQ(parse_every_way(head, {.limits = limits}).error, Error::head_too_large)
            << "an endless head must not be waited for";
    }
    const std::string line(220, 'x');
    EXPECT_EQ(parse_every_way("HTTP/1.1 200 " + line, {.limits = limits}).error,
              Error::head_too_large);
    EXPECT_EQ(parse_every_way("HTTP/1.1 200 OK\r\nA: " + line, {.limits = limits}).error,
              Error::head_too_large);
}

TEST(ResponseLimits, AHeadAsLargeAsTheLimitIsTaken)
{
    std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
    head += std::string(196 - head.size(), 'x') + "\r\n\r\n";
    EXPECT_TRUE(parse_every_way(head, {.limits = {.head = 200}}).complete);
    EXPECT_EQ(parse_every_way(head, {.limits = {.head = 199}}).error, Error::head_too_large);
}

TEST(ResponseLimits, TheDefaultsAreFarBeyondWhatServersSend)
{
    const auto head =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + repeated("X-Filler: 0123456789\r\n", 990);
    EXPECT_TRUE(parse({head + "\r\n"}).complete);
    EXPECT_EQ(parse({head, repeated("A: 1\r\n", 20)}).error, Error::too_many_fields);
    EXPECT_EQ(parse({"HTTP/1.1 200 OK\r\nA: " + std::string(262'200, 'x')}).error,
              Error::head_too_large);
}

TEST(ResponseLimits, AsManyFieldsAsTheLimitSays)
{
    const auto head = [](std::size_t fields) {
        return "HTTP/1.1 204 No Content\r\n" + repeated("A: 1\r\n", fields) + "\r\n";
    };
    EXPECT_TRUE(parse_every_way(head(20), {.limits = {.fields = 20}}).complete);
    EXPECT_EQ(parse_every_way(head(21), {.limits = {.fields = 20}}).error, Error::too_many_fields);
    EXPECT_TRUE(parse_every_way(head(0), {.limits = {.fields = 0}}).complete);
}

TEST(ResponseLimits, OfTwoLimitsTheOneThatIsMetFirstIsNamed)
{
    const auto many = "HTTP/1.1 200 OK\r\n" + repeated("A:\n", 50);
    EXPECT_EQ(parse_every_way(many + std::string(300, 'x'), {.limits = {.head = 200, .fields = 20}})
                  .error,
              Error::too_many_fields);
    for (const char* behind : {"A", "\r\x02", "\n"})
        for (std::uint32_t head = 20; head < 32; ++head)
            parse_every_way(std::string("HTTP/1.1 200 \nA:\nB:\nC:\nD:\n") + behind + "..",
                            {.limits = {.head = head, .fields = 3}});
    EXPECT_EQ(parse_every_way("HTTP/1.1 200 " + std::string(200, 'x') + many,
                              {.limits = {.head = 200, .fields = 20}})
                  .error,
              Error::head_too_large);
}

TEST(ResponseLimits, BodiesOfEveryFraming)
{
    const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
                      chunked =
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n",
                      until_close = "HTTP/1.1 200 OK\r\n\r\n0123456789";
    for (const auto& message : {length, chunked, until_close}) {
        EXPECT_EQ(parse_every_way(message, {.then_closes = true, .limits = {.body = 10}}).body,
                  "0123456789");
        EXPECT_EQ(parse_every_way(message, {.then_closes = true, .limits = {.body = 9}}).error,
                  Error::body_too_large);
    }
    EXPECT_TRUE(parse_every_way("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
                                {.to_head = true, .limits = {.body = 1}})
                    .complete)
        << "what is not sent has no size";
}

TEST(ResponseLimits, ALengthBeyondTheLimitIsRefusedBeforeItComes)
{
    EXPECT_EQ(parse({"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx"}).error,
              Error::body_too_large);
    EXPECT_EQ(
        parse({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"}).error,
        Error::body_too_large);
}

TEST(ResponseLimits, AStreamedBodyIsTakenOutAndHasNone)
{
    const Limits limits{.body = 4};
    ResponseParser parser(limits);
    parser.begin(false);
    parser.hold_body(false);
    std::error_code ec;
    parser.put("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234567", ec);
    EXPECT_FALSE(ec);
    parser.hold_body(true);  // a redirect's, say, that nobody takes out
    parser.put("89", ec);
    EXPECT_EQ(ec, Error::body_too_large);
}

TEST(ResponseLimits, InterimAnswersWithoutEnd)
{
    const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n",
                      ok = "HTTP/1.1 204 No Content\r\n\r\n";
    EXPECT_TRUE(parse_every_way(repeated(interim, 5) + ok, {.limits = {.interim = 5}}).complete);
    EXPECT_EQ(parse_every_way(repeated(interim, 6) + ok, {.limits = {.interim = 5}}).error,
              Error::too_many_interim);
    EXPECT_EQ(parse({repeated(interim, 101)}).error, Error::too_many_interim);
}

TEST(ResponseLimits, LinesOfAChunkedBodyWithoutEnd)
{
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                      endless(70'000, 'x');
    EXPECT_EQ(parse({head, "5;ext=" + endless}).error, Error::head_too_large);
    EXPECT_EQ(parse({head, "0\r\nX: " + endless}).error, Error::head_too_large);
    EXPECT_EQ(parse({head, "0\r\n" + repeated("X: 1\r\n", 50'000)}).error, Error::head_too_large);
}

TEST(ChunkLines, TheNumberCounts)
{
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char* line : {"5\r\n", "5  \r\n", " 5\r\n", "\t5 \r\n", "005\r\n", "5;a=b\r\n",
                             "5 ; a\r\n", "5;=\r\n", "5;\"\r\n", "5; a = \"x;y\" ;\r\n"}) {
        const auto r = parse_every_way(head + line + "hello\r\n" + line + "again\r\n0  \r\n\r\n");
        EXPECT_TRUE(r.complete) << line;
        EXPECT_EQ(r.body, "helloagain") << line;
    }
    for (const char* line : {"\r\n", " \r\n", ";a\r\n", "x5\r\n", "+5\r\n", "-5\r\n", "0x5\r\n",
                             "5 5\r\n", "5_0\r\n", "ffffffffffffffffff\r\n", "5\rx\r\n"}) {
        const auto r = parse_every_way(head + line + "hello\r\n0\r\n\r\n");
        EXPECT_EQ(r.error, Error::malformed_response) << line;
    }
    const auto r = parse_every_way(head + "5\r\nhelloXX0\r\n\r\n");
    EXPECT_EQ(r.error, Error::malformed_response) << "a chunk ends in CR LF";
}

std::string bad_line_of(std::string_view message)
{
    const Limits limits;
    ResponseParser parser(limits);
    parser.begin(false);
    std::error_code ec;
    parser.put(message, ec);
    EXPECT_TRUE(ec) << message;
    return parser.bad_line();
}

TEST(BadLines, AreNamed)
{
    EXPECT_EQ(bad_line_of("SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(bad_line_of("HTTP/1.1 2000 OK\r\n\r\n"), "HTTP/1.1 2000 OK\r\n");
    EXPECT_EQ(bad_line_of("HTTP/1.1 200 OK\r\nGood: 1\r\nBad Name: 1\r\n\r\n"), "Bad Name: 1\r\n");
    EXPECT_EQ(bad_line_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
              "Content-Length: 6\r\n");
    EXPECT_EQ(bad_line_of("HTTP/1.1 200 " + std::string(5000, '\0') + "\r\n\r\n").size(), 100u);
    EXPECT_EQ(
        bad_line_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"),
        "zz\r\n");
}

TEST(BadFields, EachKind)
{
    for (const char* field :
         {"Bad Name: 1", ": no name", "A : 1", "Content-Length: x", "Content-Length: -1",
          "Content-Length: 5, 6", "Content-Length: 5\r\nContent-Length: 6",
          "Content-Length: 99999999999999999999", "Content-Length: 0x5", "Content-Length:",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "A\rB: 1"}) {
        EXPECT_EQ(
            parse_every_way(std::string("HTTP/1.1 200 OK\r\n") + field + "\r\n\r\nhello").error,
            Error::malformed_field)
            << field;
    }
}

}  // namespace
}  // namespace locustella::http
