// How sure the end of an exchange's time is, and that a late process says so. No test here judges
// how long something took.
#include <gtest/gtest.h>

#include <string>

#include "unit/client/client_fixture.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/kernel_stamps.hpp"

namespace locustella::client {
namespace {

using http::Certainty;

constexpr Nanos late = 20 * base::nanos_per_milli;

class ClientCertaintyTest : public ClientTest {
protected:
    // Python keeps the thread, while the server goes on.
    void be_busy(Server& server)
    {
        const auto end = base::monotonic_now() + late;
        while (base::monotonic_now() < end)
            server.pump();
    }
    // Warm: the certainty of the end alone is looked at.
    Waiting& sent(Server& server)
    {
        complete(get(server));
        Waiting& exchange = get(server);
        reactor_.turn();
        return exchange;
    }

    const net::KernelStamps stamps_;
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
