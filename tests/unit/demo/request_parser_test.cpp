#include "demo/request_parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace locustella::demo {
namespace {

using Outcome = RequestParser::Outcome;

// What a request said, kept beyond the parser's next step.
struct Kept {
    Method method;
    std::string target, path, query, body, host;
    bool keep_alive;

    bool operator==(const Kept&) const = default;
};

Kept keep(const Request& r)
{
    return {r.method,
            std::string{r.target},
            std::string{r.path},
            std::string{r.query},
            std::string{r.body},
            std::string{r.header("host").value_or("")},
            r.keep_alive};
}

struct Parsed {
    std::vector<Kept> requests;
    int continues = 0;
    int failure = 0;
    std::size_t held = 0;
};

Parsed parse_pieces(const std::vector<std::string>& pieces, const Limits& limits = {})
{
    RequestParser parser{limits};
    Request request;
    Parsed parsed;
    for (const auto& piece : pieces) {
        const auto bytes = std::make_unique<std::string>(piece);  // gone before the next one comes
        parser.feed(*bytes);
        for (bool going_on = true; going_on;) {
            switch (parser.next(request)) {
            case Outcome::complete: parsed.requests.push_back(keep(request)); break;
            case Outcome::need_continue: ++parsed.continues; break;
            case Outcome::need_more:
            case Outcome::failed: going_on = false;
            }
        }
        parser.release();
    }
    parsed.failure = parser.failure();
    parsed.held = parser.held();
    return parsed;
}

Parsed parse(const std::string& text, const Limits& limits = {})
{
    return parse_pieces({text}, limits);
}

int status_for(const std::string& text, const Limits& limits = {})
{
    return parse(text, limits).failure;
}

TEST(RequestParser, ReadsARequestInFull)
{
    const auto parsed = parse(
        "POST /cart/7?a=1&b=2 HTTP/1.1\r\nHost: shop\r\nX-Empty:\r\n"
        "content-LENGTH: 5 \r\n\r\nhello");
    ASSERT_EQ(parsed.requests.size(), 1u);
    EXPECT_EQ(parsed.requests[0],
              (Kept{Method::post, "/cart/7?a=1&b=2", "/cart/7", "a=1&b=2", "hello", "shop", true}));
    EXPECT_EQ(parsed.held, 0u);
}

TEST(RequestParser, FindsFieldsWhateverTheirCaseAndTrimsThem)
{
    const std::string text =
        "GET / HTTP/1.1\r\nHOST: a\r\nx-thing: \t one two \t\r\nX-Thing: 3\r\n\r\n";
    const Limits limits;
    RequestParser parser{limits};
    Request request;
    parser.feed(text);
    ASSERT_EQ(parser.next(request), Outcome::complete);
    EXPECT_EQ(request.header("X-THING"), "one two");
    EXPECT_EQ(request.header("x-other"), std::nullopt);
    EXPECT_EQ(request.fields().size(), 3u);
}

// The stream that the splitting tests cut up: lengths, chunks with extensions and trailers, none.
const std::string several =
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    "POST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 11\r\n\r\nhello\r\nworl"
    "PUT /3?q HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=\"y\"\r\nabcde\r\n0a\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
    "\r\nDELETE /4 HTTP/1.0\r\n\r\n"
    "GET /5 HTTP/1.1\r\nHost: e\r\nConnection: x, Close\r\n\r\n";

TEST(RequestParser, SeparatesPipelinedRequests)
{
    const auto parsed = parse(several);
    ASSERT_EQ(parsed.requests.size(), 5u);
    EXPECT_EQ(parsed.requests[1].body, "hello\r\nworl");
    EXPECT_EQ(parsed.requests[2].body, "abcde0123456789");
    EXPECT_EQ(parsed.requests[3].method, Method::del);
    EXPECT_FALSE(parsed.requests[3].keep_alive);
    EXPECT_TRUE(parsed.requests[2].keep_alive);
    EXPECT_FALSE(parsed.requests[4].keep_alive);
    EXPECT_EQ(parsed.held, 0u);
}

TEST(RequestParser, SeesTheSameRequestsWhereverTheBytesAreSplit)
{
    const auto whole = parse(several).requests;
    for (std::size_t first = 0; first <= several.size(); ++first)
        for (std::size_t second = first; second <= several.size(); second += 7) {
            const auto parsed =
                parse_pieces({several.substr(0, first), several.substr(first, second - first),
                              several.substr(second)});
            ASSERT_EQ(parsed.failure, 0) << first << ", " << second;
            ASSERT_EQ(parsed.requests, whole) << first << ", " << second;
        }
}

TEST(RequestParser, SeesTheSameRequestsByteByByte)
{
    std::vector<std::string> bytes;
    for (const char c : several)
        bytes.emplace_back(1, c);
    EXPECT_EQ(parse_pieces(bytes).requests, parse(several).requests);
}

TEST(RequestParser, TakesTheFormsOfATarget)
{
    const auto target_of = [](const std::string& line) {
        const auto parsed = parse(line + " HTTP/1.1\r\nHost: a\r\n\r\n");
        return parsed.requests.empty() ? "?" : parsed.requests[0].target;
    };
    EXPECT_EQ(target_of("GET http://shop:80/a?b"), "/a?b");
    EXPECT_EQ(target_of("GET HTTPS://shop"), "/");
    EXPECT_EQ(target_of("GET http://shop?b"), "?b");
    EXPECT_EQ(target_of("OPTIONS *"), "*");
    EXPECT_EQ(target_of("GET *"), "?");
    EXPECT_EQ(target_of("GET shop"), "?");
    EXPECT_EQ(parse("GET http://shop?b HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).path, "/");
}

TEST(RequestParser, KeepsAliveAsTheVersionAndTheClientSay)
{
    const auto keeps = [](const std::string& version, const std::string& connection) {
        return parse("GET / HTTP/" + version + "\r\nHost: a\r\n" + connection + "\r\n")
            .requests.at(0)
            .keep_alive;
    };
    EXPECT_TRUE(keeps("1.1", ""));
    EXPECT_TRUE(keeps("1.1", "Connection: keep-alive\r\n"));
    EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
    EXPECT_FALSE(keeps("1.0", ""));
    EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestParser, RefusesWhatIsNotARequest)
{
    for (const std::string text : {
             "GET /\r\n\r\n",
             "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / / HTTP/1.1\r\nHost: a\r\n\r\n",
             "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / http/1.1\r\nHost: a\r\n\r\n",
             "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",  // no Host
             "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
             "chunked\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
             "Transfer-Encoding: chunked\r\n\r\n",
             "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1z\r\na\r\n",
         })
        EXPECT_EQ(status_for(text), 400) << text;
}

TEST(RequestParser, RefusesAtOnceWhatWillNeverBecomeARequest)
{
    EXPECT_EQ(status_for("\x16\x03\x01\x02"), 400);    // TLS
    EXPECT_EQ(status_for("GET / HTTP/1.0\n\n"), 400);  // lines that end in LF alone
    EXPECT_EQ(status_for("GET / HTTP/1.1\r"), 0);
    EXPECT_EQ(status_for("\r"), 0);
}

TEST(RequestParser, NamesTheOtherRefusals)
{
    EXPECT_EQ(status_for("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
    EXPECT_EQ(status_for("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
    EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
              501);
}

TEST(RequestParser, LimitsLineHeadFieldsAndBody)
{
    const Limits limits{.request_line = 100, .head = 400, .body = 10};
    const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
    const auto with_head_of = [&](std::size_t size) {
        return start + "X: " + std::string(size - start.size() - 7, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(status_for("GET /" + std::string(100, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits),
              414);
    EXPECT_EQ(status_for("GET /" + std::string(100, 'x'), limits), 414);
    EXPECT_EQ(status_for(with_head_of(400), limits), 0);
    EXPECT_EQ(status_for(with_head_of(401), limits), 431);
    EXPECT_EQ(status_for(start + "X: " + std::string(400, 'x'), limits), 431);
    EXPECT_EQ(status_for(start + "Content-Length: 10\r\n\r\n", limits), 0);
    EXPECT_EQ(status_for(start + "Content-Length: 11\r\n\r\n", limits), 413);
    EXPECT_EQ(status_for(start + "Content-Length: 99999999999999999999999\r\n\r\n", limits), 413);
    const auto chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(status_for(chunked + "8\r\n01234567\r\n2\r\n01\r\n0\r\n\r\n", limits), 0);
    EXPECT_EQ(status_for(chunked + "8\r\n01234567\r\n3\r\n", limits), 413);
    EXPECT_EQ(status_for(chunked + "ffffffffffffffffffff\r\n", limits), 413);

    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < Request::max_fields; ++i)
        many += "a: b\r\n";
    EXPECT_EQ(status_for(many + "\r\n"), 0);
    EXPECT_EQ(status_for(many + "a: b\r\n\r\n"), 431);
}

TEST(RequestParser, HoldsNoMoreOfAChunkedBodyThanItMust)
{
    const Limits limits;
    RequestParser parser{limits};
    Request request;
    parser.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(parser.next(request), Outcome::need_more);
    parser.release();
    for (int i = 0; i < 1000; ++i) {
        parser.feed("8\r\n01234567\r\n");
        EXPECT_EQ(parser.next(request), Outcome::need_more);
        parser.release();
        ASSERT_LT(parser.held(), 100u);
    }
    parser.feed("0\r\n\r\n");
    ASSERT_EQ(parser.next(request), Outcome::complete);
    EXPECT_EQ(request.body.size(), 8000u);
}

TEST(RequestParser, AsksForTheBodyOnceWhenTheClientWaitsForThat)
{
    const std::string head =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    const auto waiting = parse_pieces({head, "a", "b", head, "cd"});
    EXPECT_EQ(waiting.continues, 2);
    ASSERT_EQ(waiting.requests.size(), 2u);
    EXPECT_EQ(waiting.requests[1].body, "cd");

    EXPECT_EQ(parse(head + "ab").continues, 0);  // it did not wait
    const auto chunked =
        parse_pieces({"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n",
                      "1\r\n", "a\r\n0\r\n\r\n"});
    EXPECT_EQ(chunked.continues, 1);
    EXPECT_EQ(chunked.requests.at(0).body, "a");
}

TEST(RequestParser, SurvivesAnyChangeOfAnyByte)
{
    std::mt19937 random{7};
    for (int round = 0; round < 20'000; ++round) {
        auto text = several;
        for (int change = 0; change < 3; ++change)
            text[random() % text.size()] = static_cast<char>(random());
        const auto cut = random() % text.size();
        const auto whole = parse(text);
        const auto split = parse_pieces({text.substr(0, cut), text.substr(cut)});
        ASSERT_EQ(whole.requests, split.requests) << round;
        ASSERT_EQ(whole.failure == 0, split.failure == 0) << round;
        ASSERT_LE(whole.requests.size(), 6u);
    }
}

}  // namespace
}  // namespace locustella::demo
