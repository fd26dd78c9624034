// The client through proxies: forwarding and tunnelling ones, SOCKS5, and what goes wrong on the
// way.
#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/client/relay.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

using namespace std::string_literals;

class ClientProxyTest : public ClientTest {
protected:
    Waiting& through(const std::string& proxy, const std::string& url)
    {
        Waiting& exchange = request("GET", url);
        exchange.route = std::make_shared<const Route>(
            Route{.tls = {.verify = false}, .proxy = Proxy::parse(proxy)});
        return exchange;
    }
    std::string place(Server& proxy)
    {
        return "127.0.0.1:" + std::to_string(proxy.listener().port());
    }

    // What the proxy has been told, once it is so much. It is taken.
    std::string hear(Served& proxy, std::size_t size)
    {
        until([&] { return proxy.socket->received.size() >= size; }, "bytes for the proxy");
        return std::exchange(proxy.socket->received, {});
    }

    net::ServerTls tls_{net::Certificate::self_signed("server", {"DNS:shop.test"})};
};

TEST_F(ClientProxyTest, PlainRequestsAreForwarded)
{
    Server& proxy = start_server();
    proxy.answers = [](const std::string& request) { return ok(request); };
    Waiting& exchange =
        complete(through("http://anna:secret@" + place(proxy), "http://shop.test/a?b=c"));
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.body(),
              "GET http://shop.test/a?b=c HTTP/1.1\r\nHost: shop.test\r\n"
              "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n\r\n");
}

TEST_F(ClientProxyTest, OneConnectionForwardsForManyOrigins)
{
    Server& proxy = start_server();
    proxy.answers = [](const std::string&) { return ok("x"); };
    for (const char* url : {"http://shop.test/", "http://shop.test:8080/", "http://other.test/"})
        EXPECT_FALSE(complete(through("http://" + place(proxy), url)).failure);
    EXPECT_EQ(context_.counts.opened, 1u);
    EXPECT_EQ(context_.counts.reused, 2u);
}

TEST_F(ClientProxyTest, RequestsWithAndWithoutAProxyShareNothing)
{
    Server& server = start_server();
    server.answers = [](const std::string&) { return ok("x"); };
    complete(request("GET", server.url()));
    complete(through("http://" + place(server), server.url()));
    complete(through("http://other@" + place(server), server.url()));
    EXPECT_EQ(context_.counts.opened, 3u);
}

TEST_F(ClientProxyTest, ARedirectStaysWithTheProxy)
{
    Server& proxy = start_server();
    proxy.answers = [](const std::string& request) {
        return request.starts_with("GET http://shop.test/old ")
                   ? redirect_to("http://else.test/new")
                   : ok(request);
    };
    Waiting& exchange = through("http://" + place(proxy), "http://shop.test/old");
    exchange.request.follow = true;
    complete(exchange);
    EXPECT_TRUE(exchange.response.body().starts_with(
        "GET http://else.test/new HTTP/1.1\r\nHost: else.test\r\n"));
}

TEST_F(ClientProxyTest, ARedirectChoosesItsRouteAnew)
{
    Server& proxy = start_server();
    Server& server = start_server();
    proxy.answers = [&](const std::string& request) {
        return request.starts_with("GET http://shop.test/old ") ? redirect_to(server.url("/new"))
                                                                : ok(request);
    };
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /new ") ? redirect_to("http://else.test/") : ok("no");
    };
    RouteChoice choice;
    choice.named = {{"http", through("http://anna:pw@" + place(proxy), "http://x/").route},
                    {"http://127.0.0.1", default_route()}};
    choice.login = "Proxy-Authorization: Basic YW5uYTpwdw==\r\n";
    Waiting& exchange = request("GET", "http://shop.test/old");
    exchange.request.follow = true;
    exchange.route = choice.route_to(exchange.request.origin);
    exchange.choice = &choice;
    complete(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    ASSERT_EQ(exchange.history.size(), 2u);
    EXPECT_EQ(exchange.response.body(),
              "GET http://else.test/ HTTP/1.1\r\nHost: else.test\r\n"
              "Proxy-Authorization: Basic YW5uYTpwdw==\r\n\r\n");
    ASSERT_EQ(server.connections.size(), 1u);
    // requests' own: whoever is asked in the clear gets it
    EXPECT_TRUE(server.connections[0]->request.ends_with(
        "\r\nProxy-Authorization: Basic YW5uYTpwdw==\r\n\r\n"));
}

