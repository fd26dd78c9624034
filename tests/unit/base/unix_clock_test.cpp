#include "base/unix_clock.hpp"

#include <gtest/gtest.h>

namespace locustella::base {
namespace {

constexpr Nanos noon = 1'700'000'000 * nanos_per_second;

TEST(UnixClock, GoesOnWithTheMonotonicClock)
{
    const UnixClock clock(noon, 5);
    EXPECT_EQ(clock.at(5), noon);
    EXPECT_EQ(clock.at(5 + 3 * nanos_per_second), noon + 3 * nanos_per_second);
}

TEST(UnixClock, FollowsAWallClockThatWasSetOnlyWhenItIsTold)
{
    UnixClock clock(noon, 0);
    const Nanos hour = 3600 * nanos_per_second;
    EXPECT_EQ(clock.at(nanos_per_second), noon + nanos_per_second);  // whatever the wall shows
    clock.set(noon - hour, 2 * nanos_per_second);
    EXPECT_EQ(clock.at(3 * nanos_per_second), noon - hour + nanos_per_second);
}

TEST(UnixClock, TheProcesssOneIsNearTheWallClock)
{
    unix_clock().set(wall_now(), monotonic_now());
    const double wall = static_cast<double>(wall_now()) / 1e9;
    EXPECT_NEAR(unix_seconds(), wall, 5.0);
}

}  // namespace
}  // namespace locustella::base
