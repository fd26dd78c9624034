#include "reactor/lookout.hpp"

#include <gtest/gtest.h>

namespace locustella::reactor {
namespace {

constexpr base::Nanos ms = base::nanos_per_milli;

// One that has seen all there was at 100 ms.
Lookout at_100()
{
    Lookout lookout;
    lookout.polls(100 * ms);
    lookout.saw_all();
    return lookout;
}

TEST(Lookout, KnowsNothingAtFirst)
{
    Lookout lookout;
    lookout.polls(100 * ms);
    EXPECT_EQ(lookout.unseen_since(), 0);
}

TEST(Lookout, WithoutWordOfWaitsAnythingMayHaveComeSinceTheLastLook)
{
    Lookout lookout = at_100();
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 100 * ms);
}

TEST(Lookout, AThreadThatWaitedAtOnceWasWokenByWhateverCame)
{
    Lookout lookout = at_100();
    lookout.waits(100 * ms + Lookout::at_once);
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 150 * ms);
}

TEST(Lookout, OthersMayHaveHadTheirTurnAfterTheWait)
{
    Lookout lookout = at_100();
    lookout.waits(100 * ms);
    lookout.wakes(130 * ms);
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 130 * ms);
    lookout.saw_all();
    lookout.waits(150 * ms);
    lookout.polls(160 * ms);
    EXPECT_EQ(lookout.unseen_since(), 160 * ms);
}

// It may have been woken, and have stood in line for a processor.
TEST(Lookout, AThreadIsWokenBeforeItRuns)
{
    Lookout lookout = at_100();
    lookout.waits(100 * ms);
    lookout.wakes(120 * ms);  // and ran at 150
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 120 * ms);
    lookout.saw_all();
    lookout.waits(150 * ms);
    lookout.wakes(140 * ms);  // by two clocks
    lookout.polls(151 * ms);
    EXPECT_EQ(lookout.unseen_since(), 150 * ms);
}

TEST(Lookout, AThreadThatWorkedFirstMayHaveLeftItLying)
{
    Lookout lookout = at_100();
    lookout.waits(101 * ms);
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 100 * ms);
}

TEST(Lookout, AWaitThatFoundNothingShowsThatNothingWasThere)
{
    Lookout lookout = at_100();
    lookout.waits(120 * ms);  // ... after work of 20 ms
    lookout.waits(130 * ms);  // ... something else of the loop's, and work of it
    lookout.polls(131 * ms);
    EXPECT_EQ(lookout.unseen_since(), 120 * ms);

    lookout.saw_all();
    lookout.waits(131 * ms + 1);
    lookout.waits(140 * ms);
    lookout.waits(140 * ms + 1);
    lookout.polls(150 * ms);
    EXPECT_EQ(lookout.unseen_since(), 150 * ms);
}

TEST(Lookout, WhatALookHasLeftOverGoesOnLying)
{
    Lookout lookout = at_100();
    lookout.polls(150 * ms);  // a full batch, and there is more
    lookout.waits(152 * ms);
    lookout.polls(152 * ms);
    EXPECT_EQ(lookout.unseen_since(), 100 * ms);
}

}  // namespace
}  // namespace locustella::reactor
