// Where the time of an exchange has gone: each phase where it happened, together what the exchange
// took.
#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/slow_names.hpp"

namespace locustella::client {
namespace {

class ClientPhasesTest : public ClientTest {
protected:
    // The phases that happened, by their first letters; checks that they are the whole.
    static std::string happened(const Waiting& exchange)
    {
        const Times& times = exchange.times;
        const Phases& phases = times.phases;
        EXPECT_EQ(phases.sum(), times.taken());
        std::string letters;
        for (const auto& [letter, phase] : {std::pair{'l', phases.lookup},
                                            {'c', phases.connect},
                                            {'t', phases.tls},
                                            {'s', phases.send},
                                            {'f', phases.first_byte},
                                            {'r', phases.receive}}) {
            EXPECT_GE(phase, 0) << letter;
            if (phase)
                letters += letter;
        }
        return letters;
    }
    // Without what may or may not be 0: a short answer comes at once.
    static std::string before_the_answer(const Waiting& exchange)
    {
        const auto all = happened(exchange);
        return all.substr(0, all.find_first_of("fr"));
    }
    static std::string closed_url()
    {
        return "http://127.0.0.1:" + std::to_string(net::closed_port().port()) + "/";
    }

    net::ServerTls tls_{net::Certificate::self_signed("server", {"IP:127.0.0.1"})};
};

TEST_F(ClientPhasesTest, OfANewConnectionAndOfAKeptOne)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    EXPECT_EQ(happened(complete(get(server))).substr(0, 2), "cf");
    Waiting& kept = complete(get(server));
    EXPECT_TRUE(kept.reused);
    EXPECT_EQ(happened(kept).substr(0, 1), "f");
    EXPECT_EQ(kept.times.phases.connect, 0);
}

TEST_F(ClientPhasesTest, OfTls)
{
    Server& server = start_server({.tls = tls_.context()});
    server.answers = [](auto&) { return ok("x"); };
    EXPECT_EQ(before_the_answer(complete(get(server))), "ct");
    EXPECT_EQ(before_the_answer(complete(get(server))), "");
}

TEST_F(ClientPhasesTest, OfAName)
{
    net::SlowNames names;
    names.let_go();
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    server.host = "one.slow.test";
    context_.resolver.configure({.time_to_live = 3600 * base::nanos_per_second});
    EXPECT_EQ(before_the_answer(complete(get(server))), "lc");
    EXPECT_EQ(before_the_answer(complete(get(server))), "");
    client_->close_idle_connections();
    EXPECT_EQ(before_the_answer(complete(get(server))), "c") << "the name is known by now";
}

TEST_F(ClientPhasesTest, OfAnAnswerInPieces)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\nContent-");
    settle();
    const auto first = base::monotonic_now();
    served.socket->send("Length: 1\r\n\r\n");
    settle();
    served.socket->send("x");
    finish(exchange);
    EXPECT_EQ(happened(exchange), "cfr");
    EXPECT_LE(exchange.times.first, first);
    EXPECT_GE(exchange.times.ended - exchange.times.first, exchange.times.phases.receive);
    EXPECT_EQ(exchange.times.sent + exchange.times.phases.first_byte, exchange.times.first);
}

TEST_F(ClientPhasesTest, OfARequestThatTheServerTakesSlowly)
{
    Server& server = start_server({.receive_buffer = 4096});
    Waiting& exchange = request("POST", server.url());
    exchange.request.body.assign(16 << 20, 'x');
    exchange.request.fields =
        "Content-Length: " + std::to_string(exchange.request.body.size()) + "\r\n";
    exchange.request.cookie_at = exchange.request.fields.size();
    start(exchange);
    Served& served = next_connection(server);
    served.socket->limit_reading(0);
    settle();
    served.socket->limit_reading(~std::size_t{0});
    server.answers = [](auto&) { return ok("x"); };
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(happened(exchange).substr(0, 2), "cs");
}

