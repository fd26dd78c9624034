// Certificates and handshakes that are refused, each with words of its own, and TLS where none is
// expected.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/net/certificates.hpp"

namespace locustella::client {
namespace {

class ClientHostileTlsTest : public ClientTest {
protected:
    // A careful request to a server with this identity.
    Waiting& ask(const net::ServerTls& tls, const std::string& host = "localhost")
    {
        Server& server = start_server({.tls = tls.context()});
        server.answers = [](auto&) { return ok("secret"); };
        server.host = host;
        Waiting& exchange = request("GET", server.url());
        exchange.route = std::make_shared<const Route>(
            Route{.tls = {.verify = true,
                          .ca_bundle = folder_.write("authority.pem", authority_.pem())}});
        return complete(exchange);
    }
    void expect_refused(const net::Certificate& identity, const std::string& words)
    {
        const net::ServerTls tls(identity);
        Waiting& exchange = ask(tls);
        EXPECT_EQ(exchange.failure.stage, Stage::tls) << words;
        EXPECT_EQ(exchange.failure.code, net::TlsError::certificate_refused) << words;
        EXPECT_EQ(exchange.failure.words, "certificate verify failed: " + words);
        EXPECT_EQ(exchange.response.bytes, "");
        servers_.clear();
    }

    net::Folder folder_;
    net::Certificate authority_ = net::Certificate::authority("Test Authority");
    const std::vector<std::string> here_ = {"IP:127.0.0.1", "DNS:localhost"};
};

TEST_F(ClientHostileTlsTest, EachFaultOfACertificateHasItsWords)
{
    expect_refused(authority_.issue_expired("server", here_), "certificate has expired");
    expect_refused(authority_.issue_for_tomorrow("server", here_), "certificate is not yet valid");
    expect_refused(authority_.issue("server", {"DNS:elsewhere.test"}), "hostname mismatch");
    expect_refused(authority_.issue("server", {}), "hostname mismatch");
    expect_refused(net::Certificate::self_signed("server", here_), "self-signed certificate");
    expect_refused(net::Certificate::authority("Another Authority").issue("server", here_),
                   "unable to get local issuer certificate");
}

TEST_F(ClientHostileTlsTest, AnAddressIsNotAName)
{
    const net::ServerTls tls(authority_.issue("server", {"DNS:localhost"}));
    EXPECT_FALSE(ask(tls).failure);
    EXPECT_EQ(ask(tls, "127.0.0.1").failure.words,
              "certificate verify failed: IP address mismatch");
}

TEST_F(ClientHostileTlsTest, AServerThatWantsACertificateOfOurs)
{
    const net::ServerTls tls(authority_.issue("server", here_), authority_);
    Waiting& exchange = ask(tls);
    EXPECT_TRUE(exchange.failure);
    EXPECT_EQ(exchange.failure.code, net::TlsError::protocol) << exchange.failure.code.message();
    EXPECT_NE(exchange.failure.words.find("certificate required"), std::string::npos)
        << exchange.failure.words;
}

TEST_F(ClientHostileTlsTest, AProtocolThatIsTooOld)
{
    net::ServerTls tls(authority_.issue("server", here_));
    tls.speak_at_most(TLS1_1_VERSION);
    Waiting& exchange = ask(tls);
    EXPECT_EQ(exchange.failure.stage, Stage::tls);
    EXPECT_EQ(exchange.failure.code, net::TlsError::protocol);
    EXPECT_NE(exchange.failure.words.find("protocol version"), std::string::npos)
        << exchange.failure.words;
}

TEST_F(ClientHostileTlsTest, ATlsServerAskedInPlainWords)
{
    const net::ServerTls tls(authority_.issue("server", here_));
    Server& server = start_server({.tls = tls.context()});
    Waiting& exchange = start(request("GET", "http" + server.url().substr(5)));
    Served& served = next_connection(server);
    until([&] { return served.socket->ended(); },
          "the server to have seen that this is no handshake");
    served.socket->reset();
    finish(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::receive);
    EXPECT_EQ(exchange.failure.code, std::errc::connection_reset)
        << exchange.failure.code.message();
}

TEST_F(ClientHostileTlsTest, AnAnswerThatNobodyAskedForClosesAnIdleConnection)
{
    const net::ServerTls tls(authority_.issue("server", here_));
    EXPECT_FALSE(ask(tls).failure);
    Server& server = *servers_.back();
    server.answers = nullptr;
    settle(2);
    EXPECT_EQ(context_.counts.closed, 0u) << "session tickets are no reason";
    server.connections[0]->socket->send(ok("poison"));
    settle(3);
    EXPECT_EQ(context_.counts.closed, 1u);
}

TEST_F(ClientHostileTlsTest, AnAnswerRightBehindTheHandshakeIsAnAnswer)
{
    const net::ServerTls tls(authority_.issue("server", here_));
    for (const bool closes : {false, true}) {
        Server& server = start_server({.tls = tls.context()});
        Waiting& exchange = start(request("GET", server.url()));
        Served& served = next_connection(server);
        until([&] { return served.socket->handshaken(); }, "the handshake");
        served.socket->send("HTTP/1.1 503 Overloaded\r\nContent-Length: 4\r\n\r\nbusy");
        if (closes)
            served.socket->close();
        finish(exchange);
        EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
        EXPECT_EQ(exchange.response.body(), "busy");
        client_->close_idle_connections();
    }
}

TEST_F(ClientHostileTlsTest, ASecondRecordPoisonsNoLaterRequest)
{
    const net::ServerTls tls(authority_.issue("server", here_));
    Server& server = start_server({.tls = tls.context()});
    Waiting& first = start(request("GET", server.url()));
    Served& served = next_request(server);
    served.socket->send(ok("good"));
    served.socket->send(ok("poison"));
    finish(first);
    EXPECT_EQ(first.response.body(), "good");
    server.answers = [](auto&) { return ok("mine"); };
    Waiting& second = complete(start(request("GET", server.url())));
    EXPECT_EQ(second.response.body(), "mine");
    EXPECT_FALSE(second.reused);
    EXPECT_TRUE(complete(start(request("GET", server.url()))).reused)
        << "tickets alone do not close a connection";
}

}  // namespace
}  // namespace locustella::client
