// What an exchange says about time: in order, inside the truth, and without what this process was
// late by itself.
#include <gtest/gtest.h>

#include <string>

#include "unit/client/client_fixture.hpp"
#include "unit/net/awaited_stamps.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

constexpr Nanos late = 40 * base::nanos_per_milli;

class ClientTimesTest : public ClientTest {
protected:
    const net::AwaitedStamps stamps_;

    void expect_in_order(const Waiting& exchange, Nanos before)
    {
        const auto now = base::monotonic_now();
        const Times& times = exchange.times;
        EXPECT_GE(times.asked, before);
        EXPECT_GE(times.begun, times.asked);
        EXPECT_GE(times.sent, times.begun);
        EXPECT_GE(times.head, times.sent);
        EXPECT_GE(times.ended, times.sent);
        EXPECT_LE(times.head, now);
        EXPECT_LE(times.ended, now);
        EXPECT_GE(times.own, 0);
        EXPECT_GE(times.taken(), 0);
        EXPECT_LE(times.taken(), times.ended - times.begun);
    }
    // Python keeps the thread: no turn happens.
    void be_busy()
    {
        const auto end = base::monotonic_now() + late;
        while (base::monotonic_now() < end)
            ;
    }
    void pump(Server& server, const std::function<bool()>& happened)
    {
        for (int i = 0; i < 100'000 && !happened(); ++i)
            server.pump();
        EXPECT_TRUE(happened());
    }

    net::ServerTls tls_{net::Certificate::self_signed("server", {"IP:127.0.0.1"})};
};

TEST_F(ClientTimesTest, FollowEachOther)
{
    for (const bool secure : {false, true}) {
        Server& server = start_server({.tls = secure ? tls_.context() : nullptr});
        server.answers = [](const std::string& request) {
            return request.starts_with("GET /a ") ? redirect_to("/b") : ok("x");
        };
        for (const char* target : {"/", "/", "/a", "/"}) {
            const auto before = base::monotonic_now();
            Waiting& exchange = request("GET", server.url(target));
            exchange.request.follow = true;
            complete(exchange);
            EXPECT_FALSE(exchange.failure);
            expect_in_order(exchange, before);
        }
    }
    EXPECT_EQ(reactor_.lag().send.count(), 8u);
}

TEST_F(ClientTimesTest, LeaveOutThatWeWereLateToSeeTheConnection)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    reactor_.turn();
    be_busy();
    server.answers = [](auto&) { return ok("x"); };
    finish(exchange);
    EXPECT_GE(exchange.times.own, late - base::nanos_per_milli);
    EXPECT_GE(exchange.times.taken(), 0);
}

TEST_F(ClientTimesTest, LeaveOutThatWeWereLateInTheHandshake)
{
    Server& server = start_server({.tls = tls_.context()});
    Waiting& exchange = get(server);
    reactor_.turn();
    reactor_.turn();
    pump(server, [&] { return !server.connections.empty(); });
    for (int i = 0; i < 20; ++i)
        server.pump();  // the server's part of the handshake is out
    be_busy();
    server.answers = [](auto&) { return ok("x"); };
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_GE(exchange.times.own, late - base::nanos_per_milli);
    EXPECT_GE(exchange.times.taken(), 0);
}

TEST_F(ClientTimesTest, LeaveOutThatWeWereLateToFollowARedirect)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url("/a"));
    exchange.request.follow = true;
    start(exchange);
    next_request(server).socket->send(redirect_to("/b"));
    be_busy();
    server.answers = [](auto&) { return ok("x"); };
    finish(exchange);
    EXPECT_GE(exchange.times.own, late - base::nanos_per_milli);
    EXPECT_GE(exchange.times.taken(), 0);
}

TEST_F(ClientTimesTest, LeaveOutThatWeWereLateToReadTheAnswer)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    next_request(server).socket->send(ok("x"));
    const auto there = base::monotonic_now();
    be_busy();
    finish(exchange);
    EXPECT_LE(exchange.times.ended, there);
}

TEST_F(ClientTimesTest, OfAFailureEndWhenItWasSeen)
{
    const auto before = base::monotonic_now();
    Waiting& exchange = complete(
        start(request("GET", "http://127.0.0.1:" + std::to_string(net::closed_port().port()))));
    EXPECT_GE(exchange.times.begun, before);
    EXPECT_GE(exchange.times.ended, exchange.times.begun);
    EXPECT_LE(exchange.times.ended, base::monotonic_now());
    EXPECT_EQ(exchange.times.sent, 0);
    EXPECT_GE(exchange.times.taken(), 0);
}

TEST_F(ClientTimesTest, OfARequestThatWasNeverSentAreNone)
{
    Waiting& exchange = get(start_server());
    client_->abandon(exchange);
    EXPECT_EQ(exchange.times.begun, 0);
    EXPECT_EQ(exchange.times.taken(), 0);
}

}  // namespace
}  // namespace locustella::client
