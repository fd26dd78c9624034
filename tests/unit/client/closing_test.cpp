// Connections that end when they should not: while idle, in a request, in a response.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class ClientClosingTest : public ClientTest {
protected:
    // A server with connections that have served and are kept.
    Server& server_with_kept_connections(int count)
    {
        Server& server = start_server();
        server.answers = [](auto&) { return ok("first"); };
        std::vector<Waiting*> together;
        for (int i = 0; i < count; ++i)
            together.push_back(&get(server));
        for (Waiting* exchange : together) {
            finish(*exchange);
            EXPECT_FALSE(exchange->failure);
        }
        server.answers = nullptr;
        return server;
    }
    // The server closes its kept connections in the very turn that sends the request: too late to
    // be seen.
    void start_as_they_close(Waiting& exchange, Server& server)
    {
        Waiting& between = *exchanges_.emplace_back(std::make_unique<Waiting>());
        between.then = [&] {
            start(exchange);
            for (auto& connection : server.connections)
                connection->socket->close();
        };
        reactor_.resume_later(between);
        until([&] { return between.resumed == 1; }, "that turn");
    }
    // Before that turn sends it, and so before a byte of it has left.
    void start_behind_a_reset(Waiting& exchange, Server& server)
    {
        Waiting& between = *exchanges_.emplace_back(std::make_unique<Waiting>());
        between.then = [&] {
            server.connections.back()->socket->reset();
            start(exchange);
        };
        reactor_.resume_later(between);
        until([&] { return between.resumed == 1; }, "that turn");
    }
    void rest(base::Nanos time)
    {
        const auto end = base::monotonic_now() + time;
        while (base::monotonic_now() < end)
            ;
    }
};

// Of any method: nobody can have seen it.
TEST_F(ClientClosingTest, ARequestThatNeverLeftGoesOutOnANewConnection)
{
    for (const char* const method : {"GET", "POST"}) {
        Server& server = server_with_kept_connections(1);
        Waiting& exchange = request(method, server.url());
        exchange.request.body = "x";
        start_behind_a_reset(exchange, server);
        server.answers = [](auto&) { return ok("second"); };
        finish(exchange);
        EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
        EXPECT_EQ(exchange.response.body(), "second");
        EXPECT_EQ(server.connections.size(), 2u);
    }
}

// Nobody here has looked since, as a task has kept the thread.
TEST_F(ClientClosingTest, WhatCameWhileATaskWasBusyIsNoAnswer)
{
    Server& server = server_with_kept_connections(1);
    Waiting& exchange = request("GET", server.url());
    Waiting& between = *exchanges_.emplace_back(std::make_unique<Waiting>());
    between.then = [&] {
        server.connections[0]->socket->send(ok("evil"));
        rest(8 * base::nanos_per_milli);
        start(exchange);
    };
    reactor_.resume_later(between);
    until([&] { return between.resumed == 1; }, "that turn");
    server.answers = [](auto&) { return ok("second"); };
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "second");
}

TEST_F(ClientClosingTest, AnIdleConnectionThatEndsIsForgottenInTheNextTurn)
{
    for (const bool hard : {false, true}) {
        Server& server = server_with_kept_connections(1);
        hard ? server.connections[0]->socket->reset() : server.connections[0]->socket->close();
        settle();
        EXPECT_EQ(context_.counts.closed, context_.counts.opened);
        server.answers = [](auto&) { return ok("second"); };
        for (const char* method : {"POST", "GET"}) {
            Waiting& exchange = complete(start(request(method, server.url())));
            EXPECT_FALSE(exchange.failure) << method;
            EXPECT_EQ(exchange.response.body(), "second");
        }
        client_->close_idle_connections();
    }
}

TEST_F(ClientClosingTest, AClosingThatNoTurnHasSeenIsSeenBeforeARestedConnectionIsUsed)
{
    Server& server = server_with_kept_connections(1);
    Waiting& exchange = request("POST", server.url());
    Waiting& between = *exchanges_.emplace_back(std::make_unique<Waiting>());
    between.then = [&] {
        server.connections[0]->socket->close();
        rest(15 * base::nanos_per_milli);
        start(exchange);
    };
    reactor_.resume_later(between);
    server.answers = [](auto&) { return ok("second"); };
    until([&] { return between.resumed == 1; }, "that turn");
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.body(), "second");
    EXPECT_EQ(context_.counts.reused, 0u) << "it was not even tried";
}

