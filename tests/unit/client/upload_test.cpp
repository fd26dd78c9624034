// Bodies that come piece by piece: framing, back-pressure, early answers, failures and their
// connections.
#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class ClientUploadTest : public ClientTest {
protected:
    Waiting& upload(const Server& server, Upload framing, const std::string& fields,
                    const std::string& target = "/up")
    {
        Waiting& exchange = request("POST", server.url(target));
        exchange.request.upload = framing;
        exchange.request.fields = fields;
        return start(exchange);
    }
    Waiting& chunked(const Server& server, const std::string& target = "/up")
    {
        return upload(server, Upload::chunked, "Transfer-Encoding: chunked\r\n", target);
    }

    // Waits until the next piece is due, and gives it.
    void give(Waiting& exchange, std::string_view piece)
    {
        until([&] { return exchange.wants_body || exchange.done; }, "the next piece to be due");
        ASSERT_TRUE(exchange.wants_body) << exchange.failure.code.message();
        client_->send_body(exchange, piece, false);
    }
    void end(Waiting& exchange)
    {
        until([&] { return exchange.wants_body || exchange.done; },
              "the end of the body to be due");
        client_->send_body(exchange, {}, true);
    }
    // All that has come over the server's connection.
    std::string& heard(Server& server, std::string_view ending)
    {
        until(
            [&] {
                return !server.connections.empty() &&
                       server.connections.back()->socket->received.ends_with(ending);
            },
            "the server to have all of it");
        return server.connections.back()->socket->received;
    }
};

TEST_F(ClientUploadTest, PiecesOfUnknownNumberGoAsChunks)
{
    Server& server = start_server();
    Waiting& exchange = chunked(server);
    give(exchange, "hello ");
    heard(server, "6\r\nhello \r\n");
    give(exchange, "");
    give(exchange, std::string(300, 'x'));
    end(exchange);
    EXPECT_EQ(heard(server, "0\r\n\r\n"),
              "POST /up HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.listener().port()) +
                  "\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n12c\r\n" +
                  std::string(300, 'x') + "\r\n0\r\n\r\n");
    EXPECT_FALSE(exchange.done);
    server.connections.back()->socket->send(ok("thanks"));
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "thanks");
    EXPECT_TRUE(exchange.times.taken() > 0);
    server.answers = [](const std::string&) { return ok("again"); };
    server.connections.back()->socket->received.clear();
    EXPECT_TRUE(complete(request("GET", server.url())).reused)
        << "nothing is left behind on the connection";
}

TEST_F(ClientUploadTest, PiecesOfKnownLengthGoAsTheyAre)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return ok(request.substr(request.size() - 10));
    };
    Waiting& exchange = upload(server, Upload::sized, "Content-Length: 10\r\n");
    give(exchange, "01234");
    give(exchange, "56789");
    end(exchange);
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "0123456789");
}

TEST_F(ClientUploadTest, AnEmptyBodyIsItsEnd)
{
    Server& server = start_server();
    Waiting& exchange = chunked(server);
    end(exchange);
    heard(server, "\r\n\r\n0\r\n\r\n");
    server.connections.back()->socket->send(ok("x"));
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
}

TEST_F(ClientUploadTest, TheNextPieceIsDueOnlyWhenTheLastHasGone)
{
    Server& server = start_server({.receive_buffer = 4096});
    Waiting& exchange = chunked(server);
    until([&] { return !server.connections.empty(); }, "the connection");
    net::Peer& peer = *server.connections.back()->socket;
    peer.limit_reading(1);
    const std::string piece(8 << 20, 'x');
    give(exchange, piece);
    settle(20);
    EXPECT_FALSE(exchange.wants_body);
    EXPECT_FALSE(exchange.done);
    peer.limit_reading(~std::size_t{0});
    end(exchange);
    heard(server, "0\r\n\r\n");
    peer.send(ok("x"));
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
}

TEST_F(ClientUploadTest, AnEarlyAnswerEndsIt)
{
    Server& server = start_server();
    Waiting& exchange = chunked(server);
    give(exchange, "one");
    heard(server, "3\r\none\r\n");
    until([&] { return exchange.wants_body; }, "the next piece to be due");
    server.connections.back()->socket->send("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n");
    finish(exchange);
    EXPECT_EQ(exchange.response.status, 413);
    client_->send_body(exchange, "two", false);  // what its owner had ready
    settle();
    until([&] { return server.connections.back()->socket->ended(); },
          "the connection not to be kept");
}

TEST_F(ClientUploadTest, AServerThatGoesAwayFailsIt)
{
    Server& server = start_server();
    Waiting& exchange = chunked(server);
    give(exchange, "one");
    heard(server, "3\r\none\r\n");
    server.connections.back()->socket->reset();
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, std::errc::connection_reset);
}

