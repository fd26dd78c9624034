// Servers that mean harm, or are broken: each is a failure with a name, costs no more than the
// limits say, and leaves nothing behind that a later request could meet.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/http/compressed.hpp"
#include "unit/net/awaited_stamps.hpp"

namespace locustella::client {
namespace {

using std::string_literals::operator""s;

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

std::string gzipped(std::string_view plain)
{
    return http::compressed(plain, http::as_gzip);
}

class ClientHostileTest : public ClientTest {
protected:
    // The next request of the same client gets its own answer, over another connection.
    void expect_unharmed(Server& server)
    {
        settle(2);
        EXPECT_EQ(context_.counts.opened, context_.counts.closed)
            << "a connection that misbehaved is not kept";
        server.answers = [](auto&) { return ok("mine"); };
        Waiting& next = complete(get(server, "/next"));
        EXPECT_FALSE(next.failure) << next.failure.code.message();
        EXPECT_FALSE(next.reused);
        EXPECT_EQ(next.response.body(), "mine");
        client_->close_idle_connections();
    }
    // Sends `piece` again and again until the client has had enough; bounded, for a client that
    // never has.
    void pour(Served& served, Waiting& exchange, std::string_view piece)
    {
        for (int i = 0; i < 100'000 && !exchange.done; ++i) {
            if (served.socket->sent_all() && !served.socket->ended())
                served.socket->send(piece);
            round();
        }
        finish(exchange);
    }
};

struct Answer {
    std::string bytes;
    std::error_code error;
};

TEST_F(ClientHostileTest, WhatIsNoResponseIsAFailureAndHarmsNobody)
{
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::vector<Answer> answers = {
        {"<html>HTTP/0.9</html>", Error::malformed_response},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Error::malformed_response},
        {"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80"s, Error::malformed_response},
        {"\x15\x03\x01\0\x02\x02\x46"s, Error::malformed_response},
        {"HTTP/1.1 200 \0\0\r\n\r\n"s, Error::malformed_response},
        {"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"s, Error::malformed_field},
        {"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc", Error::malformed_field},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
         Error::malformed_field},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\rX: 1\r\n\r\nabc", Error::malformed_field},
        {chunked + "xyz\r\n", Error::malformed_response},
        {chunked + "-3\r\nabc\r\n", Error::malformed_response},
        {chunked + "fffffffffffffffff\r\nabc\r\n", Error::malformed_response},
        {chunked + "3\r\nabcdef\r\n0\r\n\r\n", Error::malformed_response},
    };
    for (const auto& [bytes, error] : answers) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        next_request(server).socket->send(bytes);
        finish(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::receive) << bytes;
        EXPECT_EQ(exchange.failure.code, error) << bytes << exchange.failure.code.message();
        EXPECT_FALSE(exchange.failure.words.empty()) << bytes;
        expect_unharmed(server);
    }
}

TEST_F(ClientHostileTest, BytesBeyondAsciiAreTaken)
{
    Server& server = start_server();
    server.answers = [](auto&) {
        return "HTTP/1.1 200 \xff\xfe caf\xc3\r\nX-\x7e: \xc3\x28\r\nContent-Length: 2\r\n\r\nok"s;
    };
    EXPECT_EQ(complete(get(server)).response.body(), "ok");
}