TEST_F(ClientClosingTest, AClosingBetweenTheAskingAndTheSendingDoesNoHarm)
{
    Server& server = server_with_kept_connections(1);
    Waiting& exchange = start(request("POST", server.url()));
    server.connections[0]->socket->close();
    server.answers = [](auto&) { return ok("second"); };
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_FALSE(exchange.reused);
    EXPECT_EQ(exchange.response.body(), "second");
    EXPECT_EQ(context_.counts.reused, 0u);
}

TEST_F(ClientClosingTest, WhatAnIdleServerSaysUnaskedIsNoAnswer)
{
    Server& server = server_with_kept_connections(1);
    server.connections[0]->socket->send(
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    settle();
    server.answers = [](auto&) { return ok("second"); };
    EXPECT_EQ(complete(get(server)).response.body(), "second");
}

TEST_F(ClientClosingTest, ARequestThatTheServerCannotHaveSeenIsSentAgain)
{
    for (const char* method :
         {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "LOCK"}) {
        Server& server = server_with_kept_connections(1);
        Waiting& exchange = request(method, server.url());
        exchange.request.fields = "Content-Length: 4\r\n";
        exchange.request.body = "body";
        start_as_they_close(exchange, server);
        Served& fresh = next_request(server);
        EXPECT_TRUE(fresh.request.starts_with(std::string(method) + " / HTTP/1.1\r\n"))
            << fresh.request;
        EXPECT_TRUE(fresh.request.ends_with("\r\n\r\nbody")) << fresh.request;
        fresh.socket->send(exchange.request.method == "HEAD" ? "HTTP/1.1 200 OK\r\n\r\n"
                                                             : ok("again"));
        finish(exchange);
        EXPECT_FALSE(exchange.failure) << method << ": " << exchange.failure.code.message();
        EXPECT_FALSE(exchange.reused) << method;
        EXPECT_EQ(fresh.requests, 1) << method;
        EXPECT_EQ(server.connections.size(), 2u) << method;
        EXPECT_EQ(exchange.resumed, 1) << method;
        client_->close_idle_connections();
    }
    EXPECT_EQ(context_.counts.reused, 8u);
}

TEST_F(ClientClosingTest, HoweverManyKeptConnectionsHaveGone)
{
    Server& server = server_with_kept_connections(5);
    Waiting& exchange = request("POST", server.url());
    start_as_they_close(exchange, server);
    next_request(server).socket->send(ok("at last"));
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.body(), "at last");
    EXPECT_EQ(server.connections.size(), 6u);
}

TEST_F(ClientClosingTest, ARequestThatTheServerMayHaveSeenIsAFailure)
{
    for (const char* method : {"GET", "POST"})
        for (const bool hard : {false, true}) {
            Server& server = server_with_kept_connections(1);
            Waiting& exchange = start(request(method, server.url()));
            Served& served = next_request(server);
            hard ? served.socket->reset() : served.socket->close();
            finish(exchange);
            EXPECT_EQ(exchange.failure.stage, Stage::receive) << method;
            EXPECT_EQ(exchange.failure.code, hard
                                                 ? std::make_error_code(std::errc::connection_reset)
                                                 : make_error_code(Error::closed_before_response))
                << method;
            settle();
            EXPECT_EQ(server.connections.size(), 1u) << method;
        }
}