// What it says of any place. `first` is the choice of the request itself.
struct Saying : RedirectRoutes {
    Saying() { first.redirects = this; }
    const RouteChoice* after(const RouteChoice&, const http::Request& redirected,
                             std::string& why) override
    {
        asked.push_back(redirected.origin.host);
        why = words;
        return words.empty() ? &choice : nullptr;
    }
    void follow(Waiting& exchange)
    {
        exchange.request.follow = true;
        exchange.choice = &first;
    }
    RouteChoice first, choice;
    std::string words;
    std::vector<std::string> asked;
};

TEST_F(ClientProxyTest, ARedirectAsksAnewWhereTheEnvironmentHasAWord)
{
    Server& server = start_server();
    Server& proxy = start_server();
    server.answers = [](const std::string&) { return redirect_to("http://else.test/"); };
    proxy.answers = [](const std::string& request) { return ok(request); };
    Saying saying;
    saying.choice.named = {{"http", through("http://" + place(proxy), "http://x/").route}};
    saying.choice.login = "Proxy-Authorization: Basic YW5uYTpwdw==\r\n";
    Waiting& exchange = request("GET", server.url("/"));
    saying.follow(exchange);
    complete(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(saying.asked, std::vector<std::string>{"else.test"});
    ASSERT_EQ(exchange.history.size(), 1u);
    EXPECT_EQ(exchange.history[0].login, saying.choice.login);
    EXPECT_EQ(proxy.connections.size(), 1u);
}

TEST_F(ClientProxyTest, ARedirectThatNobodyKnowsTheProxyOfFails)
{
    Server& server = start_server();
    server.answers = [](const std::string&) { return redirect_to("http://else.test:8080/there"); };
    for (const std::string words : {"ValueError: no such luck", ""}) {
        Saying saying;
        saying.words = words;
        saying.choice.named = {{"http", nullptr}};
        saying.choice.login = "Proxy-Authorization: Basic YW5uYTpwdw==\r\n";
        Waiting& exchange = request("GET", server.url("/"));
        saying.follow(exchange);
        complete(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::redirect);
        EXPECT_EQ(exchange.failure.code, Error::no_route);
        EXPECT_EQ(exchange.failure.words,
                  words.empty() ? "the environment's proxy for http://else.test:8080 is of a kind "
                                  "that is not spoken: only http://, socks5:// and socks5h:// are"
                                : words);
        EXPECT_EQ(exchange.request.url(), "http://else.test:8080/there");
        EXPECT_EQ(exchange.request.fields.find("Proxy-Authorization"), std::string::npos);
        EXPECT_EQ(exchange.response.status, 0);
        ASSERT_EQ(exchange.history.size(), 1u);
        EXPECT_TRUE(exchange.history[0].login.empty());
    }
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientProxyTest, TheLoginStandsWhereTheRequestHasOneOfItsOwn)
{
    Server& proxy = start_server();
    proxy.answers = [](const std::string& request) { return ok(request); };
    for (const std::size_t cookie_at : {0u, 27u, 40u}) {
        Waiting& exchange = through("http://anna:pw@" + place(proxy), "http://shop.test/");
        exchange.request.fields = "Proxy-AUTHORIZATION: mine\r\nAccept: */*\r\n";
        exchange.request.cookie_at = cookie_at;
        complete(exchange);
        EXPECT_EQ(exchange.response.body(),
                  "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n"
                  "Proxy-Authorization: Basic YW5uYTpwdw==\r\nAccept: */*\r\n\r\n");
    }
}

TEST_F(ClientProxyTest, TlsGoesThroughATunnel)
{
    Server& proxy = start_server();
    Server& shop = start_server({.tls = tls_.context()});
    shop.answers = [](const std::string& request) { return ok(request); };
    Waiting& exchange =
        start(through("http://anna:pw@" + place(proxy), "https://shop.test:8443/secret"));
    Served& client = next_request(proxy);
    EXPECT_EQ(client.request,
              "CONNECT shop.test:8443 HTTP/1.1\r\nHost: shop.test:8443\r\n"
              "Proxy-Authorization: Basic YW5uYTpwdw==\r\n\r\n");
    client.socket->send("HTTP/1.1 200 Connection established\r\n\r\n");
    Relay relay(*client.socket, shop.listener().endpoint());
    bystanders_.push_back([&] { relay.pump(); });
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message() << exchange.failure.words;
    EXPECT_EQ(exchange.response.body(), "GET /secret HTTP/1.1\r\nHost: shop.test:8443\r\n\r\n");

    Waiting& second =
        complete(through("http://anna:pw@" + place(proxy), "https://shop.test:8443/again"));
    EXPECT_TRUE(second.reused);
    EXPECT_EQ(proxy.connections.size(), 1u);
    client_.reset();
    until([&] { return client.socket->ended(); }, "the end of the tunnel");
    settle();
    bystanders_.clear();
}

TEST_F(ClientProxyTest, AnAnswerCutAtEveryByteOpensTheTunnel)
{
    Server& proxy = start_server();
    const std::string answer = "HTTP/1.1 200 OK\r\nVia: 1.1 x\r\n\r\n";
    Waiting& exchange = start(through("http://" + place(proxy), "https://shop.test/"));
    Served& client = next_request(proxy);
    for (const char byte : answer) {
        client.socket->send({&byte, 1});
        settle(2);
        EXPECT_FALSE(exchange.done);
    }
    EXPECT_EQ(hear(client, 1).front(), '\x16') << "a TLS handshake begins";
    client.socket->close();
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::tls);
}

