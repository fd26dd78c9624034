// Silences that last too long. Nothing here says how soon a timeout must be noticed, only that it
// is, and not too early.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/net/awaited_stamps.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

constexpr Nanos brief = 30 * base::nanos_per_milli;
constexpr Nanos long_time = 600 * base::nanos_per_second;

class ClientTimeoutTest : public ClientTest {
protected:
    void expect_timeout(Waiting& exchange, Error error, Stage stage)
    {
        finish(exchange);
        EXPECT_EQ(exchange.failure.code, error) << exchange.failure.code.message();
        EXPECT_EQ(exchange.failure.stage, stage);
        EXPECT_GE(exchange.times.ended - exchange.times.begun, brief);
        EXPECT_EQ(exchange.resumed, 1);
    }
};

TEST_F(ClientTimeoutTest, OfConnecting)
{
    net::SilentPort silent;
    Waiting& exchange =
        request("GET", "http://127.0.0.1:" + std::to_string(silent.endpoint().port()) + "/");
    exchange.request.timeouts = {.connect = brief, .read = long_time};
    expect_timeout(start(exchange), Error::connect_timeout, Stage::connect);
}

TEST_F(ClientTimeoutTest, OfTheHandshakeCountsAsConnecting)
{
    Server& server = start_server();  // and never says a word of TLS
    Waiting& exchange = request("GET", "https" + server.url().substr(4));
    exchange.request.timeouts = {.connect = brief, .read = long_time};
    expect_timeout(start(exchange), Error::connect_timeout, Stage::connect);
}

TEST_F(ClientTimeoutTest, OfAServerThatNeverAnswers)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.timeouts = {.connect = long_time, .read = brief};
    expect_timeout(start(exchange), Error::read_timeout, Stage::receive);
    settle();
    EXPECT_TRUE(server.connections.at(0)->socket->was_reset());
}

TEST_F(ClientTimeoutTest, OfAServerThatStopsInTheMiddle)
{
    for (const char* beginning :
         {"HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
        Server& server = start_server();
        Waiting& exchange = request("GET", server.url());
        exchange.request.timeouts = {.connect = 0, .read = brief};
        start(exchange);
        next_request(server).socket->send(beginning);
        expect_timeout(exchange, Error::read_timeout, Stage::receive);
    }
}

TEST_F(ClientTimeoutTest, OfAServerThatDoesNotTakeTheBody)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.body.assign(32 << 20, 'x');
    exchange.request.timeouts = {.connect = long_time, .read = brief};
    start(exchange);
    next_connection(server).socket->limit_reading(0);
    expect_timeout(exchange, Error::read_timeout, Stage::receive);
}

TEST_F(ClientTimeoutTest, OfTheWholeRequestWhateverItIsDoing)
{
    net::SilentPort silent;
    Waiting& connecting =
        request("GET", "http://127.0.0.1:" + std::to_string(silent.endpoint().port()) + "/");
    connecting.request.timeouts = {.connect = 0, .read = 0, .total = brief};
    expect_timeout(start(connecting), Error::total_timeout, Stage::receive);
    Server& server = start_server();
    Waiting& waiting = request("GET", server.url());
    waiting.request.timeouts = {.connect = long_time, .read = long_time, .total = brief};
    expect_timeout(start(waiting), Error::total_timeout, Stage::receive);
}

TEST_F(ClientTimeoutTest, OfTheWholeRequestSpansRedirects)
{
    Server& server = start_server();
    server.answers = [](auto&) { return redirect_to("/on-and-on"); };
    Waiting& exchange = request("GET", server.url());
    exchange.request.follow = true;
    exchange.request.max_redirects = 1'000'000;
    exchange.request.timeouts.total = brief;
    finish(start(exchange));
    EXPECT_EQ(exchange.failure.code, Error::total_timeout);
}

// The thread is kept from its work. When the timer strikes, late, most of the answer lies in the
// socket, and raises no event: it came in time.
class ClientLateTimeoutTest : public ClientTimeoutTest, public testing::WithParamInterface<bool> {
protected:
    static constexpr Nanos limit = 500 * base::nanos_per_milli;
    static constexpr std::size_t half = 1'900'000;  // more than is read in one turn