TEST_F(ClientPhasesTest, OfAnAnswerBeforeTheRequestWasOut)
{
    Server& server = start_server({.receive_buffer = 4096});
    Waiting& exchange = request("POST", server.url());
    exchange.request.body.assign(16 << 20, 'x');
    start(exchange);
    Served& served = next_connection(server);
    served.socket->limit_reading(0);
    settle();
    served.socket->send("HTTP/1.1 413 Too Large\r\nContent-Length: 1\r\n\r\n");
    settle();
    served.socket->send("x");
    finish(exchange);
    EXPECT_EQ(happened(exchange), "csr") << "there was no waiting for the first byte";
}

TEST_F(ClientPhasesTest, OfAChainAreSummed)
{
    Server& one = start_server();
    Server& two = start_server({.tls = tls_.context()});
    one.answers = [&](auto&) { return redirect_to(two.url("/b")); };
    two.answers = [](const std::string& r) {
        return r.starts_with("GET /b ") ? redirect_to("/c") : ok("x");
    };
    Waiting& exchange = request("GET", one.url("/a"));
    exchange.request.follow = true;
    complete(start(exchange));
    EXPECT_EQ(exchange.history.size(), 2u);
    EXPECT_EQ(before_the_answer(exchange), "ct");
    EXPECT_GT(exchange.times.phases.first_byte, exchange.times.first - exchange.times.sent)
        << "three answers";
}

TEST_F(ClientPhasesTest, OfASecondTryAreSummed)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    complete(get(server));
    server.connections[0]->socket->close();
    Waiting& exchange = complete(get(server));
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(before_the_answer(exchange), "c");
}

TEST_F(ClientPhasesTest, OfFailuresEndWithTheOneThatFailed)
{
    EXPECT_EQ(happened(complete(start(request("GET", "http://no-such-host.invalid/")))), "l");
    EXPECT_EQ(happened(complete(start(request("GET", closed_url())))), "c");
    Server& plain = start_server();
    Waiting& secure = start(request("GET", "https" + plain.url().substr(4)));
    next_connection(plain).socket->send(ok("no TLS here"));
    finish(secure);
    EXPECT_EQ(happened(secure), "ct");
    for (const auto& [answer, letters] :
         {std::pair{"", "cf"}, {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "cfr"}}) {
        Waiting& exchange = get(plain);
        Served& served = next_request(plain);
        served.socket->send(answer);
        settle();
        served.socket->close();
        finish(exchange);
        EXPECT_TRUE(exchange.failure);
        EXPECT_EQ(happened(exchange), letters);
    }
}

TEST_F(ClientPhasesTest, OfTimeoutsAndOfWhatIsAbandonedAreWhole)
{
    net::SilentPort silent;
    for (const bool abandons : {false, true}) {
        Waiting& exchange =
            request("GET", "http://127.0.0.1:" + std::to_string(silent.endpoint().port()) + "/");
        exchange.request.timeouts.connect = abandons ? 0 : base::nanos_per_milli;
        start(exchange);
        settle();
        if (abandons)
            client_->abandon(exchange);
        else
            finish(exchange);
        EXPECT_EQ(happened(exchange), "c");
    }
    Server& server = start_server();
    Waiting& waiting = get(server);
    next_request(server);
    client_->abandon(waiting);
    EXPECT_EQ(happened(waiting), "cf");
}

TEST_F(ClientPhasesTest, OfAStreamEndWithItsHead)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url());
    exchange.request.stream = true;
    start(exchange);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\n");
    settle();
    served.socket->send("Content-Length: 1\r\n\r\n");
    until([&] { return exchange.resumed > 0; }, "the head");
    EXPECT_EQ(happened(exchange), "cfr");
    served.socket->send("x");
    finish(exchange);
    EXPECT_EQ(happened(exchange), "cfr");
}

TEST_F(ClientPhasesTest, LeaveOutWhatWasOurs)
{
    constexpr Nanos late = 30 * base::nanos_per_milli;
    Server& server = start_server({.tls = tls_.context()});
    server.answers = [](auto&) { return ok("x"); };
    Waiting& exchange = get(server);
    for (int i = 0; i < 50 && !exchange.done; ++i) {
        round();
        for (const auto end = base::monotonic_now() + late / 10; base::monotonic_now() < end;)
            ;  // Python keeps the thread
    }
    finish(exchange);
    EXPECT_GT(exchange.times.own, 0);
    EXPECT_EQ(before_the_answer(exchange), "ct");
}

}  // namespace
}  // namespace locustella::client
