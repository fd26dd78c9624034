// Bodies whose decoding takes more than one turn.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

std::string gzipped(std::string_view plain)
{
    z_stream z{};
    EXPECT_EQ(::deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(::deflateBound(&z, plain.size()) + 32, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(packed.data());
    z.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(::deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.resize(z.total_out);
    ::deflateEnd(&z);
    return packed;
}

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

    static inline const std::string large_ = gzipped(std::string(size, 'z'));
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
