#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace locustella::base {
namespace {

TEST(Clock, SecondsBecomeNanoseconds)
{
    EXPECT_EQ(nanos_from_seconds(1.5), 1'500'000'000);
    EXPECT_EQ(nanos_from_seconds(0.001), nanos_per_milli);
    EXPECT_EQ(nanos_from_seconds(1e-9), 1);
}

TEST(Clock, NothingAndLessThanNothingAreZero)
{
    EXPECT_EQ(nanos_from_seconds(0), 0);
    EXPECT_EQ(nanos_from_seconds(-3), 0);
    EXPECT_EQ(nanos_from_seconds(-std::numeric_limits<double>::infinity()), 0);
    EXPECT_EQ(nanos_from_seconds(std::nan("")), 0);
}

TEST(Clock, AnEndlessWaitIsLongAndCanBeAddedToNow)
{
    const Nanos century = Nanos{100} * 365 * 24 * 3600 * nanos_per_second;
    for (const double seconds : {1e10, 1e300, std::numeric_limits<double>::infinity()}) {
        const Nanos endless = nanos_from_seconds(seconds);
        EXPECT_GT(endless, century);
        EXPECT_LT(monotonic_now(), std::numeric_limits<Nanos>::max() - endless);
    }
}

TEST(Clock, TimespecsKeepTheirNanoseconds)
{
    EXPECT_EQ(to_nanos(timespec{12, 345}), 12'000'000'345);
}

TEST(Clock, MonotonicTimeNeverGoesBack)
{
    Nanos last = monotonic_now();
    for (int i = 0; i < 1000; ++i) {
        const Nanos now = monotonic_now();
        ASSERT_GE(now, last);
        last = now;
    }
}

}  // namespace
}  // namespace locustella::base
