#include "net/stream.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <string>

#include "unit/net/loopback_peer.hpp"

namespace locustella::net {
namespace {

using Status = IoResult::Status;

class StreamTest : public testing::Test {
protected:
    // Alternates between both ends until it happens; false after half a minute.
    bool until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened()) {
            if (base::monotonic_now() > end)
                return false;
            if (!peer_)
                peer_ = listener_.accept();
            if (peer_)
                peer_->pump();
            pollfd waiting{stream_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 1);
        }
        return true;
    }
    void connect()
    {
        ASSERT_FALSE(stream_.open(listener_.endpoint()));
        ASSERT_TRUE(until([&] { return stream_.connected().status != Status::again && peer_; }));
        ASSERT_EQ(stream_.connected().status, Status::done);
    }
    IoResult read_something()
    {
        IoResult result;
        until([&] {
            result = stream_.read(buffer_);
            return result.status != Status::again;
        });
        return result;
    }
    std::string_view text(const IoResult& result) const { return {buffer_.data(), result.size}; }

    Listener listener_;
    std::unique_ptr<Peer> peer_;
    Stream stream_;
    std::array<char, 4096> buffer_{};
};

TEST_F(StreamTest, CarriesBytesBothWays)
{
    connect();
    EXPECT_EQ(stream_.write("ping").size, 4u);
    ASSERT_TRUE(until([&] { return peer_->received == "ping"; }));
    EXPECT_EQ(stream_.read(buffer_).status, Status::again);
    peer_->send("pong");
    EXPECT_EQ(text(read_something()), "pong");
}

TEST_F(StreamTest, SeesTheEndAndStillReadsWhatCameBefore)
{
    connect();
    peer_->send("last words");
    peer_->close();
    EXPECT_EQ(text(read_something()), "last words");
    EXPECT_EQ(read_something().status, Status::closed);
}

TEST_F(StreamTest, AResetIsAnError)
{
    connect();
    peer_->reset();
    const auto result = read_something();
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, std::errc::connection_reset);
    EXPECT_EQ(stream_.write("x").status, Status::error) << "and no SIGPIPE";
}

TEST_F(StreamTest, AClosedPortRefuses)
{
    const auto ec = stream_.open(closed_port());
    if (ec) {
        EXPECT_EQ(ec, std::errc::connection_refused);
        return;
    }
    IoResult result;
    ASSERT_TRUE(until([&] {
        result = stream_.connected();
        return result.status != Status::again;
    }));
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, std::errc::connection_refused);
}

TEST_F(StreamTest, WhileItConnectsItSaysAgain)
{
    SilentPort silent;
    ASSERT_FALSE(stream_.open(silent.endpoint()));
    EXPECT_EQ(stream_.connected().status, Status::again);
}

TEST_F(StreamTest, AFullSocketTakesNoMore)
{
    connect();
    peer_->limit_reading(0);
    const std::string much(1 << 20, 'x');
    std::size_t written = 0;
    IoResult result{Status::done, 0, {}};
    for (int i = 0; i < 1000 && result.status == Status::done; ++i)
        written += (result = stream_.write(much)).size;
    EXPECT_EQ(result.status, Status::again);
    peer_->limit_reading(~std::size_t{0});
    EXPECT_TRUE(until([&] { return peer_->received.size() == written; }));
}

TEST_F(StreamTest, ClosingIsSeenOnTheOtherSide)
{
    connect();
    stream_.close();
    EXPECT_FALSE(stream_.is_open());
    ASSERT_TRUE(until([&] { return peer_->ended(); }));
    EXPECT_FALSE(peer_->was_reset());
}

TEST_F(StreamTest, ResettingIsSeenAsAReset)
{
    connect();
    stream_.reset();
    ASSERT_TRUE(until([&] { return peer_->ended(); }));
    EXPECT_TRUE(peer_->was_reset());
}

TEST_F(StreamTest, OpeningAgainClosesTheFirstConnection)
{
    connect();
    const auto first = std::move(peer_);
    connect();
    ASSERT_TRUE(until([&] {
        first->pump();
        return first->ended();
    }));
    stream_.write("second");
    EXPECT_TRUE(until([&] { return peer_->received == "second"; }));
}

TEST_F(StreamTest, GoesStaleWhenThePeerClosesOrSpeaksUnasked)
{
    connect();
    EXPECT_FALSE(stream_.went_stale());
    peer_->send("408 you took too long");
    ASSERT_TRUE(until([&] { return stream_.went_stale(); }));
    EXPECT_EQ(text(read_something()), "408 you took too long") << "looking takes nothing away";
    EXPECT_FALSE(stream_.went_stale());
    peer_->close();
    EXPECT_TRUE(until([&] { return stream_.went_stale(); }));
}

TEST_F(StreamTest, AResetIsStale)
{
    connect();
    peer_->reset();
    EXPECT_TRUE(until([&] { return stream_.went_stale(); }));
}

TEST_F(StreamTest, ArrivalsLieBetweenSendingAndReading)
{
    connect();
    base::Nanos last = 0;
    for (int i = 0; i < 50; ++i) {
        const auto sent = base::monotonic_now();
        stream_.set_floor(sent);
        peer_->send("x");
        ASSERT_EQ(read_something().status, Status::done);
        const auto now = base::monotonic_now();
        ASSERT_GE(stream_.arrival(), sent);
        ASSERT_LE(stream_.arrival(), now);
        ASSERT_GE(stream_.arrival(), last);
        last = stream_.arrival();
    }
}

TEST_F(StreamTest, AnArrivalIsTheKernelsNotTheReaders)
{
    connect();
    stream_.set_floor(base::monotonic_now());
    peer_->send("x");
    pollfd waiting{stream_.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 30'000), 1);
    const auto here = base::monotonic_now();
    while (base::monotonic_now() < here + 20 * base::nanos_per_milli)
        ;  // a busy process, late to read
    ASSERT_EQ(stream_.read(buffer_).status, Status::done);
    EXPECT_LE(stream_.arrival(), here + base::nanos_per_milli);
}

TEST_F(StreamTest, AnArrivalBelowTheFloorIsDroppedForTheTimeOfTheRead)
{
    connect();
    peer_->send("x");
    pollfd waiting{stream_.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 30'000), 1);
    const auto floor = base::monotonic_now();
    stream_.set_floor(floor);
    ASSERT_EQ(stream_.read(buffer_).status, Status::done);
    EXPECT_GE(stream_.arrival(), floor);
}

TEST_F(StreamTest, WorksOverIpv6)
{
    Listener six({.address = "::1"});
    ASSERT_FALSE(stream_.open(six.endpoint()));
    ASSERT_TRUE(until(
        [&] { return stream_.connected().status == Status::done && (peer_ = six.accept()); }));
    stream_.write("six");
    EXPECT_TRUE(until([&] { return peer_->received == "six"; }));
}

}  // namespace
}  // namespace locustella::net
