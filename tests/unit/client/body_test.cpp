// Large bodies both ways, and bodies that are taken piece by piece.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <utility>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

constexpr std::size_t mebibyte = 1 << 20;

std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>(i * 2654435761u >> 13);
    return text;
}

class ClientBodyTest : public ClientTest {
protected:
    Waiting& upload(Server& server, const std::string& body)
    {
        Waiting& exchange = request("POST", server.url("/upload"));
        exchange.request.fields = "Content-Length: " + std::to_string(body.size()) + "\r\n";
        exchange.request.body = body;
        return start(exchange);
    }
    Waiting& stream(Server& server)
    {
        Waiting& exchange = request("GET", server.url("/stream"));
        exchange.request.stream = true;
        return start(exchange);
    }
    // Takes pieces until the exchange is done; returns the whole body.
    std::string take_all(Waiting& exchange)
    {
        until(
            [&] {
                client_->take_body(exchange);
                return exchange.done;
            },
            "the end of the stream");
        return std::string(exchange.response.body());
    }
};

TEST_F(ClientBodyTest, ALargeUploadReachesASlowReader)
{
    Server& server = start_server({.receive_buffer = 65536});
    const auto body = pattern(8 * mebibyte);
    Waiting& exchange = upload(server, body);
    Served& served = next_connection(server);
    served.socket->limit_reading(0);
    settle();
    EXPECT_FALSE(exchange.done);
    served.socket->limit_reading(~std::size_t{0});
    until([&] { return served.take_request(); }, "the whole body");
    EXPECT_TRUE(served.request.ends_with("\r\n\r\n" + body));
    served.socket->send(ok("thanks"));
    finish(exchange);
    EXPECT_FALSE(exchange.failure);
}

TEST_F(ClientBodyTest, ALargeDownloadArrivesWhole)
{
    Server& server = start_server();
    const auto body = pattern(20 * mebibyte);
    server.answers = [&](auto&) { return ok(body); };
    Waiting& exchange = complete(get(server));
    EXPECT_FALSE(exchange.failure);
    EXPECT_TRUE(exchange.response.body() == body);
}

TEST_F(ClientBodyTest, AChunkedDownloadArrivesWhole)
{
    Server& server = start_server();
    const auto body = pattern(3 * mebibyte);
    server.answers = [&](auto&) {
        std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        char size[16];
        for (std::size_t at = 0, step = 1; at < body.size();
             at += step, step = step * 3 % 70'001 + 1) {
            const auto piece = std::string_view(body).substr(at, step);
            std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
            answer.append(size).append(piece).append("\r\n");
        }
        return answer + "0\r\n\r\n";
    };
    EXPECT_TRUE(complete(get(server)).response.body() == body);
}

TEST_F(ClientBodyTest, AnEchoMayAnswerBeforeItHasHeardEverything)
{
    Server& server = start_server({.receive_buffer = 65536});
    const auto body = pattern(16 * mebibyte);
    Waiting& exchange = upload(server, body);
    Served& served = next_connection(server);
    bool answered = false;
    until(
        [&] {
            // Like a small proxy: reads no more while what it has read has not been taken.
            auto& received = served.socket->received;
            if (!answered && received.find("\r\n\r\n") != std::string::npos) {
                received.erase(0, received.find("\r\n\r\n") + 4);
                served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: " +
                                    std::to_string(body.size()) + "\r\n\r\n");
                answered = true;
            }
            if (answered && served.socket->sent_all() && !received.empty())
                served.socket->send(std::exchange(received, {}));
            served.socket->limit_reading(served.socket->sent_all() ? 262'144 : 0);
            return exchange.done;
        },
        "the echo");
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_TRUE(exchange.response.body() == body);
}

TEST_F(ClientBodyTest, AnAnswerOfAnySizeMayComeWhileTheServerTakesNoMore)
{
    Server& server = start_server({.receive_buffer = 65536});
    Waiting& exchange = upload(server, pattern(16 * mebibyte));
    Served& served = next_connection(server);
    served.socket->limit_reading(1000);
    until([&] { return served.socket->received.size() == 1000; }, "the beginning");
    const auto body = pattern(40 * mebibyte);
    served.socket->send(ok(body));
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_TRUE(exchange.response.body() == body);
}

