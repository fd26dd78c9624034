// Bodies whose decoding takes more than one turn.
#include <gtest/gtest.h>

#include <string>

#include "unit/client/client_fixture.hpp"
#include "unit/http/compressed.hpp"

namespace locustella::client {
namespace {

class ClientDecodingTest : public ClientTest {
protected:
    static constexpr std::size_t size = 20'000'000;

    Server& start_large_server()
    {
        Server& server = start_server();
        server.answers = [](const std::string& request) {
            return request.starts_with("GET /large ") ? ok(large_, "Content-Encoding: gzip\r\n")
                                                      : ok("small");
        };
        return server;
    }

    static inline const std::string large_ =
        http::compressed(std::string(size, 'z'), http::as_gzip);
};

TEST_F(ClientDecodingTest, OthersGoOnMeanwhile)
{
    Server& server = start_large_server();
    Waiting& large = get(server, "/large");
    until([&] { return server.connections.size() == 1 && server.connections[0]->requests == 1; },
          "the request");
    int others = 0;
    while (!large.done && others < 1000) {
        complete(get(server, "/small"));
        ++others;
    }
    EXPECT_GE(others, 3);
    finish(large);
    EXPECT_FALSE(large.failure);
    EXPECT_EQ(large.resumed, 1);
    EXPECT_EQ(large.response.body(), std::string(size, 'z'));
}

TEST_F(ClientDecodingTest, OneOfThemHasASliceInATurn)
{
    Server& server = start_large_server();
    Waiting& first = get(server, "/large");
    Waiting& second = get(server, "/large");
    finish(first);
    finish(second);
    EXPECT_EQ(first.response.body(), second.response.body());
    EXPECT_EQ(first.response.body().size(), size);
    EXPECT_GE(reactor_.turns(), 2 * size / Decoding::slice);
}

TEST_F(ClientDecodingTest, TheLimitHoldsInEverySlice)
{
    context_.limits.body = size - 1;
    Server& server = start_large_server();
    Waiting& exchange = complete(get(server, "/large"));
    EXPECT_EQ(exchange.failure.code, Error::body_too_large);
    EXPECT_EQ(exchange.failure.stage, Stage::decode);
    EXPECT_EQ(exchange.response.body(), large_);
}

TEST_F(ClientDecodingTest, MayBeAbandonedAndBegunAnew)
{
    Server& server = start_large_server();
    Waiting& exchange = get(server, "/large");
    until([&] { return context_.decoded_in_turn != 0; }, "a slice");
    EXPECT_FALSE(exchange.done);
    client_->abandon(exchange);
    settle();
    EXPECT_EQ(exchange.resumed, 0);
    exchange.request.target = "/small";
    complete(start(exchange));
    EXPECT_EQ(exchange.response.body(), "small");
}

}  // namespace
}  // namespace locustella::client
