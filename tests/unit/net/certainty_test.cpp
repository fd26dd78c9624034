// How sure a stream is of its arrivals: stamped by the kernel, bounds, or only read.
#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "unit/net/awaited_stamps.hpp"
#include "unit/net/loopback_peer.hpp"

namespace locustella::net {
namespace {

using Status = IoResult::Status;
using base::Nanos;

constexpr Nanos late = 30 * base::nanos_per_milli;

class CertaintyTest : public testing::Test {
protected:
    void pump_until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened() && base::monotonic_now() < end) {
            if (!peer_)
                peer_ = listener_.accept();
            if (peer_)
                peer_->pump();
        }
        ASSERT_TRUE(happened());
    }
    void connect()
    {
        ASSERT_FALSE(stream_.open(listener_.endpoint()));
        pump_until([&] { return stream_.connected().status == Status::done && peer_; });
        stream_.set_floor(base::monotonic_now());
    }
    // The peer goes on as far as it can, and nobody reads.
    void be_busy()
    {
        const auto end = base::monotonic_now() + late;
        while (base::monotonic_now() < end)
            peer_->pump();
    }
    // Reads what is there, or comes soon, up to so many bytes or the end; returns how much it was.
    std::size_t read(std::size_t most)
    {
        std::size_t got = 0;
        pump_until([&] {
            for (;;) {
                const auto result = stream_.read(buffer_);
                got += result.size;
                if (got >= most || result.status == Status::closed)
                    return true;
                if (result.status != Status::done)
                    return false;
            }
        });
        return got;
    }

    const AwaitedStamps stamps_;
    Listener listener_;
    std::unique_ptr<Peer> peer_;
    Stream stream_;
    std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

TEST_F(CertaintyTest, AStampIsTheKernels)
{
    connect();
    peer_->send("x");
    be_busy();
    const auto before_read = base::monotonic_now();
    EXPECT_EQ(read(1), 1u);
    EXPECT_EQ(stream_.certainty(), Certainty::kernel);
    EXPECT_LT(stream_.arrival(), before_read);
}

TEST_F(CertaintyTest, AnArrivalBelowTheFloorIsOnlyRead)
{
    connect();
    peer_->send("x");
    pump_until([&] { return peer_->delivered(); });
    stream_.set_floor(base::monotonic_now());
    EXPECT_EQ(read(1), 1u);
    EXPECT_EQ(stream_.certainty(), Certainty::read);
}

TEST_F(CertaintyTest, AMegabyteNeedsNobodyToRead)
{
    constexpr std::size_t size = 1'000'000;
    connect();
    peer_->send(std::string(size, 'x'));
    pump_until([&] { return peer_->delivered(); });  // all of it, before a byte is read
    be_busy();
    const auto before_read = base::monotonic_now();
    EXPECT_EQ(read(size), size);
    EXPECT_EQ(stream_.certainty(), Certainty::kernel);
    EXPECT_LT(stream_.arrival(), before_read);
}

// More than any window, so that the rest of it had to wait for the first read.
TEST_F(CertaintyTest, WhatTheWindowHeldBackIsABound)
{
    constexpr std::size_t size = 100'000'000;
    connect();
    peer_->send(std::string(size, 'x'));
    be_busy();
    EXPECT_FALSE(peer_->sent_all());
    EXPECT_EQ(read(size), size);
    EXPECT_EQ(stream_.certainty(), Certainty::upper_bound);
    // ... which the next answer need not care about
    stream_.set_floor(base::monotonic_now());
    peer_->send("x");
    EXPECT_EQ(read(1), 1u);
    EXPECT_EQ(stream_.certainty(), Certainty::kernel);
}

// Where a window has been in the way it is made smaller, and when the peer has used up the old one,
// large answers may wait again for whom they like.
TEST_F(CertaintyTest, AWindowThatWasInTheWayIsSoonNot)
{
    constexpr std::size_t size = 1'000'000;
    connect();
    peer_->send(std::string(50 * size, 'x'));
    be_busy();
    EXPECT_EQ(read(50 * size), 50 * size);
    const std::string answer(size, 'x');
    int bounds = 0;
    for (int sure = 0; sure < 10 && bounds < 200;) {
        stream_.set_floor(base::monotonic_now());
        peer_->send(answer);
        pump_until([&] { return peer_->delivered(); });
        const auto there = base::monotonic_now();
        while (base::monotonic_now() < there + base::nanos_per_milli)
            ;
        EXPECT_EQ(read(size), size);
        EXPECT_LE(stream_.arrival(), there);
        stream_.certainty() == Certainty::kernel ? ++sure : ++bounds;
    }
    EXPECT_LT(bounds, 200);
}

TEST_F(CertaintyTest, AClosingThatNobodyReadHasABoundByTheDataBefore)
{
    connect();
    peer_->send("x");
    peer_->stop_sending();
    pump_until([&] { return peer_->delivered(); });
    const auto there = base::monotonic_now();
    const auto end = there + 10 * late;
    while (base::monotonic_now() < end)
        ;
    EXPECT_EQ(read(2), 1u);
    EXPECT_NE(stream_.certainty(), Certainty::read);
    EXPECT_LT(stream_.arrival(), there + 5 * late) << "a tick of the kernel's clock at most";
}

TEST_F(CertaintyTest, AClosingWithNothingBeforeItIsOnlyRead)
{
    connect();
    peer_->close();
    EXPECT_EQ(read(1), 0u);
    EXPECT_EQ(stream_.certainty(), Certainty::read);
}

TEST_F(CertaintyTest, KnowsWhetherAllHasLeft)
{
    connect();
    EXPECT_TRUE(stream_.sent_all());
    const std::string much(64 * 1024, 'x');
    while (stream_.write(much).status == Status::done)
        ;
    EXPECT_FALSE(stream_.sent_all());
    pump_until([&] { return stream_.sent_all(); });
}

}  // namespace
}  // namespace locustella::net