TEST_F(ClientProxyTest, ARefusedTunnelHasTheProxysWords)
{
    Server& proxy = start_server();
    for (const auto& [line, code] :
         {std::pair{"HTTP/1.1 403 Forbidden", Error::proxy_refused},
          {"HTTP/1.1 407 Proxy Authentication Required", Error::proxy_authentication},
          {"BLAH", Error::proxy_protocol}}) {
        Waiting& exchange = start(through("http://" + place(proxy), "https://shop.test/"));
        next_request(proxy).socket->send(line + "\r\n\r\n"s);
        finish(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::connect);
        EXPECT_EQ(exchange.failure.code, code);
        EXPECT_EQ(exchange.failure.words, line);
    }
}

TEST_F(ClientProxyTest, AProxyThatGoesAwayIsToldApart)
{
    Server& proxy = start_server();
    for (const bool hard : {false, true}) {
        Waiting& exchange = start(through("http://" + place(proxy), "https://shop.test/"));
        Served& client = next_request(proxy);
        hard ? client.socket->reset() : client.socket->close();
        finish(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::connect);
        EXPECT_EQ(exchange.failure.code, Error::proxy_closed);
    }
}

TEST_F(ClientProxyTest, AProxyThatSaysNothingIsWaitedForAsLongAsAConnection)
{
    Server& proxy = start_server();
    Waiting& exchange = through("http://" + place(proxy), "https://shop.test/");
    exchange.request.timeouts = {.connect = 30 * base::nanos_per_milli,
                                 .read = 60 * base::nanos_per_second};
    complete(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_EQ(exchange.failure.code, Error::proxy_timeout);
}

TEST_F(ClientProxyTest, AnUnreachableHttpProxyIsNamed)
{
    const auto port = std::to_string(net::closed_port().port());
    Waiting& exchange = complete(through("http://127.0.0.1:" + port, "http://shop.test/"));
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_EQ(exchange.failure.code, std::errc::connection_refused);
    EXPECT_EQ(exchange.failure.words, "proxy 127.0.0.1:" + port);
    Waiting& socks = complete(through("socks5h://127.0.0.1:" + port, "http://shop.test/"));
    EXPECT_EQ(socks.failure.code, std::errc::connection_refused);
}

TEST_F(ClientProxyTest, Socks5ByNameReachesTheServer)
{
    Server& proxy = start_server();
    Waiting& exchange = start(through("socks5h://anna:pw@" + place(proxy), "http://shop.test/a"));
    Served& client = next_connection(proxy);
    EXPECT_EQ(hear(client, 4), "\5\2\0\2"s);
    client.socket->send("\5\2"s);
    EXPECT_EQ(hear(client, 9), "\1\4anna\2pw"s);
    client.socket->send("\1\0"s);
    EXPECT_EQ(hear(client, 16), "\5\1\0\3\x09shop.test\0\x50"s);
    client.socket->send("\5\0\0\1\0\0\0\0\0\0"s);
    until([&] { return client.take_request(); }, "the request");
    EXPECT_EQ(client.request, "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    client.socket->send(ok("hello"));
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "hello");
}

TEST_F(ClientProxyTest, Socks5LooksNamesUpItself)
{
    Server& proxy = start_server();
    Waiting& exchange = start(through("socks5://" + place(proxy), "http://localhost:81/"));
    Served& client = next_connection(proxy);
    EXPECT_EQ(hear(client, 3), "\5\1\0"s);
    client.socket->send("\5\0"s);
    const std::string asked = hear(client, 10);
    EXPECT_TRUE(asked == "\5\1\0\1\x7f\0\0\1\0\x51"s ||
                asked == "\5\1\0\4"s + std::string(15, '\0') + "\1\0\x51"s);
    client.socket->send("\5\5\0\1\0\0\0\0\0\0"s);
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::connect);
    EXPECT_EQ(exchange.failure.code, Error::proxy_refused);
    EXPECT_EQ(exchange.failure.words, "0x05: Connection refused");
    EXPECT_GT(exchange.times.phases.lookup, 0);
    EXPECT_GT(exchange.times.phases.connect, 0);
    EXPECT_EQ(exchange.times.phases.sum(), exchange.times.taken());
}

