// Which address a connection goes to and comes from, and how that is counted.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class ClientConnectingTest : public ClientTest {
protected:
    // "shop.test" has these addresses, whatever the port.
    void shop_is_at(const std::vector<std::string>& texts)
    {
        net::ResolverSettings settings;
        settings.fixed.push_back({"shop.test", 0, {}});
        for (const auto& text : texts)
            settings.fixed.back().addresses.push_back(boost::asio::ip::make_address(text));
        context_.resolver.configure(settings);
    }
    Server& start_server_at(const char* address, std::uint16_t port = 0)
    {
        Server& server = start_server({.address = address, .port = port});
        server.answers = [](auto&) { return ok("x"); };
        return server;
    }
    // A request on a new connection.
    Waiting& ask(std::uint16_t port)
    {
        client_->close_idle_connections();
        return complete(start(request("GET", "http://shop.test:" + std::to_string(port) + "/")));
    }
    static std::shared_ptr<const net::SourceAddresses> sources(const std::string& list)
    {
        std::string problem;
        auto parsed = net::SourceAddresses::parse(list, problem);
        EXPECT_TRUE(parsed) << problem;
        return parsed;
    }
    static std::string callers(const Server& server)
    {
        std::string text;
        for (const auto& connection : server.connections)
            text += (text.empty() ? "" : " ") + connection->socket->came_from().to_string();
        return text;
    }
};

TEST_F(ClientConnectingTest, ConnectionsShareTheAddressesOfAName)
{
    Server& one = start_server_at("127.0.0.2");
    const auto port = one.listener().port();
    Server& two = start_server_at("127.0.0.3", port);
    Server& three = start_server_at("127.0.0.4", port);
    shop_is_at({"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    for (int i = 0; i < 9; ++i)
        EXPECT_FALSE(ask(port).failure);
    EXPECT_EQ(one.connections.size(), 3u);
    EXPECT_EQ(two.connections.size(), 3u);
    EXPECT_EQ(three.connections.size(), 3u);
    EXPECT_EQ(context_.counts.opened, 9u);
    EXPECT_EQ(context_.counts.failed, 0u);
    EXPECT_EQ(context_.counts.reused, 0u);
}

TEST_F(ClientConnectingTest, RequestsOfAKeptConnectionStayWhereItLeads)
{
    Server& one = start_server_at("127.0.0.2");
    const auto port = one.listener().port();
    Server& two = start_server_at("127.0.0.3", port);
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    for (int i = 0; i < 5; ++i)
        complete(start(request("GET", "http://shop.test:" + std::to_string(port) + "/")));
    EXPECT_EQ(one.connections.size() + two.connections.size(), 1u);
    EXPECT_EQ(context_.counts.opened, 1u);
    EXPECT_EQ(context_.counts.reused, 4u);
}

TEST_F(ClientConnectingTest, AnAddressThatRefusesCostsNoRequest)
{
    Server& server = start_server_at("127.0.0.3");
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(ask(server.listener().port()).failure);
    EXPECT_EQ(server.connections.size(), 4u);
    EXPECT_EQ(context_.counts.opened, 4u);
    EXPECT_EQ(context_.counts.failed, 0u);
}

TEST_F(ClientConnectingTest, ASilentAddressCostsTheDelayOnly)
{
    net::SilentPort silent("127.0.0.2");
    const auto port = silent.endpoint().port();
    start_server_at("127.0.0.3", port);
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    context_.next_attempt_after = 10 * base::nanos_per_milli;
    Waiting& exchange = ask(port);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_GE(exchange.times.phases.connect, context_.next_attempt_after);
    EXPECT_EQ(context_.counts.opened, 1u) << "the loser is none of ours";
}

TEST_F(ClientConnectingTest, TheConnectTimeoutBoundsAllAttemptsTogether)
{
    net::SilentPort silent("127.0.0.2");
    shop_is_at({"127.0.0.2", "127.0.0.2", "127.0.0.2"});
    constexpr Nanos brief = 60 * base::nanos_per_milli;
    context_.next_attempt_after = brief * 2 / 3;
    Waiting& exchange =
        request("GET", "http://shop.test:" + std::to_string(silent.endpoint().port()) + "/");
    exchange.request.timeouts.connect = brief;
    complete(start(exchange));
    EXPECT_EQ(exchange.failure.code, Error::connect_timeout);
    EXPECT_GE(exchange.times.ended - exchange.times.begun, brief);
    EXPECT_EQ(context_.counts.failed, 1u);
}

TEST_F(ClientConnectingTest, WhatNeverCameToBeIsCountedAsFailed)
{
    complete(start(request("GET", "http://no-such-host.invalid/")));
    EXPECT_EQ(context_.counts.failed, 1u);
    complete(start(
        request("GET", "http://127.0.0.1:" + std::to_string(net::closed_port().port()) + "/")));
    EXPECT_EQ(context_.counts.failed, 2u);
    net::SilentPort silent;
    Waiting& left =
        start(request("GET", "http://127.0.0.1:" + std::to_string(silent.endpoint().port()) + "/"));
    settle();
    client_->abandon(left);
    EXPECT_EQ(context_.counts.failed, 2u) << "a user who goes away is no failure";
    EXPECT_EQ(context_.counts.opened, 0u);
}

TEST_F(ClientConnectingTest, TheContextsSourceAddressesTakeTurns)
{
    Server& server = start_server_at("127.0.0.1");
    shop_is_at({"127.0.0.1"});
    context_.sources = sources("127.0.0.11-127.0.0.12");
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(ask(server.listener().port()).failure);
    EXPECT_EQ(callers(server), "127.0.0.11 127.0.0.12 127.0.0.11 127.0.0.12");
}

TEST_F(ClientConnectingTest, ARouteMayHaveSourceAddressesOfItsOwn)
{
    Server& server = start_server_at("127.0.0.1");
    context_.sources = sources("127.0.0.11");
    const auto own = std::make_shared<const Route>(Route{.sources = sources("127.0.0.21")});
    for (const auto& route : {own, default_route(), own, default_route()}) {
        Waiting& exchange = request("GET", server.url());
        exchange.route = route;
        EXPECT_FALSE(complete(start(exchange)).failure);
    }
    EXPECT_EQ(callers(server), "127.0.0.21 127.0.0.11")
        << "and does not share connections with the others";
    EXPECT_EQ(context_.counts.reused, 2u);
}

TEST_F(ClientConnectingTest, NoSourceThatFitsIsAFailureWithWords)
{
    Server& server = start_server({.address = "::1"});
    context_.sources = sources("127.0.0.11");
    Waiting& exchange = complete(get(server));
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_EQ(exchange.failure.words,
              "no source address fits the target ::1: all of them are IPv4");
    EXPECT_EQ(context_.counts.failed, 1u);
}

}  // namespace
}  // namespace locustella::client