TEST_F(ClientBodyTest, AnEarlyRefusalOfALargeBodyIsTheAnswer)
{
    Server& server = start_server({.receive_buffer = 65536});
    Waiting& exchange = upload(server, pattern(16 * mebibyte));
    Served& served = next_connection(server);
    served.socket->limit_reading(1000);
    until([&] { return served.socket->received.size() == 1000; }, "the beginning");
    served.socket->send(
        "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge");
    served.socket->close();  // with unread bytes: the client sees a reset behind the answer
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.status, 413);
    EXPECT_EQ(exchange.response.body(), "large");
}

TEST_F(ClientBodyTest, AnEarlyAnswerEndsTheConnection)
{
    Server& server = start_server({.receive_buffer = 65536});
    Waiting& exchange = upload(server, pattern(16 * mebibyte));
    Served& served = next_connection(server);
    served.socket->limit_reading(1000);
    until([&] { return served.socket->received.size() == 1000; }, "the beginning");
    served.socket->send(ok("enough"));
    finish(exchange);
    EXPECT_EQ(exchange.response.body(), "enough");
    EXPECT_EQ(context_.counts.closed, 1u) << "half a request must not stay in front of the next";
}

TEST_F(ClientBodyTest, AResetInTheMiddleOfAnUploadIsAFailure)
{
    Server& server = start_server({.receive_buffer = 65536});
    Waiting& exchange = upload(server, pattern(16 * mebibyte));
    Served& served = next_connection(server);
    served.socket->limit_reading(1000);
    until([&] { return served.socket->received.size() == 1000; }, "the beginning");
    served.socket->reset();
    finish(exchange);
    EXPECT_TRUE(exchange.failure.stage == Stage::send || exchange.failure.stage == Stage::receive);
    EXPECT_TRUE(exchange.failure.code == std::errc::connection_reset ||
                exchange.failure.code == std::errc::broken_pipe)
        << exchange.failure.code.message();
}

TEST_F(ClientBodyTest, AStreamIsResumedAtItsHeadThenForEachPiece)
{
    Server& server = start_server();
    Waiting& exchange = stream(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nSet-Cookie: a=1\r\n\r\n");
    until([&] { return exchange.resumed == 1; }, "the head");
    EXPECT_FALSE(exchange.done);
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_EQ(exchange.response.body(), "");
    EXPECT_EQ(client_->cookies().cookies().size(), 1u);
    client_->take_body(exchange);
    served.socket->send("first");
    until([&] { return exchange.resumed == 2; }, "a piece");
    EXPECT_EQ(exchange.response.body(), "");
    client_->take_body(exchange);
    EXPECT_EQ(exchange.response.body(), "first");
    served.socket->send("last!");
    finish(exchange);
    EXPECT_EQ(exchange.resumed, 3);
    EXPECT_EQ(exchange.response.body(), "firstlast!");
    EXPECT_EQ(exchange.times.ended, exchange.times.head);
    server.answers = [](auto&) { return ok("x"); };
    EXPECT_TRUE(complete(get(server)).reused);
}

const std::string packed(
    "\x1f\x8b\x08\0\0\0\0\0\2\x03\x4b\xce\x4f\x49\x4d\x01\0\x8a\x44\x7e\x66\x05\0\0\0", 25);

TEST_F(ClientBodyTest, AStreamThatComesAtOnceIsDoneAtOnceAndLeftCodedLikeAnyStream)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok(packed, "Content-Encoding: gzip\r\n"); };
    Waiting& exchange = stream(server);
    finish(exchange);
    EXPECT_EQ(exchange.resumed, 1);
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.body(), packed);
}

TEST_F(ClientBodyTest, AStreamThatComesInPiecesIsLeftCoded)
{
    Server& server = start_server();
    Waiting& exchange = stream(server);
    Served& served = next_request(server);
    const auto answer = ok(packed, "Content-Encoding: gzip\r\n");
    served.socket->send(answer.substr(0, answer.size() - 5));
    until([&] { return exchange.resumed > 0; }, "the head");
    served.socket->send(answer.substr(answer.size() - 5));
    EXPECT_EQ(take_all(exchange), packed);
    EXPECT_FALSE(exchange.failure);
}

