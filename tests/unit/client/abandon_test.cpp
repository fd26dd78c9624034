// Exchanges whose user is gone: abandoned at every stage, they are never called back, and what they
// leave behind never reaches anybody else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class ClientAbandonTest : public ClientTest {
protected:
    void TearDown() override
    {
        for (const auto& [exchange, resumed] : abandoned_) {
            EXPECT_EQ(exchange->resumed, resumed);
            EXPECT_FALSE(exchange->queued());
        }
        ClientTest::TearDown();
    }
    void abandon(Waiting& exchange)
    {
        client_->abandon(exchange);
        abandoned_.push_back({&exchange, exchange.resumed});
        EXPECT_TRUE(exchange.done);
    }
    // The same client goes on working, on another connection.
    void expect_usable(Server& server)
    {
        server.answers = [](auto&) { return ok("fresh"); };
        Waiting& next = complete(get(server, "/next"));
        EXPECT_FALSE(next.failure);
        EXPECT_FALSE(next.reused);
        EXPECT_EQ(next.response.body(), "fresh");
    }

private:
    struct Gone {
        Waiting* exchange;
        int resumed;  // so often by then, and never again
    };
    std::vector<Gone> abandoned_;
};

TEST_F(ClientAbandonTest, BeforeItWasSent)
{
    Server& server = start_server();
    abandon(get(server, "/never"));
    settle();
    EXPECT_TRUE(server.connections.empty());
    expect_usable(server);
}

TEST_F(ClientAbandonTest, BeforeItWasSentOnAKeptConnection)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    complete(get(server));
    server.answers = nullptr;
    abandon(get(server, "/never"));
    settle();
    EXPECT_TRUE(server.connections[0]->socket->received.empty());
    expect_usable(server);
}

TEST_F(ClientAbandonTest, WhileItsNameIsLookedUp)
{
    Server& server = start_server();
    Waiting& exchange = start(
        request("GET", "http://localhost:" + std::to_string(server.listener().port()) + "/never"));
    reactor_.turn();
    abandon(exchange);
    settle(50);
    expect_usable(server);
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientAbandonTest, WhileItConnects)
{
    net::SilentPort silent;
    Waiting& exchange =
        start(request("GET", "http://127.0.0.1:" + std::to_string(silent.endpoint().port()) + "/"));
    settle();
    abandon(exchange);
    settle();
    expect_usable(start_server());
}

TEST_F(ClientAbandonTest, WhileItShakesHands)
{
    Server& server = start_server();  // which does not answer TLS
    Waiting& exchange = start(request("GET", "https" + server.url().substr(4)));
    Served& served = next_connection(server);
    until([&] { return !served.socket->received.empty(); }, "the client's hello");
    abandon(exchange);
    until([&] { return served.socket->ended(); }, "the connection to end");
    expect_usable(server);
}

TEST_F(ClientAbandonTest, WhileItSendsALargeBody)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.fields = "Content-Length: 33554432\r\n";
    exchange.request.body.assign(32 << 20, 'x');
    start(exchange);
    Served& served = next_connection(server);
    served.socket->limit_reading(100'000);
    until([&] { return served.socket->received.size() == 100'000; }, "some of the body");
    abandon(exchange);
    served.socket->limit_reading(~std::size_t{0});
    until([&] { return served.socket->ended(); }, "the connection to end");
    EXPECT_TRUE(served.socket->was_reset());
    expect_usable(server);
}

TEST_F(ClientAbandonTest, WhileItWaitsForTheAnswer)
{
    Server& server = start_server();
    Waiting& exchange = get(server, "/slow");
    Served& served = next_request(server);
    abandon(exchange);
    served.socket->send(ok("stale"));
    settle();
    expect_usable(server);
    EXPECT_EQ(server.connections.size(), 2u);
}

TEST_F(ClientAbandonTest, AtEveryByteOfTheAnswer)
{
    const std::string answer = ok("stale", "Set-Cookie: stale=1\r\n");
    for (std::size_t size = 1; size < answer.size(); ++size) {
        Server& server = start_server();
        Waiting& exchange = get(server, "/slow");
        Served& served = next_request(server);
        served.socket->send(answer.substr(0, size));
        settle(2);
        abandon(exchange);
        served.socket->send(answer.substr(size));
        expect_usable(server);
    }
    EXPECT_TRUE(client_->cookies().empty());
}

TEST_F(ClientAbandonTest, WhenTheAnswerIsThereButNobodyHasBeenCalled)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    Waiting& first = get(server, "/first");
    Waiting& second = get(server, "/second");
    first.then = [&] { abandon(second); };
    second.then = [&] { abandon(first); };
    until([&] { return first.resumed + second.resumed > 0; }, "one of them");
    settle();
    EXPECT_EQ(first.resumed + second.resumed, 1);
}

TEST_F(ClientAbandonTest, WhileItFollowsARedirect)
{
    Server& one = start_server();
    Server& two = start_server();
    one.answers = [&](auto&) { return redirect_to(two.url("/slow")); };
    Waiting& exchange = request("GET", one.url());
    exchange.request.follow = true;
    start(exchange);
    next_request(two);
    abandon(exchange);
    until([&] { return two.connections[0]->socket->ended(); }, "the second connection to end");
    EXPECT_TRUE(one.connections[0]->socket->is_open());
    EXPECT_FALSE(one.connections[0]->socket->ended()) << "the first one is kept";
}

TEST_F(ClientAbandonTest, Twice)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    next_request(server);
    abandon(exchange);
    client_->abandon(exchange);
    expect_usable(server);
    client_->abandon(exchange);
}

TEST_F(ClientAbandonTest, ByTheClientItself)
{
    Server& server = start_server();
    Waiting& waiting = get(server, "/waiting");
    next_request(server);
    Waiting& unsent = get(server, "/unsent");
    client_.reset();
    settle();
    EXPECT_EQ(waiting.resumed + unsent.resumed, 0);
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
}

}  // namespace
}  // namespace locustella::client
