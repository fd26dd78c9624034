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
            return window_;
        });
    }

    Backlog backlog_;
    std::size_t window_ = 128 * kib;
    int asked_ = 0;
};

TEST_F(BacklogTest, ASmallAnswerIsNeverHeldUp)
{
    read(500, 1 * ms, 50 * ms, true);
    EXPECT_FALSE(backlog_.held_up(1 * ms));
    EXPECT_FALSE(backlog_.held_up(60 * ms));
    EXPECT_EQ(asked_, 0);
}

TEST_F(BacklogTest, WhatComesAfterAFullWindowWasHeldUp)
{
    read(64 * kib, 1 * ms, 20 * ms, false);
    read(40 * kib, 1 * ms, 20 * ms, true);
    read(4 * kib, 21 * ms, 22 * ms, true);
    EXPECT_FALSE(backlog_.held_up(1 * ms));
    EXPECT_TRUE(backlog_.held_up(21 * ms));
    EXPECT_EQ(asked_, 1);
}

TEST_F(BacklogTest, WhatComesWhileAFullWindowIsReadWasHeldUpToo)
{
    read(64 * kib, 1 * ms, 20 * ms, false);
    read(64 * kib, 20 * ms + 1, 20 * ms + 2, false);  // the peer has gone on
    EXPECT_TRUE(backlog_.held_up(20 * ms + 1));
}

TEST_F(BacklogTest, AnAnswerThatWasAllThereIsNotHeldUp)
{
    read(64 * kib, 1 * ms, 20 * ms, false);
    read(30 * kib, 2 * ms, 20 * ms, true);
    EXPECT_FALSE(backlog_.held_up(2 * ms));
}

TEST_F(BacklogTest, ASmallPartOfTheWindowLeavesRoom)
{
    window_ = 1024 * kib;
    read(64 * kib, 1 * ms, 20 * ms, true);
    read(4 * kib, 21 * ms, 22 * ms, true);
    EXPECT_FALSE(backlog_.held_up(21 * ms));
}

TEST_F(BacklogTest, WhoReadsAtOnceHoldsNobodyUp)
{
    for (Nanos now = 1 * ms; now < 100 * ms; now += ms / 10)
        read(64 * kib, now - ms / 20, now, now % ms == 0);
    EXPECT_FALSE(backlog_.held_up(100 * ms));
    EXPECT_EQ(asked_, 0);
}

TEST_F(BacklogTest, AGoThatEndsInNothingIsJudgedToo)
{
    read(64 * kib, 1 * ms, 20 * ms, false);
    backlog_.blocked();
    EXPECT_TRUE(backlog_.held_up(21 * ms));
}

TEST_F(BacklogTest, AGoThatIsTakenUpLateIsAnotherOne)
{
    read(64 * kib, 1 * ms - 1, 1 * ms, false);
    read(64 * kib, 1 * ms + 1, 1 * ms + 2, false);
    EXPECT_FALSE(backlog_.held_up(2 * ms));
    read(64 * kib, 2 * ms, 20 * ms, false);
    read(64 * kib, 21 * ms, 21 * ms, true);
    EXPECT_TRUE(backlog_.held_up(21 * ms));
}

TEST_F(BacklogTest, TheNextRequestBeginsAnew)
{
    read(64 * kib, 1 * ms, 20 * ms, true);
    backlog_.begin();
    EXPECT_FALSE(backlog_.held_up(30 * ms));
}

}  // namespace
}  // namespace locustella::net