TEST_F(ClientClosingTest, ANewConnectionThatClosesIsAFailureAtOnce)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    next_request(server).socket->close();
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::receive);
    EXPECT_EQ(exchange.failure.code, Error::closed_before_response);
    settle();
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientClosingTest, HalfAnAnswerOnAKeptConnectionIsNotAskedForAgain)
{
    for (const char* half : {"H", "HTTP/1.1 200 OK\r\nContent-Le",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
        Server& server = server_with_kept_connections(1);
        Waiting& exchange = start(request("GET", server.url()));
        Served& served = next_request(server);
        served.socket->send(half);
        settle();
        served.socket->reset();
        finish(exchange);
        EXPECT_EQ(exchange.failure.code, std::errc::connection_reset) << half;
        settle();
        EXPECT_EQ(server.connections.size(), 1u) << half;
    }
}

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

// Answers of every framing, and from how many bytes on a closing does no harm.
struct Framing {
    std::string_view whole;
    std::size_t enough;
};
constexpr std::string_view
    with_length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    until_close = "HTTP/1.1 200 OK\nServer: x\n\nhello",
    behind_interim =
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 200\r\nContent-Length: 1\r\n\r\nx";
constexpr Framing framings[] = {{answer, answer.size() - 2},
                                {with_length, with_length.size()},
                                {until_close, until_close.size() - 5},
                                {behind_interim, behind_interim.size()}};

TEST_F(ClientClosingTest, AnEndAtEveryByteOfAResponseIsAFailure)
{
    for (const auto& [whole, enough] : framings)
        for (std::size_t size = 0; size < enough; ++size) {
            Server& server = start_server();
            Waiting& exchange = get(server);
            Served& served = next_request(server);
            served.socket->send(whole.substr(0, size));
            served.socket->close();
            finish(exchange);
            EXPECT_EQ(exchange.failure.stage, Stage::receive) << size;
            EXPECT_TRUE(exchange.failure.code ==
                            (size ? Error::incomplete_head : Error::closed_before_response) ||
                        exchange.failure.code == Error::incomplete_body)
                << size << exchange.failure.code;
            servers_.clear();
        }
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
}

TEST_F(ClientClosingTest, AnEndBehindTheLastByteThatMattersIsNone)
{
    for (const auto& [whole, enough] : framings)
        for (std::size_t size = enough; size <= whole.size(); ++size) {
            Server& server = start_server();
            Waiting& exchange = get(server);
            Served& served = next_request(server);
            served.socket->send(whole.substr(0, size));
            served.socket->close();
            finish(exchange);
            EXPECT_FALSE(exchange.failure) << size << exchange.failure.code;
        }
}

TEST_F(ClientClosingTest, AResetAtEveryByteOfAResponseIsAFailure)
{
    for (const auto& [whole, enough] : framings)
        for (std::size_t size = 0; size < std::max(enough, whole.size() - 1); ++size) {
            Server& server = start_server();
            Waiting& exchange = get(server);
            Served& served = next_request(server);
            served.socket->send(whole.substr(0, size));
            if (size % 2)
                settle(2);  // with and without the client having read what came before
            served.socket->reset();
            finish(exchange);
            EXPECT_EQ(exchange.failure.stage, Stage::receive) << size;
            EXPECT_EQ(exchange.failure.code, std::errc::connection_reset) << size;
            servers_.clear();
        }
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
}

TEST_F(ClientClosingTest, AWholeResponseBeforeTheEndIsAResponse)
{
    for (const bool hard : {false, true}) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(answer);
        hard ? served.socket->reset() : served.socket->close();
        finish(exchange);
        EXPECT_FALSE(exchange.failure) << "hard: " << hard << exchange.failure.code;
        EXPECT_EQ(exchange.response.body(), "hello");
        settle();
        EXPECT_EQ(context_.counts.opened, context_.counts.closed);
    }
}

TEST_F(ClientClosingTest, AnAnswerBeforeTheRequestIsAnAnswer)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.fields = "Content-Length: 4\r\n";
    exchange.request.body = "body";
    start(exchange);
    reactor_.turn();  // it connects, and nobody has looked at it since
    std::unique_ptr<net::Peer> peer;
    for (int i = 0; i < 1000 && !peer; ++i)
        peer = server.listener().accept();
    ASSERT_TRUE(peer);
    peer->send("HTTP/1.1 503 Overloaded\r\nContent-Length: 4\r\n\r\nbusy");
    peer->stop_sending();
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.status, 503);
    EXPECT_EQ(exchange.response.body(), "busy");
}

}  // namespace
}  // namespace locustella::client
