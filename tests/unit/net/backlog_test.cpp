#include "net/backlog.hpp"

#include <gtest/gtest.h>

namespace locustella::net {
namespace {

using base::Nanos;

constexpr Nanos ms = base::nanos_per_milli;
constexpr std::size_t kib = 1024;

class BacklogTest : public testing::Test {
protected:
    void read(std::size_t size, Nanos arrived, Nanos now, bool emptied)
    {
        backlog_.read({.size = size, .arrived = arrived, .now = now, .emptied = emptied}, [this] {
            ++asked_;
            return full_;
        });
    }

    Backlog backlog_;
    bool full_ = true;  // what the kernel says
    int asked_ = 0;
};

TEST_F(BacklogTest, ASmallAnswerIsNeverHeldUp)
{
    read(4 * kib, 1 * ms, 50 * ms, true);
    EXPECT_FALSE(backlog_.held_up());
    EXPECT_EQ(asked_, 0);
}

TEST_F(BacklogTest, WhoReadsAtOnceHoldsNobodyUp)
{
    for (Nanos now = 1 * ms; now < 100 * ms; now += ms / 10)
        read(64 * kib, now - Backlog::tolerance, now, now % ms == 0);
    EXPECT_FALSE(backlog_.held_up());
    EXPECT_EQ(asked_, 0);
}

TEST_F(BacklogTest, WhoReadsLateAsksTheKernel)
{
    full_ = false;
    read(64 * kib, 1 * ms, 20 * ms, false);
    read(30 * kib, 2 * ms, 20 * ms, true);
    EXPECT_FALSE(backlog_.held_up());
    EXPECT_EQ(asked_, 1);
    full_ = true;
    read(5 * kib, 21 * ms, 30 * ms, true);
    EXPECT_TRUE(backlog_.held_up());
    EXPECT_EQ(asked_, 2);
}

// The kernel's timer may have let it come long before somebody read: the last to come is in doubt
// as the first is.
TEST_F(BacklogTest, AllThatIsReadInTheSameGoIsInDoubt)
{
    read(64 * kib, 1 * ms, 50 * ms, false);
    read(30 * kib, 41 * ms, 50 * ms, true);
    EXPECT_TRUE(backlog_.held_up());
}

TEST_F(BacklogTest, WithoutAStampItIsLate)
{
    read(64 * kib, 0, 20 * ms, false);
    EXPECT_TRUE(backlog_.held_up());
}

TEST_F(BacklogTest, DoubtStaysAndCostsNoMoreQuestions)
{
    read(64 * kib, 1 * ms, 20 * ms, true);
    full_ = false;
    for (Nanos now = 21 * ms; now < 50 * ms; now += ms)
        read(64 * kib, now - ms, now, true);
    EXPECT_TRUE(backlog_.held_up());
    EXPECT_EQ(asked_, 1);
}

TEST_F(BacklogTest, ALongGoIsLookedAtAgain)
{
    full_ = false;
    for (int i = 0; i < 8; ++i)
        read(64 * kib, 1 * ms, 20 * ms, false);
    EXPECT_EQ(asked_, 1);
    full_ = true;
    read(64 * kib, 1 * ms, 20 * ms, false);
    EXPECT_EQ(asked_, 2);
    EXPECT_TRUE(backlog_.held_up());
}

TEST_F(BacklogTest, AGoThatEndsInNothingHasEnded)
{
    full_ = false;
    read(64 * kib, 1 * ms, 20 * ms, false);
    backlog_.blocked();
    read(64 * kib, 21 * ms, 40 * ms, false);
    EXPECT_EQ(asked_, 2);
}

TEST_F(BacklogTest, TheNextRequestBeginsAnew)
{
    read(64 * kib, 1 * ms, 20 * ms, true);
    backlog_.begin();
    EXPECT_FALSE(backlog_.held_up());
}

}  // namespace
}  // namespace locustella::net
