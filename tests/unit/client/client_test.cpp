// The client's ordinary day: what goes out, what comes back, and which connections serve again.
#include "client/client.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

std::string host_of(const Server& server)
{
    return Url::parse(server.url())->origin.host_header();
}

TEST_F(ClientTest, SendsExactlyTheRequestItWasGiven)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url("/form?a=b#part"));
    exchange.request.fields = "User-Agent: x\r\nContent-Length: 4\r\n";
    exchange.request.body = "body";
    start(exchange);
    EXPECT_EQ(next_request(server).request,
              "POST /form?a=b HTTP/1.1\r\nHost: " + host_of(server) +
                  "\r\nUser-Agent: x\r\nContent-Length: 4\r\n\r\nbody");
    client_->abandon(exchange);
}

TEST_F(ClientTest, TheCallersHostReplacesOurs)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.fields = "Host: virtual.test\r\n";
    exchange.request.names_host = true;
    start(exchange);
    EXPECT_EQ(next_request(server).request, "GET / HTTP/1.1\r\nHost: virtual.test\r\n\r\n");
    client_->abandon(exchange);
}

TEST_F(ClientTest, BringsTheResponse)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("hello", "X-Own: 1\r\n"); };
    Waiting& exchange = complete(get(server));
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_EQ(exchange.response.body(), "hello");
    EXPECT_EQ(exchange.response.head(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Own: 1\r\n\r\n");
    EXPECT_EQ(exchange.resumed, 1);
    EXPECT_TRUE(exchange.history.empty());
}

TEST_F(ClientTest, EveryKindOfBodyArrives)
{
    struct Row {
        const char* method;
        const char* answer;
        const char* body;
    };
    Server& server = start_server();
    std::string answer;
    server.answers = [&](auto&) { return answer; };
    for (const auto& row : std::vector<Row>{
             {"GET",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n",
              "abc"},
             {"GET", "HTTP/1.1 204 No Content\r\n\r\n", ""},
             {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", ""},
             {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", ""},
             {"GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
              "ok"},
             {"OPTIONS", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""},
             {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
              "x"}}) {
        answer = row.answer;
        Waiting& exchange = complete(start(request(row.method, server.url())));
        EXPECT_FALSE(exchange.failure) << row.answer << exchange.failure.code.message();
        EXPECT_EQ(exchange.response.body(), row.body) << row.answer;
    }
    EXPECT_EQ(server.connections.size(), 1u) << "every one of them leaves the connection usable";
}

TEST_F(ClientTest, AHeadThatComesInPiecesIsKeptWhole)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    Served& served = next_request(server);
    const std::string answer = ok("hello", "Set-Cookie: a=1\r\nX-Last: yes\r\n");
    for (const char byte : answer) {
        served.socket->send({&byte, 1});
        settle(1);
    }
    finish(exchange);
    EXPECT_EQ(exchange.response.bytes, answer);
    EXPECT_EQ(client_->cookies().cookies().size(), 1u);
}

TEST_F(ClientTest, CodedBodiesAreDecoded)
{
    using std::string_literals::operator""s;
    const auto gzip =
        "\x1f\x8b\x08\0\0\0\0\0\2\x03\x4b\xce\x4f\x49\x4d\x01\0\x8a\x44\x7e\x66\x05\0\0\0"s;
    Server& server = start_server();
    server.answers = [&](const std::string& request) {
        return request.starts_with("GET /good") ? ok(gzip, "Content-Encoding: gzip\r\n")
                                                : ok("nonsense", "Content-Encoding: gzip\r\n");
    };
    Waiting& good = complete(get(server, "/good"));
    EXPECT_FALSE(good.failure) << good.failure.code.message();
    EXPECT_EQ(good.response.body(), "coded");
    Waiting& bad = complete(get(server, "/bad"));
    EXPECT_EQ(bad.failure.stage, Stage::decode);
    EXPECT_EQ(bad.failure.code, Error::bad_content_coding);
    EXPECT_EQ(bad.response.status, 200);
    EXPECT_FALSE(complete(start(request("HEAD", server.url("/good")))).failure);
}

TEST_F(ClientTest, AKeptConnectionServesAgain)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    for (int i = 0; i < 20; ++i) {
        Waiting& exchange = complete(get(server));
        EXPECT_FALSE(exchange.failure);
        EXPECT_EQ(exchange.reused, i > 0);
    }
    EXPECT_EQ(server.connections.size(), 1u);
    EXPECT_EQ(context_.counts.opened, 1u);
    EXPECT_EQ(context_.counts.reused, 19u);
}

TEST_F(ClientTest, AnExchangeMayServeAgainToo)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /bad") ? std::string("nonsense") : ok("x");
    };
    Waiting& exchange = request("GET", server.url("/bad"));
    complete(exchange);
    EXPECT_EQ(exchange.failure.code, Error::malformed_response);
    exchange.request.target = "/good";
    complete(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.body(), "x");
}