TEST_F(ClientUploadTest, AnAbandonedOneResetsItsConnection)
{
    Server& server = start_server();
    Waiting& exchange = chunked(server);
    give(exchange, "one");
    heard(server, "3\r\none\r\n");
    client_->abandon(exchange);
    net::Peer& peer = *server.connections.back()->socket;
    until([&] { return peer.ended(); }, "the end");
    EXPECT_TRUE(peer.was_reset());
}

TEST_F(ClientUploadTest, TheOwnersTimeIsNotTheServersSilence)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.upload = Upload::chunked;
    exchange.request.timeouts.read = 20 * base::nanos_per_milli;
    start(exchange);
    until([&] { return exchange.wants_body; }, "the first piece to be due");
    const Nanos later = base::monotonic_now() + 60 * base::nanos_per_milli;
    until([&] { return base::monotonic_now() > later; }, "three times the limit");
    EXPECT_FALSE(exchange.done);
    end(exchange);
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, Error::read_timeout);
}

TEST_F(ClientUploadTest, TheTotalTimeRunsOn)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.upload = Upload::chunked;
    exchange.request.timeouts.total = 30 * base::nanos_per_milli;
    start(exchange);
    finish(exchange);
    EXPECT_EQ(exchange.failure.code, Error::total_timeout);
}

TEST_F(ClientUploadTest, ARedirectThatKeepsTheBodyCannotBeFollowed)
{
    Server& server = start_server();
    for (const int status : {307, 308, 303}) {
        Waiting& exchange = request("POST", server.url("/old"));
        exchange.request.upload = Upload::chunked;
        exchange.request.fields = "Transfer-Encoding: chunked\r\n";
        exchange.request.follow = true;
        start(exchange);
        give(exchange, "one");
        end(exchange);
        heard(server, "0\r\n\r\n").clear();
        server.connections.back()->socket->send(redirect_to("/new", status));
        if (status == 303) {
            Served& again = next_request(server);
            EXPECT_TRUE(again.request.starts_with("GET /new HTTP/1.1\r\n"));
            EXPECT_EQ(again.request.find("chunked"), std::string::npos);
            again.socket->send(ok("there"));
        }
        finish(exchange);
        EXPECT_EQ(exchange.failure.code,
                  status == 303 ? std::error_code{} : make_error_code(Error::body_gone));
    }
}

TEST_F(ClientUploadTest, ARedirectBeginsItAnewWhereItsOwnerCan)
{
    Server& server = start_server();
    for (const bool early : {false, true}) {
        Waiting& exchange = request("POST", server.url("/old"));
        exchange.request.upload = Upload::chunked;
        exchange.request.rewinds = true;
        exchange.request.fields = "Transfer-Encoding: chunked\r\n";
        exchange.request.follow = true;
        start(exchange);
        give(exchange, "one");
        if (!early)
            end(exchange);
        heard(server, early ? "one\r\n" : "0\r\n\r\n").clear();
        server.connections.back()->socket->send(redirect_to("/new", 307));
        until([&] { return !exchange.history.empty(); }, "the redirect");
        give(exchange, "again");
        end(exchange);
        EXPECT_TRUE(heard(server, "5\r\nagain\r\n0\r\n\r\n").starts_with("POST /new "));
        server.connections.back()->socket->received.clear();
        server.connections.back()->socket->send(ok("there"));
        finish(exchange);
        EXPECT_EQ(exchange.response.body(), "there");
    }
}

TEST_F(ClientUploadTest, AKeptConnectionThatTheServerHasClosedIsNotUsed)
{
    Server& server = start_server();
    server.answers = [](const std::string&) { return ok("x"); };
    complete(request("GET", server.url()));
    server.connections.back()->socket->close();
    server.answers = nullptr;
    Waiting& exchange = chunked(server);  // in the very turn in which the closing arrives
    give(exchange, "one");
    end(exchange);
    heard(server, "0\r\n\r\n");
    server.connections.back()->socket->send(ok("y"));
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "y");
    EXPECT_EQ(server.connections.size(), 2u);
}

TEST_F(ClientUploadTest, AStreamedAnswerMayComeBeforeTheBodyHasEnded)
{
    Server& server = start_server();
    Waiting& exchange = request("POST", server.url());
    exchange.request.upload = Upload::chunked;
    exchange.request.stream = true;
    start(exchange);
    give(exchange, "one");
    heard(server, "3\r\none\r\n");
    server.connections.back()->socket->send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    until([&] { return exchange.answered(); }, "the head");
    end(exchange);
    heard(server, "0\r\n\r\n");
    server.connections.back()->socket->send("def");
    finish(exchange);
    client_->take_body(exchange);
    EXPECT_EQ(exchange.response.body(), "abcdef");
}

}  // namespace
}  // namespace locustella::client
