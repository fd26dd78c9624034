// The client over TLS: verification, reuse, and the ways a handshake fails.
#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

// A route that checks certificates against this bundle, or the system's.
SharedRoute verifying(std::string bundle = {})
{
    return std::make_shared<const Route>(
        Route{.tls = {.verify = true, .ca_bundle = std::move(bundle)}});
}

class ClientTlsTest : public ClientTest {
protected:
    Server& start_tls_server() { return start_server({.tls = tls_.context()}); }
    Waiting& trusting(const std::string& url)
    {
        Waiting& exchange = request("GET", url);
        exchange.route = verifying(folder_.write("authority.pem", authority_.pem()));
        return exchange;
    }

    net::Folder folder_;
    net::Certificate authority_ = net::Certificate::authority("Test Authority");
    net::ServerTls tls_{authority_.issue("server", {"IP:127.0.0.1", "DNS:localhost"})};
};

TEST_F(ClientTlsTest, VerifiesAndIsServed)
{
    Server& server = start_tls_server();
    server.answers = [](const std::string& request) { return ok(request); };
    for (const char* host : {"127.0.0.1", "localhost"}) {
        server.host = host;
        for (int i = 0; i < 3; ++i) {
            Waiting& exchange = complete(trusting(server.url("/secret")));
            EXPECT_FALSE(exchange.failure)
                << exchange.failure.code.message() << exchange.failure.words;
            EXPECT_TRUE(exchange.response.body().starts_with("GET /secret HTTP/1.1\r\n"));
            EXPECT_EQ(exchange.reused, i > 0);
        }
    }
    EXPECT_EQ(context_.counts.opened, 2u);
}

TEST_F(ClientTlsTest, ARefusedCertificateFailsWithWords)
{
    Server& server = start_tls_server();
    Waiting& exchange = request("GET", server.url());
    exchange.route = verifying();
    complete(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::tls);
    EXPECT_EQ(exchange.failure.code, net::TlsError::certificate_refused);
    EXPECT_NE(exchange.failure.words.find("certificate verify failed"), std::string::npos)
        << exchange.failure.words;
}

TEST_F(ClientTlsTest, ACarelessConnectionDoesNotServeACarefulRequest)
{
    Server& server = start_tls_server();
    server.answers = [](auto&) { return ok("x"); };
    EXPECT_FALSE(complete(start(request("GET", server.url()))).failure);
    Waiting& careful = request("GET", server.url());
    careful.route = verifying();
    complete(careful);
    EXPECT_EQ(careful.failure.code, net::TlsError::certificate_refused);
}

TEST_F(ClientTlsTest, AMissingBundleIsASetupError)
{
    Server& server = start_tls_server();
    Waiting& exchange = request("GET", server.url());
    exchange.route = verifying(folder_.path() + "/missing.pem");
    complete(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::tls);
    EXPECT_EQ(exchange.failure.code, Error::tls_setup);
    EXPECT_NE(exchange.failure.words.find("missing.pem"), std::string::npos);
}

TEST_F(ClientTlsTest, APlainServerIsAProtocolError)
{
    Server& server = start_server();
    Waiting& exchange = start(request("GET", "https" + server.url().substr(4)));
    Served& served = next_connection(server);
    served.socket->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::tls);
    EXPECT_EQ(exchange.failure.code, net::TlsError::protocol);
}

TEST_F(ClientTlsTest, AServerThatHangsUpInTheHandshake)
{
    for (const bool hard : {false, true}) {
        Server& server = start_server();
        Waiting& exchange = start(request("GET", "https" + server.url().substr(4)));
        Served& served = next_connection(server);
        until([&] { return !served.socket->received.empty(); }, "the client's hello");
        hard ? served.socket->reset() : served.socket->close();
        finish(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::tls);
        if (hard) {
            EXPECT_EQ(exchange.failure.code, std::errc::connection_reset);
        } else {
            EXPECT_EQ(exchange.failure.code, net::TlsError::protocol);
        }
    }
}

TEST_F(ClientTlsTest, ABodyMayEndWithTheConnectionPolitelyOrNot)
{
    for (const bool polite : {true, false}) {
        Server& server = start_tls_server();
        Waiting& exchange = start(request("GET", server.url()));
        Served& served = next_request(server);
        served.socket->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        polite ? served.socket->close() : served.socket->close_silently();
        finish(exchange);
        EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
        EXPECT_EQ(exchange.response.body(), "until the end");
    }
}

TEST_F(ClientTlsTest, AnIdleConnectionThatEndsIsForgotten)
{
    for (const bool polite : {true, false}) {
        Server& server = start_tls_server();
        server.answers = [](auto&) { return ok("x"); };
        complete(start(request("POST", server.url())));
        Served& served = *server.connections.back();
        polite ? served.socket->close() : served.socket->close_silently();
        settle();
        EXPECT_EQ(context_.counts.opened, context_.counts.closed);
        Waiting& next = complete(start(request("POST", server.url())));
        EXPECT_FALSE(next.failure);
        EXPECT_FALSE(next.reused);
        client_->close_idle_connections();
    }
}

TEST_F(ClientTlsTest, LargeBodiesBothWays)
{
    Server& server = start_tls_server();
    std::string body(6 << 20, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 40503 >> 5);
    server.answers = [&](const std::string& request) {
        return ok(request.substr(request.find("\r\n\r\n") + 4));
    };
    Waiting& exchange = request("PUT", server.url());
    exchange.request.fields = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    exchange.request.body = body;
    complete(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_TRUE(exchange.response.body() == body);
}

TEST_F(ClientTlsTest, AStreamNobodyReadsIsNotHoarded)
{
    Server& server = start_server({.tls = tls_.context(), .receive_buffer = 65536});
    const std::string body(32 << 20, 'x');
    Waiting& exchange = request("GET", server.url());
    exchange.request.stream = true;
    start(exchange);
    Served& served = next_request(server);
    served.socket->send(ok(body));
    settle(200);
    EXPECT_FALSE(served.socket->sent_all());
    until(
        [&] {
            client_->take_body(exchange);
            return exchange.done;
        },
        "the end of the stream");
    EXPECT_TRUE(exchange.response.body() == body);
}

TEST_F(ClientTlsTest, RedirectsBetweenPlainAndTls)
{
    Server& plain = start_server();
    Server& secure = start_tls_server();
    plain.answers = [&](auto&) { return redirect_to(secure.url("/secure"), 301); };
    secure.answers = [](auto&) { return ok("secure", "Set-Cookie: s=1; Secure\r\n"); };
    Waiting& exchange = trusting(plain.url());
    exchange.request.follow = true;
    complete(exchange);
    EXPECT_EQ(exchange.response.body(), "secure");
    EXPECT_EQ(exchange.request.url(), secure.url("/secure"));
}

}  // namespace
}  // namespace locustella::client