TEST_F(ClientTest, ConnectionsThatEndAreNotUsedAgain)
{
    Server& server = start_server();
    std::string answer;
    server.answers = [&](auto&) { return answer; };
    for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxMORE",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
                             "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"}) {
        answer = text;
        Waiting& exchange = complete(get(server));
        EXPECT_EQ(exchange.response.body(), "x") << text;
        EXPECT_FALSE(exchange.reused) << text;
    }
    EXPECT_EQ(server.connections.size(), 3u);
}

TEST_F(ClientTest, ABodyMayEndWithTheConnection)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\n\r\nfirst, ");
    settle();
    EXPECT_FALSE(exchange.done);
    served.socket->send("second");
    served.socket->close();
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.body(), "first, second");
}

TEST_F(ClientTest, ExchangesAtTheSameTimeHaveAConnectionEach)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) { return ok(request.substr(4, 2)); };
    for (int go = 0; go < 3; ++go) {
        std::vector<Waiting*> together;
        for (const char* target : {"/a", "/b", "/c", "/d"})
            together.push_back(&get(server, target));
        for (std::size_t i = 0; i < together.size(); ++i) {
            finish(*together[i]);
            EXPECT_FALSE(together[i]->failure);
            EXPECT_EQ(together[i]->response.body(), std::string("/") + "abcd"[i]);
        }
    }
    EXPECT_EQ(server.connections.size(), 4u);
}

TEST_F(ClientTest, AnExchangeStartedBesideOneThatIsUnderWayGetsItsOwnConnection)
{
    Server& server = start_server();
    Waiting& first = get(server, "/first");
    Served& one = next_request(server);
    Waiting& second = get(server, "/second");
    Served& two = next_request(server);
    EXPECT_NE(&one, &two);
    two.socket->send(ok("2"));
    finish(second);
    one.socket->send(ok("1"));
    finish(first);
    EXPECT_EQ(first.response.body(), "1");
    EXPECT_EQ(second.response.body(), "2");
}

TEST_F(ClientTest, IdleConnectionsToPlacesLeftBehindAreBounded)
{
    for (int i = 0; i < 15; ++i) {
        Server& server = start_server();
        server.answers = [](auto&) { return ok("x"); };
        EXPECT_FALSE(complete(get(server)).failure);
    }
    EXPECT_EQ(context_.counts.opened, 15u);
    EXPECT_EQ(context_.counts.closed, 5u);
    client_->close_idle_connections();
    EXPECT_EQ(context_.counts.closed, 15u);
}

TEST_F(ClientTest, ClosingIdleConnectionsLeavesThoseAtWork)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    complete(get(server));
    Waiting& begun = get(server);  // has the kept connection, and has not been sent
    client_->close_idle_connections();
    finish(begun);
    EXPECT_FALSE(begun.failure);
    EXPECT_TRUE(begun.reused);
}

TEST_F(ClientTest, EveryOriginHasItsOwnConnection)
{
    Server& one = start_server();
    Server& two = start_server();
    one.answers = [](auto&) { return ok("one"); };
    two.answers = [](auto&) { return ok("two"); };
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(complete(get(one)).response.body(), "one");
        EXPECT_EQ(complete(get(two)).response.body(), "two");
    }
    EXPECT_EQ(context_.counts.opened, 2u);
}

TEST_F(ClientTest, WorksOverIpv6)
{
    Server& server = start_server({.address = "::1"});
    server.answers = [](const std::string& request) { return ok(request); };
    Waiting& exchange = complete(get(server));
    EXPECT_NE(exchange.response.body().find("Host: [::1]:"), std::string::npos);
}

TEST_F(ClientTest, NamesAreLookedUp)
{
    Server& server = start_server();
    server.host = "localhost";  // which may be ::1 first, where nobody listens
    server.answers = [](auto&) { return ok("x"); };
    Waiting& exchange = complete(get(server));
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.body(), "x");
}

