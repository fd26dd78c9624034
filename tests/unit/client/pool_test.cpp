// Connections that clients share, and limits: who gets which, who waits, and what is left when
// somebody goes.
#include "client/pool.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class PoolTest : public ClientTest {
protected:
    void TearDown() override
    {
        others_.clear();
        pool_.reset();
        ClientTest::TearDown();
    }

    void share(Pool::Limits limits)
    {
        pool_ = new Pool(limits);
        client_->use(pool_);
    }
    Client& another_client()
    {
        Client& other = *others_.emplace_back(std::make_unique<Client>(context_));
        other.use(pool_);
        return other;
    }
    Waiting& get_by(Client& client, const Server& server, const std::string& target = "/")
    {
        Waiting& exchange = request("GET", server.url(target));
        client.start(exchange);
        return exchange;
    }
    // The connection whose request has this target.
    Served& asked(Server& server, const std::string& target)
    {
        Served* found = nullptr;
        until(
            [&] {
                for (auto& connection : server.connections) {
                    connection->take_request();
                    if (connection->request.starts_with("GET " + target + " "))
                        found = connection.get();
                }
                return found != nullptr;
            },
            "the request");
        return *found;
    }

    SharedPool pool_;
    std::vector<std::unique_ptr<Client>> others_;
};

TEST_F(PoolTest, ClientsUseEachOthersConnections)
{
    share({});
    Client& other = another_client();
    Server& server = start_server();
    server.answers = [](const std::string&) { return ok("x"); };
    for (Client* client : {client_.get(), &other, &other, client_.get()})
        finish(get_by(*client, server));
    EXPECT_EQ(context_.counts.opened, 1u);
    EXPECT_EQ(context_.counts.reused, 3u);
}

TEST_F(PoolTest, CookiesAreNotShared)
{
    share({});
    Client& other = another_client();
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return ok(request, "Set-Cookie: mine=1\r\n");
    };
    finish(get_by(*client_, server));
    Waiting& theirs = get_by(other, server);
    finish(theirs);
    EXPECT_EQ(theirs.response.body().find("Cookie"), std::string::npos);
    EXPECT_TRUE(theirs.reused);
}

TEST_F(PoolTest, BeyondTheLimitTheyWaitFirstComeFirstServed)
{
    share({.most_at_once = 1});
    Client& other = another_client();
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(other, server, "/2");
    Waiting& third = get_by(*client_, server, "/3");
    asked(server, "/1").socket->send(ok("1"));
    finish(first);
    EXPECT_FALSE(second.done || third.done);
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    EXPECT_FALSE(third.done);
    asked(server, "/3").socket->send(ok("3"));
    finish(third);
    EXPECT_EQ(context_.counts.opened, 1u);
    EXPECT_EQ(third.response.body(), "3");
}

TEST_F(PoolTest, WaitingInLineIsNoResponseTime)
{
    share({.most_at_once = 1});
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(*client_, server, "/2");
    Served& served = asked(server, "/1");
    const Nanos later = base::monotonic_now() + 50 * base::nanos_per_milli;
    until([&] { return base::monotonic_now() > later; }, "some time");
    served.socket->send(ok("1"));
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    EXPECT_TRUE(first.done);
    EXPECT_GE(second.times.begun, later);
    EXPECT_LT(second.times.taken(), second.times.ended - later + 1);
    EXPECT_EQ(reactor_.lag().pool.count(), 1u);
    EXPECT_GE(reactor_.lag().pool.max(), 49 * base::nanos_per_milli);
    EXPECT_LT(reactor_.lag().send.max(), 49 * base::nanos_per_milli)
        << "nor is it lateness of ours";
}

TEST_F(PoolTest, EachPlaceHasALimitOfItsOwn)
{
    share({.most_at_once = 1});
    Server& here = start_server();
    Server& there = start_server();
    Waiting& first = get_by(*client_, here, "/1");
    Waiting& waits = get_by(*client_, here, "/2");
    Waiting& second = get_by(*client_, there, "/3");
    asked(there, "/3").socket->send(ok("3"));
    finish(second);
    EXPECT_FALSE(first.done || waits.done);
    asked(here, "/1").socket->send(ok("1"));
    asked(here, "/2").socket->send(ok("2"));
    finish(waits);
}

TEST_F(PoolTest, AFailureGivesItsTurnToTheNext)
{
    share({.most_at_once = 1});
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(*client_, server, "/2");
    asked(server, "/1").socket->reset();
    finish(first);
    EXPECT_TRUE(first.failure);
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    EXPECT_FALSE(second.failure);
}

TEST_F(PoolTest, AnAbandonedOneGivesItsTurnToTheNextAndLeavesTheLine)
{
    share({.most_at_once = 1});
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(*client_, server, "/2");
    Waiting& third = get_by(*client_, server, "/3");
    asked(server, "/1");
    client_->abandon(second);
    client_->abandon(first);
    asked(server, "/3").socket->send(ok("3"));
    finish(third);
    EXPECT_EQ(first.resumed + second.resumed, 0);
    EXPECT_FALSE(third.failure);
}