TEST_F(ClientBodyTest, AStreamThatBreaksOffKeepsWhatItsHeadHasTold)
{
    Server& server = start_server();
    Waiting& exchange = stream(server);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    served.socket->close();
    finish(exchange);
    EXPECT_TRUE(exchange.head_is_out());
    EXPECT_EQ(exchange.failure.code, http::Error::incomplete_body);
    EXPECT_EQ(exchange.response.body(), "abc");
    EXPECT_EQ(exchange.times.ended, exchange.times.head);
}

TEST_F(ClientBodyTest, AStreamNobodyReadsIsNotHoarded)
{
    Server& server = start_server({.receive_buffer = 65536});
    const auto body = pattern(64 * mebibyte);
    Waiting& exchange = stream(server);
    Served& served = next_request(server);
    served.socket->send(ok(body));
    settle(200);
    EXPECT_FALSE(served.socket->sent_all()) << "the server must be held back";
    EXPECT_FALSE(exchange.done);
    client_->take_body(exchange);
    EXPECT_GT(exchange.response.body().size(), 0u);
    EXPECT_LT(exchange.response.body().size(), 2 * mebibyte);
    EXPECT_TRUE(take_all(exchange) == body);
    EXPECT_FALSE(exchange.failure);
}

TEST_F(ClientBodyTest, APausedStreamDoesNotTimeOut)
{
    Server& server = start_server({.receive_buffer = 65536});
    const auto body = pattern(32 * mebibyte);
    Waiting& exchange = request("GET", server.url());
    exchange.request.stream = true;
    exchange.request.timeouts.read = 200 * base::nanos_per_milli;
    start(exchange);
    next_request(server).socket->send(ok(body));
    const auto end = base::monotonic_now() + 300 * base::nanos_per_milli;
    while (base::monotonic_now() < end)
        round();
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_TRUE(take_all(exchange) == body);
}

TEST_F(ClientBodyTest, AStreamOfRedirectsIsResumedAtTheLastHead)
{
    Server& server = start_server();
    Waiting& exchange = request("GET", server.url("/a"));
    exchange.request.stream = true;
    exchange.request.follow = true;
    start(exchange);
    Served& served = next_request(server);
    served.socket->send("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 4\r\n\r\nmo");
    settle();
    EXPECT_EQ(exchange.resumed, 0);
    served.socket->send("ve");
    next_request(server).socket->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
    until([&] { return exchange.resumed > 0; }, "the head");
    EXPECT_EQ(exchange.response.status, 200);
    served.socket->send("re");
    EXPECT_EQ(take_all(exchange), "here");
    EXPECT_EQ(exchange.history.size(), 1u);
}

TEST_F(ClientBodyTest, AStreamThatBreaksIsAFailureBehindWhatCame)
{
    for (const bool hard : {false, true}) {
        Server& server = start_server();
        Waiting& exchange = stream(server);
        Served& served = next_request(server);
        served.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        until([&] { return exchange.resumed > 0; }, "the head");
        hard ? served.socket->reset() : served.socket->close();
        take_all(exchange);
        EXPECT_EQ(exchange.failure.stage, Stage::receive);
        EXPECT_EQ(exchange.response.body(), "half");
    }
}

TEST_F(ClientBodyTest, AStreamMayBeAbandonedAtAnyPiece)
{
    Server& server = start_server({.receive_buffer = 65536});
    const auto body = pattern(8 * mebibyte);
    for (const int rounds : {0, 1, 5, 50}) {
        Waiting& exchange = stream(server);
        Served& served = next_request(server);
        served.socket->send(ok(body));
        until([&] { return exchange.resumed > 0; }, "the head");
        settle(rounds);
        client_->take_body(exchange);
        client_->abandon(exchange);
        const int resumed = exchange.resumed;
        until([&] { return served.socket->ended() || served.socket->sent_all(); },
              "the connection to end");
        EXPECT_EQ(exchange.resumed, resumed);
    }
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
}

TEST_F(ClientBodyTest, TakingTheBodyOfAFinishedExchangeDoesNothing)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("x"); };
    Waiting& exchange = complete(get(server));
    client_->take_body(exchange);
    EXPECT_EQ(exchange.response.body(), "x");
}

}  // namespace
}  // namespace locustella::client