TEST_F(ClientTest, ANameThatDoesNotExistFailsInTheLookup)
{
    Waiting& exchange = complete(start(request("GET", "http://no-such-host.invalid/")));
    EXPECT_EQ(exchange.failure.stage, Stage::lookup);
    EXPECT_EQ(exchange.failure.code.category(), net::name_lookup_category());
}

TEST_F(ClientTest, AClosedPortRefuses)
{
    const auto port = std::to_string(net::closed_port().port());
    Waiting& exchange = complete(start(request("GET", "http://127.0.0.1:" + port + "/")));
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_EQ(exchange.failure.code, std::errc::connection_refused);
    EXPECT_EQ(context_.counts.failed, 1u);
    EXPECT_EQ(context_.counts.opened, 0u);
}

TEST_F(ClientTest, CookiesComeBack)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return ok(request, "Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/deep\r\n");
    };
    Waiting& first = complete(get(server));
    EXPECT_EQ(first.response.body().find("Cookie:"), std::string::npos);
    Waiting& second = request("GET", server.url("/deep/page"));
    second.request.fields = "A: 1\r\nZ: 1\r\n";
    second.request.cookie_at = 6;
    complete(second);
    EXPECT_NE(second.response.body().find("\r\nA: 1\r\nCookie: b=2; a=1\r\nZ: 1\r\n\r\n"),
              std::string::npos)
        << second.response.body();
    Waiting& own = request("GET", server.url());
    own.request.fields = "Cookie: mine=1\r\n";
    own.request.names_cookie = true;
    complete(own);
    EXPECT_NE(own.response.body().find("\r\nCookie: mine=1\r\n\r\n"), std::string::npos);
    EXPECT_EQ(own.response.body().find("a=1"), std::string::npos);
}

// No descriptor is to be had while it lives.
class NoDescriptors {
public:
    NoDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::dup(0);
        ::close(next);
        const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

TEST_F(ClientTest, OutOfDescriptorsIsAFailureLikeOthers)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    {
        const NoDescriptors none;
        Waiting& exchange = complete(get(server));
        EXPECT_EQ(exchange.failure.stage, Stage::connect);
        EXPECT_EQ(exchange.failure.code, std::errc::too_many_files_open);
    }
    EXPECT_FALSE(complete(get(server)).failure);
}

TEST_F(ClientTest, WhatIsNotHttpIsMalformed)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    next_connection(server).socket->send("SSH-2.0-OpenSSH_9.2\r\n");
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::receive);
    EXPECT_EQ(exchange.failure.code, Error::malformed_response);
    EXPECT_EQ(exchange.failure.words, "SSH-2.0-OpenSSH_9.2\r\n");
}

TEST_F(ClientTest, AMalformedResponseIsQuotedFromWhereItGoesWrong)
{
    struct Row {
        const char* answer;
        const char* words;
    };
    for (const auto& [answer, words] : std::vector<Row>{
             {"HTTP/1.1 twohundred OK\r\nA: 1\r\n\r\nbody", "HTTP/1.1 twohundred OK\r\n"},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnot hex\r\n",
              "not hex\r\n"}}) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        next_request(server).socket->send(answer);
        finish(exchange);
        EXPECT_EQ(exchange.failure.code, Error::malformed_response) << answer;
        EXPECT_EQ(exchange.failure.words, words) << answer;
    }
}

TEST_F(ClientTest, AFailureCarriesWhatCameOfTheResponseAndNothingOfEarlierOnes)
{
    Server& server = start_server();
    Waiting& broken = get(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    served.socket->close();
    finish(broken);
    EXPECT_EQ(broken.failure.code, Error::incomplete_body);
    EXPECT_EQ(broken.response.status, 200);
    EXPECT_EQ(broken.response.body(), "half");
    server.listener().close();
    Waiting& refused = complete(get(server));
    EXPECT_EQ(refused.failure.stage, Stage::connect);
    EXPECT_EQ(refused.response.status, 0);
    EXPECT_TRUE(refused.response.bytes.empty());
}

TEST_F(ClientTest, TheNextRequestMayBeStartedByTheAnswer)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    Waiting& exchange = request("GET", server.url());
    int left = 10;
    exchange.then = [&] {
        if (--left > 0)
            client_->start(exchange);
    };
    start(exchange);
    until([&] { return left == 0; }, "ten answers");
    EXPECT_EQ(exchange.resumed, 10);
    EXPECT_EQ(server.connections.size(), 1u);
}

}  // namespace
}  // namespace locustella::client
