// Connections that end when they should not: while idle, in a request, in a response.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/http/client_fixture.hpp"

namespace locustella::http {
namespace {

class ClientClosingTest : public ClientTest {
protected:
    // A server with one connection that has served and is kept.
    Server& server_with_kept_connection(net::ListenerOptions options = {})
    {
        Server& server = start_server(options);
        server.answers = [](auto&) { return ok("first"); };
        EXPECT_FALSE(complete(get(server)).failure);
        server.answers = nullptr;
        return server;
    }
    void rest(base::Nanos time)
    {
        const auto end = base::monotonic_now() + time;
        while (base::monotonic_now() < end)
            ;
    }
};

TEST_F(ClientClosingTest, AnIdleConnectionThatEndsIsForgottenInTheNextTurn)
{
    for (const bool hard : {false, true}) {
        Server& server = server_with_kept_connection();
        hard ? server.connections[0]->socket->reset() : server.connections[0]->socket->close();
        settle();
        EXPECT_EQ(context_.counts.closed, context_.counts.opened);
        server.answers = [](auto&) { return ok("second"); };
        for (const char* method : {"POST", "GET"}) {
            Waiting& exchange = complete(start(request(method, server.url())));
            EXPECT_FALSE(exchange.failure) << method;
            EXPECT_EQ(exchange.response.body(), "second");
        }
    }
}

TEST_F(ClientClosingTest, AClosingThatNoTurnHasSeenIsSeenBeforeARestedConnectionIsUsed)
{
    Server& server = server_with_kept_connection();
    rest(15 * base::nanos_per_milli);
    server.connections[0]->socket->close();
    server.answers = [](auto&) { return ok("second"); };
    Waiting& exchange = complete(start(request("POST", server.url())));
    EXPECT_FALSE(exchange.failure);
    EXPECT_FALSE(exchange.reused);
    EXPECT_EQ(exchange.response.body(), "second");
}

TEST_F(ClientClosingTest, AClosingBetweenTheAskingAndTheSendingDoesNoHarm)
{
    Server& server = server_with_kept_connection();
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
    Server& server = server_with_kept_connection();
    server.connections[0]->socket->send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    settle();
    server.answers = [](auto&) { return ok("second"); };
    EXPECT_EQ(complete(get(server)).response.body(), "second");
}

TEST_F(ClientClosingTest, IdempotentRequestsOnAStaleConnectionAreSentAgain)
{
    for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
        for (const bool hard : {false, true}) {
            Server& server = server_with_kept_connection();
            Waiting& exchange = start(request(method, server.url()));
            Served& stale = next_request(server);
            hard ? stale.socket->reset() : stale.socket->close();
            Served& fresh = next_request(server);
            EXPECT_NE(&fresh, &stale);
            fresh.socket->send(exchange.request.method == "HEAD" ? "HTTP/1.1 200 OK\r\n\r\n" : ok("again"));
            finish(exchange);
            EXPECT_FALSE(exchange.failure) << method << ": " << exchange.failure.code.message();
            EXPECT_FALSE(exchange.reused) << method;
            EXPECT_EQ(fresh.requests, 1) << method;
            EXPECT_EQ(server.connections.size(), 2u) << method;
        }
}

TEST_F(ClientClosingTest, OthersAreNot)
{
    for (const char* method : {"POST", "PATCH", "LOCK"})
        for (const bool hard : {false, true}) {
            Server& server = server_with_kept_connection();
            Waiting& exchange = start(request(method, server.url()));
            Served& stale = next_request(server);
            hard ? stale.socket->reset() : stale.socket->close();
            finish(exchange);
            EXPECT_EQ(exchange.failure.stage, Stage::receive) << method;
            EXPECT_EQ(exchange.failure.code, hard ? std::make_error_code(std::errc::connection_reset)
                                                  : make_error_code(Error::closed_before_response))
                << method;
            settle();
            EXPECT_EQ(server.connections.size(), 1u) << method;
        }
}

TEST_F(ClientClosingTest, ItIsSentAgainOnlyOnce)
{
    Server& server = server_with_kept_connection();
    Waiting& exchange = start(request("GET", server.url()));
    next_request(server).socket->close();
    next_request(server).socket->close();
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, Error::closed_before_response);
    settle();
    EXPECT_EQ(server.connections.size(), 2u);
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
    for (const char* half : {"H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
        Server& server = server_with_kept_connection();
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

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

TEST_F(ClientClosingTest, AnEndAtEveryByteOfAResponseIsAFailure)
{
    for (std::size_t size = 0; size < answer.size(); ++size) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(answer.substr(0, size));
        served.socket->close();
        finish(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::receive) << size;
        EXPECT_TRUE(exchange.failure.code == Error::closed_before_response ||
                    exchange.failure.code == Error::incomplete_body)
            << size << exchange.failure.code;
        servers_.clear();
    }
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
    EXPECT_EQ(context_.counts.opened, answer.size());
}

TEST_F(ClientClosingTest, AResetAtEveryByteOfAResponseIsAFailure)
{
    for (std::size_t size = 0; size < answer.size(); ++size) {
        Server& server = start_server();
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(answer.substr(0, size));
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
}  // namespace locustella::http