TEST_F(ClientHostileTest, WhatHasNoEndEndsAtALimit)
{
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct Flood {
        std::string beginning, piece;
        Error error;
    };
    const std::vector<Flood> floods = {
        {"HTTP/1.1 200 ", std::string(1000, 'x'), Error::head_too_large},
        {"HTTP/1.1 200 OK\r\nX: ", std::string(1000, 'x'), Error::head_too_large},
        {"HTTP/1.1 200 OK\r\n", "A: 1\r\n", Error::too_many_fields},
        {"", "HTTP/1.1 100 Continue\r\n\r\n", Error::too_many_interim},
        {"HTTP/1.1 200 OK\r\n\r\n", std::string(50'000, 'x'), Error::body_too_large},
        {chunked, "1000\r\n" + std::string(4096, 'x') + "\r\n", Error::body_too_large},
        {chunked + "5;", std::string(1000, 'x'), Error::head_too_large},
        {chunked + "0\r\n", repeated("A: 1\r\n", 100), Error::head_too_large},
    };
    context_.limits = {.head = 20'000, .fields = 50, .body = 300'000, .interim = 20};
    for (const auto& [beginning, piece, error] : floods) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(beginning);
        pour(served, exchange, piece);
        EXPECT_EQ(exchange.failure.code, error)
            << beginning.substr(0, 50) << exchange.failure.code.message();
        EXPECT_LE(exchange.response.bytes.size(), 400'000u);
        expect_unharmed(server);
    }
}

TEST_F(ClientHostileTest, AStreamIsNotHeldSoItsBodyHasNoLimit)
{
    context_.limits.body = 1000;
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.stream = true;
    start(exchange);
    next_request(server).socket->send(ok(std::string(500'000, 'x')));
    until(
        [&] {
            client_->take_body(exchange);
            return exchange.done;
        },
        "the end of the stream");
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.body().size(), 500'000u);
}

TEST_F(ClientHostileTest, ARedirectOfAStreamIsHeldAndHasOne)
{
    context_.limits.body = 100'000;
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.stream = true;
    exchange.request.follow = true;
    start(exchange);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n");
    pour(served, exchange, std::string(50'000, 'x'));
    EXPECT_EQ(exchange.failure.code, Error::body_too_large);
    expect_unharmed(server);
}

TEST_F(ClientHostileTest, ADecompressionBomb)
{
    context_.limits.body = 1'000'000;
    Server& server = start_server();
    const auto bomb = gzipped(std::string(50'000'000, '0'));
    server.answers = [&](auto&) { return ok(bomb, "Content-Encoding: gzip\r\n"); };
    Waiting& exchange = complete(get(server));
    EXPECT_EQ(exchange.failure.stage, Stage::decode);
    EXPECT_EQ(exchange.failure.code, Error::body_too_large);
    EXPECT_LT(exchange.response.bytes.size(), 100'000u);
}

TEST_F(ClientHostileTest, SeveralCodingFieldsAreOneList)
{
    Server& server = start_server();
    const auto body = gzipped(gzipped("twice"));
    server.answers = [&](auto&) {
        return ok(
            body,
            "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\n");
    };
    EXPECT_EQ(complete(get(server)).response.body(), "twice");
}

TEST_F(ClientHostileTest, ADripIsAnAnswerInTheEnd)
{
    Server& server = start_server();
    for (const std::string& answer : {ok("dripping", "X: 1\r\n"),
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "8;x=y\r\ndripping\r\n0\r\nA: 1\r\n\r\n"s}) {
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        for (const char byte : answer) {
            EXPECT_FALSE(exchange.done);
            served.socket->send({&byte, 1});
            round();
        }
        finish(exchange);
        EXPECT_EQ(exchange.response.body(), "dripping") << exchange.failure.code.message();
    }
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientHostileTest, ADripWithoutEndEndsWithTheTotalTime)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.timeouts = {.read = 60 * base::nanos_per_second,
                                 .total = 30 * base::nanos_per_milli};
    start(exchange);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\n\r\n");
    pour(served, exchange, "x");
    EXPECT_EQ(exchange.failure.code, Error::total_timeout);
    expect_unharmed(server);
}

TEST_F(ClientHostileTest, MoreThanAnnouncedPoisonsNoLaterRequest)
{
    const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n";
    for (const auto& [answer, body] : std::vector<std::pair<std::string, std::string>>{
             {ok("good"), "good"},
             {chunked, "good"},
             {"HTTP/1.1 204 No Content\r\n\r\n", ""},
             {"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n", ""}})
        for (const auto& more : {poison, "\r\n"s, "x"s}) {
            Server& server = start_server();
            Waiting& exchange = get(server);
            next_request(server).socket->send(answer + more);
            finish(exchange);
            EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
            EXPECT_EQ(exchange.response.body(), body);
            expect_unharmed(server);
        }
}

// One read takes at most a buffer: what fits into it exactly may have more behind it in the socket.
TEST_F(ClientHostileTest, NorDoesWhatAFullBufferLeavesInTheSocket)
{
    const auto size = reactor_.scratch().size();
    for (const bool poisoned : {true, false}) {
        Server& server = start_server();
        std::string answer = ok(std::string(size - 42, 'x'));
        ASSERT_EQ(answer.size(), size);
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(poisoned ? answer + ok("poison") : answer);
        until([&] { return served.socket->sent_all(); }, "the server to have sent all");
        finish(exchange);
        EXPECT_EQ(exchange.response.bytes.size(), size);
        server.answers = [](auto&) { return ok("mine"); };
        EXPECT_EQ(complete(get(server)).response.body(), "mine");
        client_->close_idle_connections();
    }
}

// The kernel knows that these bytes were there before the request left, in the one turn that has
// not seen them.
TEST_F(ClientHostileTest, NorDoesWhatComesBetweenTwoRequestsOfOneTurn)
{
    const net::AwaitedStamps stamps;
    for (const bool closes : {false, true}) {
        Server& server = start_server();
        server.answers = [](auto&) { return ok("first"); };
        complete(get(server));
        server.answers = nullptr;
        Waiting& exchange = request("POST", server.url("/second"));
        Waiting& between = *exchanges_.emplace_back(std::make_unique<Waiting>());
        between.then = [&] {
            start(exchange);
            net::Peer& peer = *server.connections[0]->socket;
            peer.send(ok("poison"));
            if (closes)
                peer.stop_sending();
            for (const auto end = base::monotonic_now() + base::nanos_per_second;
                 !peer.delivered();)
                ASSERT_LT(base::monotonic_now(), end);
            if (closes)
                peer.close();
        };
        reactor_.resume_later(between);
        until([&] { return between.resumed == 1; }, "that turn");
        server.answers = [](auto&) { return ok("mine"); };
        finish(exchange);
        if (closes) {
            EXPECT_EQ(exchange.response.body(), "mine")
                << "nobody can have seen it, so it was sent again";
            client_->close_idle_connections();
        } else {
            EXPECT_EQ(exchange.failure.code, Error::unasked_response) << exchange.response.body();
        }
        expect_unharmed(server);
    }
}

TEST_F(ClientHostileTest, AnAnswerThatNobodyAskedForClosesAnIdleConnection)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("first"); };
    complete(get(server));
    server.answers = nullptr;
    server.connections[0]->socket->send(ok("poison"));
    expect_unharmed(server);
}

TEST_F(ClientHostileTest, RedirectsToNonsense)
{
    Server& server = start_server();
    struct Row {
        const char* location;
        Error error;
    };
    for (const auto& [location, error] :
         std::vector<Row>{{"ftp://a/", Error::redirect_scheme},
                          {"javascript:alert(1)", Error::redirect_scheme},
                          {"HTTPS://", Error::invalid_url},
                          {"http://a:99999999/", Error::invalid_url},
                          {"http://[::1/", Error::invalid_url}}) {
        server.answers = [&](auto&) { return redirect_to(location); };
        Waiting& exchange = request("GET", server.url());
        exchange.request.follow = true;
        complete(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::redirect) << location;
        EXPECT_EQ(exchange.failure.code, error) << location;
        EXPECT_EQ(exchange.failure.words, location);
    }
}

TEST_F(ClientHostileTest, ARedirectLoopEnds)
{
    Server& server = start_server();
    server.answers = [](auto&) { return redirect_to("/again"); };
    Waiting& exchange = request("GET", server.url());
    exchange.request.follow = true;
    complete(exchange);
    EXPECT_EQ(exchange.failure.code, Error::too_many_redirects);
    EXPECT_EQ(exchange.history.size(), 30u);
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientHostileTest, AServerThatReadsNothingAndAnswersNothing)
{
    Server& server = start_server({.receive_buffer = 4096});
    Waiting& exchange = request("POST", server.url());
    exchange.request.body.assign(20 << 20, 'x');
    exchange.request.timeouts.read = 30 * base::nanos_per_milli;
    start(exchange);
    next_connection(server).socket->limit_reading(0);
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, Error::read_timeout);
}

}  // namespace
}  // namespace locustella::client
