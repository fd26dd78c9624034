// How sure the end of an exchange's time is, and that a late process says so. No test here judges
// how long something took.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "unit/client/client_fixture.hpp"
#include "unit/net/awaited_stamps.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

using http::Certainty;

constexpr Nanos late = 20 * base::nanos_per_milli;
constexpr Nanos until_acknowledged = 100 * base::nanos_per_milli;  // the kernel waits for 40 ms

class ClientCertaintyTest : public ClientTest {
protected:
    // Python keeps the thread, while the server goes on.
    void be_busy(Server& server, Nanos time = late)
    {
        const auto end = base::monotonic_now() + time;
        while (base::monotonic_now() < end)
            server.pump();
    }
    // Until nothing has come for so long that nothing will: returns how much there was.
    static std::size_t take_all_there_is(net::Peer& peer)
    {
        constexpr Nanos longer_than_any_timer = 300 * base::nanos_per_milli;
        std::size_t had = 0;
        for (Nanos since = base::monotonic_now();
             base::monotonic_now() < since + longer_than_any_timer;) {
            peer.pump();
            if (std::exchange(had, peer.received.size()) != peer.received.size())
                since = base::monotonic_now();
        }
        return had;
    }
    // Warm: the certainty of the end alone is looked at.
    Waiting& sent(Server& server)
    {
        complete(get(server));
        Waiting& exchange = get(server);
        reactor_.turn();
        return exchange;
    }

    const net::AwaitedStamps stamps_;
    net::ServerTls tls_{net::Certificate::self_signed("server", {"IP:127.0.0.1"})};
};

TEST_F(ClientCertaintyTest, AnswersThatFitTheWindowAreTheKernels)
{
    for (const bool secure : {false, true}) {
        for (const std::size_t size : {100u, 100'000u}) {
            Server& server = start_server({.tls = secure ? tls_.context() : nullptr});
            server.answers = [size](auto&) { return ok(std::string(size, 'x')); };
            Waiting& exchange = sent(server);
            be_busy(server);
            finish(exchange);
            EXPECT_EQ(exchange.times.certainty, Certainty::kernel) << size << secure;
        }
    }
}

// More than any window: the rest of it had to wait for the first read.
TEST_F(ClientCertaintyTest, ThoseBeyondTheWindowAreBounds)
{
    const std::string answer = ok(std::string(60'000'000, 'x'));
    for (const bool secure : {false, true}) {
        Server& server = start_server({.tls = secure ? tls_.context() : nullptr});
        Waiting& exchange = get(server);
        Served& served = next_request(server);
        served.socket->send(answer);
        be_busy(server);
        EXPECT_FALSE(served.socket->sent_all());
        finish(exchange);
        EXPECT_EQ(exchange.times.certainty, Certainty::upper_bound) << secure;
    }
}

// The server takes all that the kernel had of the upload, and waits while nobody here goes on.
TEST_F(ClientCertaintyTest, AnUploadThatWaitedForUsIsABound)
{
    for (const std::size_t size : {100'000u, 60'000'000u}) {
        Server& server = start_server();
        Waiting& exchange = request("POST", server.url());
        exchange.request.body.assign(size, 'x');
        start(exchange);
        Served& served = next_connection(server);
        const std::string& received = served.socket->received;
        until([&] { return !received.empty(); }, "the upload to begin");
        const std::size_t sent = take_all_there_is(*served.socket);
        EXPECT_EQ(sent < size, size == 60'000'000u);
        until([&] { return received.size() > size; }, "the upload to end");
        served.socket->received.clear();
        served.socket->send(ok("thanks"));
        finish(exchange);
        EXPECT_EQ(exchange.times.certainty,
                  size == 100'000u ? Certainty::kernel : Certainty::upper_bound);
    }
}

TEST_F(ClientCertaintyTest, AnEndByTheConnectionsEndIsNotWhenItWasRead)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\n\r\nto the end");
    served.socket->stop_sending();
    until([&] { return served.socket->delivered(); }, "the closing");
    const auto there = base::monotonic_now();
    while (base::monotonic_now() < there + 10 * late)
        ;
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "to the end");
    EXPECT_LT(exchange.times.ended, there + 5 * late);
    EXPECT_NE(exchange.times.certainty, Certainty::read);
}

// The kernel has one time for all that waits in a socket: that of the last. On this machine only of
// what the other side has let go of.
TEST_F(ClientCertaintyTest, WhatComesBehindALateAnswerMakesItABound)
{
    struct Case {
        const char* what;
        std::string answer, behind;
        bool streams = false, ends = false;
    };
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for (const bool secure : {false, true}) {
        for (const Case& one : {
                 Case{"a closing", ok("x"), "", false, true},
                 Case{"one that was announced", closing, "", false, true},
                 Case{"the body of a stream", head, "body", true, false},
                 Case{"what nobody asked for", ok("x"), "\r\n", false, false},
             }) {
            Server& server = start_server({.tls = secure ? tls_.context() : nullptr});
            Waiting& warm = get(server);
            next_request(server).socket->send(ok("warm"));
            finish(warm);
            Waiting& exchange = request("GET", server.url());
            exchange.request.stream = one.streams;
            start(exchange);
            Served& served = next_request(server);
            served.socket->send(one.answer);
            be_busy(server, until_acknowledged);
            served.socket->send(one.behind);
            if (one.ends)
                served.socket->stop_sending();
            be_busy(server);
            until([&] { return exchange.answered(); }, one.what);
            EXPECT_EQ(exchange.times.certainty, Certainty::upper_bound) << one.what << secure;
            EXPECT_EQ(exchange.response.status, 200) << one.what;
            if (!exchange.done)
                client_->abandon(exchange);
        }
    }
}

// The kernel says how long a connection took but where it had to ask again, which takes a second.
TEST_F(ClientCertaintyTest, AConnectionThatWasAskedForTwiceIsABound)
{
    net::SilentPort port;
    const auto& endpoint = port.endpoint();
    Waiting& exchange =
        start(request("GET", "http://127.0.0.1:" + std::to_string(endpoint.port()) + "/"));
    reactor_.turn();
    for (const auto end = base::monotonic_now() + 1500 * base::nanos_per_milli;
         base::monotonic_now() < end;)
        port.open();
    until([&] { return context_.counts.opened == 1; }, "the connection");
    EXPECT_EQ(exchange.times.certainty, Certainty::upper_bound);
    client_->abandon(exchange);
}

TEST_F(ClientCertaintyTest, AFailureIsSeenWhenItIsRead)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    next_request(server).socket->reset();
    finish(exchange);
    EXPECT_TRUE(exchange.failure);
    EXPECT_EQ(exchange.times.certainty, Certainty::read);
}

}  // namespace
}  // namespace locustella::client