TEST_F(ClientProxyTest, Socks5FailsToLookUpWhatDoesNotExist)
{
    Server& proxy = start_server();
    Waiting& exchange = start(through("socks5://" + place(proxy), "http://no-such-host.invalid/"));
    Served& client = next_connection(proxy);
    hear(client, 3);
    client.socket->send("\5\0"s);
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::lookup);
    EXPECT_EQ(exchange.failure.words, "");
}

TEST_F(ClientProxyTest, AnswersRightBehindTheReplyAreTheServers)
{
    // An overloaded server may answer before it is asked.
    Server& proxy = start_server();
    Waiting& exchange = start(through("socks5h://" + place(proxy), "http://127.0.0.1:9/"));
    Served& client = next_connection(proxy);
    hear(client, 3);
    client.socket->send("\5\0"s);
    hear(client, 10);
    client.socket->send("\5\0\0\1\0\0\0\0\0\0"s + "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    client.socket->close();
    finish(exchange);
    EXPECT_EQ(exchange.response.status, 503);
}

TEST_F(ClientProxyTest, AbandonedInTheTunnelNothingIsLeft)
{
    Server& proxy = start_server();
    for (const char* kind : {"http://", "socks5://"}) {
        Waiting& exchange = start(through(kind + place(proxy), "https://localhost/"));
        Served& client = next_connection(proxy);
        until([&] { return !client.socket->received.empty(); }, "the talk to begin");
        client_->abandon(exchange);
        until([&] { return client.socket->ended(); }, "the end");
        EXPECT_TRUE(client.socket->was_reset());
        EXPECT_EQ(exchange.resumed, 0);
    }
}

}  // namespace
}  // namespace locustella::client