    Waiting& begin(Server& server)
    {
        Waiting& exchange = request("GET", server.url());
        exchange.request.timeouts = GetParam() ? http::Timeouts{.total = limit}
                                               : http::Timeouts{.connect = limit, .read = limit};
        start(exchange);
        peer_ = next_request(server).socket.get();
        peer_->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(2 * half) + "\r\n\r\n");
        return exchange;
    }
    // To this machine: nobody here reads meanwhile.
    void deliver_half()
    {
        peer_->send(std::string(half, 'x'));
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!peer_->delivered() && base::monotonic_now() < end)
            peer_->pump();
        ASSERT_TRUE(peer_->delivered());
    }
    static void pass(Nanos due)
    {
        while (base::monotonic_now() <= due) {
        }
    }

    const net::AwaitedStamps stamps_;
    net::Peer* peer_ = nullptr;
};

TEST_P(ClientLateTimeoutTest, ReadsWhatCameInTimeBeforeItJudges)
{
    for (int attempt = 0; attempt < 10; ++attempt) {
        Waiting& exchange = begin(start_server());
        deliver_half();
        deliver_half();
        const bool in_time = base::monotonic_now() < exchange.times.begun + limit;
        reactor_.turn();
        ASSERT_FALSE(exchange.done) << "there is still something to read";
        pass(base::monotonic_now() + limit);
        finish(exchange);
        if (!in_time)
            continue;  // this machine was the slow one
        EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
        EXPECT_EQ(exchange.response.body().size(), 2 * half);
        EXPECT_LT(exchange.times.ended, exchange.times.begun + limit);
        return;
    }
    GTEST_SKIP() << "this machine is too busy";
}

TEST_P(ClientLateTimeoutTest, ReadsNoFurtherThanThat)
{
    Waiting& exchange = begin(start_server());
    deliver_half();
    pass(base::monotonic_now() + limit);
    if (GetParam())
        deliver_half();
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, GetParam() ? Error::total_timeout : Error::read_timeout);
}

INSTANTIATE_TEST_SUITE_P(ReadAndTotal, ClientLateTimeoutTest, testing::Bool(),
                         [](const auto& total) { return total.param ? "Total" : "Read"; });

TEST_F(ClientTimeoutTest, LeaveTheClientUsable)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.timeouts.read = brief;
    expect_timeout(start(exchange), Error::read_timeout, Stage::receive);
    server.answers = [](auto&) { return ok("x"); };
    exchange.request.timeouts.read = long_time;
    complete(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_FALSE(exchange.reused)
        << "the connection that timed out is gone, with the answer it may still get";
}

TEST_F(ClientTimeoutTest, AreNotLeftOverForTheNextRequest)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    Waiting& hasty = request("GET", server.url());
    hasty.request.timeouts = {.connect = 10 * brief, .read = 10 * brief, .total = 10 * brief};
    complete(hasty);
    ASSERT_FALSE(hasty.failure) << hasty.failure.code.message();
    server.answers = nullptr;
    Waiting& patient = start(request("GET", server.url()));
    Served& served = next_request(server);
    const auto end = base::monotonic_now() + 12 * brief;
    while (base::monotonic_now() < end)
        round();
    EXPECT_FALSE(patient.done);
    served.socket->send(ok("late"));
    finish(patient);
    EXPECT_EQ(patient.response.body(), "late");
}

class Dribble : public ClientTimeoutTest, public testing::WithParamInterface<bool> {};

// A `read` timeout bounds each silence, so a slow answer may last longer than that in all.
TEST_P(Dribble, EveryByteEndsTheSilence)
{
    const Nanos patience = 600 * base::nanos_per_milli;
    const auto certificate = net::Certificate::self_signed("x", {"IP:127.0.0.1"});
    const net::ServerTls tls(certificate);
    for (int attempt = 0; attempt < 5; ++attempt) {
        Server& server = GetParam() ? start_server({.tls = tls.context()}) : start_server();
        Waiting& exchange = request("GET", server.url());
        exchange.request.timeouts.read = patience;
        start(exchange);
        Served& served = next_request(server);
        served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        Nanos longest = 0, last = base::monotonic_now();
        for (int i = 0; i < 4; ++i) {
            while (base::monotonic_now() < last + patience / 3 + brief)
                round();
            served.socket->send("x");
            settle(2);
            const auto now = base::monotonic_now();
            longest = std::max(longest, now - last);
            last = now;
        }
        finish(exchange);
        if (longest > patience * 9 / 10)
            continue;  // this machine was the slow one
        EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
        return;
    }
    GTEST_SKIP() << "this machine is too busy to dribble";
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Dribble, testing::Bool(),
                         [](const auto& tls) { return tls.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace locustella::client