TEST_F(PoolTest, AClientThatGoesTakesItsExchangesAlong)
{
    share({.most_at_once = 1});
    another_client();
    Server& server = start_server();
    Waiting& first = get_by(*others_.front(), server, "/1");
    Waiting& second = get_by(*others_.front(), server, "/2");
    Waiting& third = get_by(*client_, server, "/3");
    asked(server, "/1");
    others_.clear();
    asked(server, "/3").socket->send(ok("3"));
    finish(third);
    EXPECT_EQ(first.resumed + second.resumed, 0);
}

TEST_F(PoolTest, NotMoreThanTheseAreKeptIdle)
{
    share({.most_idle = 1});
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(*client_, server, "/2");
    asked(server, "/1").socket->send(ok("1"));
    finish(first);
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    EXPECT_EQ(context_.counts.opened, 2u);
    EXPECT_EQ(context_.counts.closed, 1u);
    Waiting& again = get_by(*client_, server, "/3");
    asked(server, "/3").socket->send(ok("3"));
    finish(again);
    EXPECT_TRUE(again.reused);
}

TEST_F(PoolTest, PlacesNotUsedForLongestAreDropped)
{
    share({.most_places = 2});
    Server* servers[] = {&start_server(), &start_server(), &start_server()};
    for (Server* server : servers)
        server->answers = [](const std::string&) { return ok("x"); };
    for (const int i : {0, 1, 0, 2})
        finish(get_by(*client_, *servers[i]));
    EXPECT_EQ(context_.counts.closed, 1u);
    Waiting& kept = get_by(*client_, *servers[0]);
    finish(kept);
    EXPECT_TRUE(kept.reused);
    Waiting& dropped = get_by(*client_, *servers[1]);
    finish(dropped);
    EXPECT_FALSE(dropped.reused);
}

TEST_F(PoolTest, ARedirectGoesBehindThoseWhoWait)
{
    share({.most_at_once = 1});
    Server& server = start_server();
    Waiting& first = request("GET", server.url("/old"));
    first.request.follow = true;
    start(first);
    Waiting& second = get_by(*client_, server, "/2");
    asked(server, "/old").socket->send(redirect_to("/new"));
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    asked(server, "/new").socket->send(ok("new"));
    finish(first);
    EXPECT_EQ(first.response.body(), "new");
    EXPECT_EQ(context_.counts.opened, 1u);
}

TEST_F(PoolTest, AConnectionThatTheServerHasClosedIsOpenedAgain)
{
    share({.most_at_once = 1});
    Server& server = start_server();
    server.answers = [](const std::string&) { return ok("x"); };
    finish(get_by(*client_, server));
    server.connections.front()->socket->close();
    Waiting& exchange = get_by(*client_, server);  // may find out only when it sends
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(context_.counts.opened, 2u);
}

TEST_F(PoolTest, ClosingTheIdleOnesLeavesTheBusyOnes)
{
    share({});
    Server& server = start_server();
    Waiting& first = get_by(*client_, server, "/1");
    Waiting& second = get_by(*client_, server, "/2");
    asked(server, "/1").socket->send(ok("1"));
    finish(first);
    client_->close_idle_connections();
    EXPECT_EQ(context_.counts.closed, 1u);
    asked(server, "/2").socket->send(ok("2"));
    finish(second);
    EXPECT_FALSE(second.failure);
}

TEST_F(PoolTest, AClientsOwnLimitTakesItsConnectionsAlong)
{
    client_->limit(2);
    Server& server = start_server();
    Waiting* exchanges[4];
    for (int i = 0; i < 4; ++i)
        exchanges[i] = &get_by(*client_, server, "/" + std::to_string(i));
    for (int i = 0; i < 4; ++i) {
        asked(server, "/" + std::to_string(i)).socket->send(ok("x"));
        finish(*exchanges[i]);
        EXPECT_FALSE(exchanges[i]->failure);
    }
    EXPECT_EQ(context_.counts.opened, 2u);
}

TEST_F(PoolTest, BelongsToTheFirstContextThatAsks)
{
    const SharedPool pool(new Pool({}));
    reactor::Reactor other_reactor;
    Context other(other_reactor);
    EXPECT_TRUE(pool->bind_to(context_));
    EXPECT_FALSE(pool->bind_to(other));
    EXPECT_TRUE(pool->bind_to(context_));
}

TEST_F(PoolTest, BeginsAnewInAForkedChild)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) { return ok(request); };
    share({.most_at_once = 1});
    finish(get_by(*client_, server));
    reactor::Reactor own_reactor;
    Context own(own_reactor);
    EXPECT_FALSE(pool_->bind_to(own));
    context_.left_to_parent = true;
    EXPECT_TRUE(pool_->bind_to(own));
    EXPECT_TRUE(pool_->is_bound_to(own));
    EXPECT_EQ(context_.counts.opened, context_.counts.closed) << "the idle one is closed";
    EXPECT_FALSE(pool_->bind_to(context_));
}

}  // namespace
}  // namespace locustella::client
