#include "reactor/stall_meter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/reactor/reactor_fixture.hpp"

namespace locustella::reactor {
namespace {

constexpr Nanos ms = base::nanos_per_milli;
constexpr Nanos second = base::nanos_per_second;

class StallMeterTest : public testing::Test {
protected:
    StallMeterTest() { meter_.start(begin); }

    static constexpr Nanos begin = 1000 * second;
    StallMeter meter_;
};

TEST_F(StallMeterTest, StoppedForThreeOfEightSeconds)
{
    for (Nanos at = 0; at < 2 * second; at += 10 * ms)
        meter_.record(begin + at, begin + at + 100'000);
    meter_.record(begin + 2 * second, begin + 5 * second);
    meter_.stop(begin + 8 * second);
    EXPECT_EQ(meter_.watched(begin + 99 * second), 8 * second);
    EXPECT_EQ(meter_.late_beyond(0), 3 * second - ms);
    EXPECT_EQ(meter_.late_beyond(1), 3 * second - 10 * ms);
    EXPECT_EQ(meter_.late_beyond(2), 3 * second - 100 * ms);
    EXPECT_EQ(meter_.longest(), 3 * second);
    EXPECT_EQ(meter_.longest_at(), 2 * second);
}

TEST_F(StallMeterTest, LookingWithinAMillisecondIsNotLate)
{
    meter_.record(begin, begin + ms);
    EXPECT_EQ(meter_.late_beyond(0), 0);
    EXPECT_EQ(meter_.longest(), 0);
}

TEST_F(StallMeterTest, EachMomentCountsOnce)
{
    meter_.record(begin, begin + 20 * ms);
    meter_.record(begin, begin + 50 * ms);           // the same stall, known better now
    meter_.record(begin + 5 * ms, begin + 30 * ms);  // a part of it
    EXPECT_EQ(meter_.late_beyond(0), 49 * ms);
    EXPECT_EQ(meter_.late_beyond(1), 40 * ms);
    EXPECT_EQ(meter_.late_beyond(2), 0);
    EXPECT_EQ(meter_.longest(), 50 * ms);
}

TEST_F(StallMeterTest, NothingOfBeforeTheStartCounts)
{
    meter_.record(begin - 5 * second, begin + 2 * ms);
    EXPECT_EQ(meter_.late_beyond(0), ms);
    EXPECT_EQ(meter_.longest(), 2 * ms);
}

TEST_F(StallMeterTest, NothingIsTakenAfterTheEndAndAStartForgets)
{
    meter_.record(begin, begin + 20 * ms);
    meter_.stop(begin + second);
    meter_.record(begin + second, begin + 3 * second);
    EXPECT_EQ(meter_.longest(), 20 * ms);
    meter_.start(begin + 5 * second);
    EXPECT_EQ(meter_.longest(), 0);
    EXPECT_EQ(meter_.late_beyond(0), 0);
    EXPECT_EQ(meter_.watched(begin + 6 * second), second);
}

class ReactorStallTest : public ReactorTest {
protected:
    static void burn(Nanos duration)
    {
        const Nanos until = base::monotonic_now() + duration;
        while (base::monotonic_now() < until) {
        }
    }
};

TEST_F(ReactorStallTest, AnIdleReactorTicksWhileStallsAreMeasuredAndOnlyThen)
{
    EXPECT_FALSE(readable(at_once));
    reactor_.measure_stalls();
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.stop_measuring_stalls();
    reactor_.turn();
    EXPECT_FALSE(readable(30));
}

// Whoever turns it comes late, as when the process was stopped, or another greenlet kept it.
TEST_F(ReactorStallTest, ATurnThatComesLateForTheTickIsAStall)
{
    reactor_.measure_stalls();
    burn(200 * ms);
    reactor_.turn();
    const auto stalls = reactor_.stalls();
    EXPECT_GE(stalls.longest(), 200 * ms - Reactor::stall_tick);
    EXPECT_GE(stalls.late_beyond(2), 100 * ms - Reactor::stall_tick);
}

TEST_F(ReactorStallTest, ATurnThatTakesLongIsAStallAndShowsWhileItLasts)
{
    Step step(log_, "step");
    Nanos seen = 0;
    reactor_.measure_stalls();
    step.then = [&] {
        burn(50 * ms);
        seen = reactor_.stalls().longest();
    };
    reactor_.resume_later(step);
    reactor_.turn();
    EXPECT_GE(seen, 50 * ms);
    EXPECT_GE(reactor_.stalls().longest(), seen);
}

// The machine may put us off at any time, but not in each of twenty rounds.
TEST_F(ReactorStallTest, SleepingWithNothingToDoIsNone)
{
    Ear ear(reactor_, log_, "read");
    settle();
    Nanos least = base::nanos_per_second;
    for (int round = 0; round < 20 && least > 3 * ms; ++round) {
        reactor_.measure_stalls();
        ear.speak();
        reactor_.turn();
        ASSERT_TRUE(readable(long_enough_ms));  // asleep until the tick
        reactor_.turn();
        least = std::min(least, reactor_.stalls().longest());
    }
    EXPECT_LE(least, 3 * ms);
}

}  // namespace
}  // namespace locustella::reactor
