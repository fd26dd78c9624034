// Objects that become superfluous while their own functions are on the stack. AddressSanitizer is
// the judge here.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class OwnStackTest : public ClientTest {
protected:
    // So many servers that the client keeps an idle connection to each, and not one more.
    std::vector<Server*> servers_with_idle_connections()
    {
        std::vector<Server*> servers;
        for (int i = 0; i < 10; ++i) {
            servers.push_back(&start_server());
            servers.back()->answers = [](const std::string&) { return ok("kept"); };
            complete(get(*servers.back()));
        }
        return servers;
    }
    Waiting& following(const std::string& url)
    {
        Waiting& exchange = request("GET", url);
        exchange.request.follow = true;
        return exchange;
    }
};

// The redirect's connection becomes idle, is the oldest of them, and makes room for the one to the
// redirect's target, all within its own function: here the one that goes on reading after others
// have had their turn.
TEST_F(OwnStackTest, AConnectionMakesRoomForTheOneItsRedirectLeadsTo)
{
    const auto servers = servers_with_idle_connections();
    Server& target = start_server();
    target.answers = [](const std::string&) { return ok("there"); };
    const std::string long_body(3 << 20, 'x');
    servers.front()->answers = [&](const std::string&) {
        return "HTTP/1.1 302 Found\r\nLocation: " + target.url() +
               "\r\nContent-Length: " + std::to_string(long_body.size()) + "\r\n\r\n" + long_body;
    };
    Waiting& exchange = complete(following(servers.front()->url()));
    EXPECT_EQ(exchange.response.body(), "there");
    EXPECT_EQ(exchange.history.size(), 1u);
}

// The same at once: its function was called for the socket.
TEST_F(OwnStackTest, AConnectionWithAShortAnswerMakesRoomToo)
{
    const auto servers = servers_with_idle_connections();
    Server& target = start_server();
    target.answers = [](const std::string&) { return ok("there"); };
    servers.front()->answers = [&](const std::string&) { return redirect_to(target.url()); };
    EXPECT_EQ(complete(following(servers.front()->url())).response.body(), "there");
    settle();
    EXPECT_TRUE(servers.front()->connections.front()->socket->ended()) << "it was closed at once";
}

// Whoever chooses a redirect's route is code of the user's own: it may close the session's idle
// connections, and the one whose answer is just over is one of them.
struct Closing final : RedirectRoutes {
    explicit Closing(Client& its) : client(its) { choice.redirects = this; }
    const RouteChoice* after(const RouteChoice&, const http::Request&, std::string&) override
    {
        client.close_idle_connections();
        return &choice;
    }
    RouteChoice choice;
    Client& client;
};

TEST_F(OwnStackTest, AConnectionIsClosedWhileItsRedirectLooksForARoute)
{
    for (const bool pooled : {false, true}) {
        if (pooled)
            client_->use(SharedPool(new Pool({})));
        Server& server = start_server();
        server.answers = [](const std::string& request) {
            return request.starts_with("GET /there ") ? ok("there") : redirect_to("/there");
        };
        Closing routes(*client_);
        Waiting& exchange = following(server.url("/"));
        exchange.choice = &routes.choice;
        client_->start(exchange);
        finish(exchange);
        EXPECT_EQ(exchange.response.body(), "there");
        settle();
        EXPECT_EQ(server.connections.size(), 2u);
        EXPECT_TRUE(server.connections.front()->socket->ended());
        exchange.choice = nullptr;
    }
}

// Its user has the answer, and is gone with its client before the turn is over.
TEST_F(OwnStackTest, AClientGoesWhileItsUserIsResumed)
{
    Server& server = start_server();
    Waiting& exchange = get(server);
    exchange.then = [&] { client_.reset(); };
    next_request(server).socket->send(ok("last"));
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "last");
    EXPECT_EQ(client_, nullptr);
}

// The opener fails before its start() returns.
TEST_F(OwnStackTest, AnOpeningThatFailsAtOnceIsNoHarm)
{
    std::string problem;
    context_.sources = net::SourceAddresses::parse("::1", problem);
    ASSERT_TRUE(context_.sources) << problem;
    Waiting& exchange = request("GET", "http://127.0.0.1:1/");
    complete(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_NE(exchange.failure.words.find("source address"), std::string::npos);
}

}  // namespace
}  // namespace locustella::client
