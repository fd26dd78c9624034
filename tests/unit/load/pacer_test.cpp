#include "load/pacer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace locustella::load {
namespace {

using base::Nanos;
using base::nanos_per_milli;
using base::nanos_per_second;

constexpr Nanos second = nanos_per_second;
constexpr Nanos ms = nanos_per_milli;
constexpr Nanos minute = 60 * second;
constexpr Nanos most = std::numeric_limits<Nanos>::max();
constexpr Pace no_more{0, true};

TEST(ConstantRate, Table)
{
    const struct {
        double hits;
        Nanos per, elapsed;
        std::uint64_t hits_so_far;
        Pace pace;
    } rows[] = {
        {1, second, 0, 0, {0, false}},  // the first hit is due at once
        {1, second, 0, 1, {second, false}},
        {1, second, 0, 10, {10 * second, false}},
        {1, second, 300 * ms, 1, {700 * ms, false}},
        {1, second, second, 1, {0, false}},
        {1, second, 5 * second, 1, {0, false}},  // behind
        {1, second, 5 * second, 6, {second, false}},
        {600, minute, 0, 1, {100 * ms, false}},
        {0.5, second, 0, 1, {2 * second, false}},
        {3, second, 0, 1, {333'333'334, false}},  // rounded up, and no error adds up
        {3, second, 0, 3'000'000, {1'000'000 * second, false}},
        {1e9, second, 0, 1, {1, false}},
        {1, second, most, 1, {0, false}},
        {1, most, 0, 2, no_more},  // later than nanoseconds can say
        {0, second, 0, 0, no_more},
        {-1, second, 0, 0, no_more},
        {1, 0, 0, 0, no_more},
        {1, second, 0, std::numeric_limits<std::uint64_t>::max(), no_more},
    };
    for (const auto& row : rows)
        EXPECT_EQ((ConstantRate{row.hits, row.per}.pace(row.elapsed, row.hits_so_far)), row.pace)
            << row.hits << " per " << row.per << ", " << row.hits_so_far << " after "
            << row.elapsed;
}

TEST(LinearRamp, Table)
{
    const struct {
        double from, to;
        Nanos over, elapsed;
        std::uint64_t hits_so_far;
        Pace pace;
    } rows[] = {
        {0, 10, 10 * second, 0, 0, {0, false}},
        {0, 10, 10 * second, 0, 50, {10 * second, false}},  // the area of the triangle
        {0, 10, 10 * second, 0, 8, {4 * second, false}},
        {0, 10, 10 * second, 5 * second, 8, {0, false}},
        {0, 10, 10 * second, 10 * second, 60, {second, false}},  // and on at the last rate
        {10, 0, 10 * second, 0, 42, {6 * second, false}},
        {10, 0, 10 * second, 0, 49, {8'585'786'438, false}},
        {10, 0, 10 * second, 0, 50, no_more},  // a rate of 0 has no further hit
        {10, 10, 10 * second, 0, 7, {700 * ms, false}},
        {5, 20, 0, 0, 20, {second, false}},  // no ramp at all
        {0, 0, second, 0, 0, no_more},
        {-1, 5, second, 0, 0, no_more},
    };
    for (const auto& row : rows)
        EXPECT_EQ((LinearRamp{row.from, row.to, row.over}.pace(row.elapsed, row.hits_so_far)),
                  row.pace)
            << row.from << " to " << row.to << ", " << row.hits_so_far << " after " << row.elapsed;
}

TEST(LinearRamp, HitsAndPaceAgree)
{
    for (const LinearRamp ramp : {LinearRamp{0, 100, 20 * second}, LinearRamp{100, 1, 20 * second},
                                  LinearRamp{3, 7, 5 * second}})
        for (std::uint64_t hit = 1; hit < 900; ++hit) {
            const Nanos due = ramp.pace(0, hit).wait;
            ASSERT_NEAR(ramp.hits(due), static_cast<double>(hit), 1e-6);
            ASSERT_EQ(ramp.pace(due, hit).wait, 0);
            ASSERT_GT(ramp.pace(due, hit + 1).wait, 0);
        }
}

TEST(LinearRamp, ARampOfOneHourKeepsItsCount)
{
    const LinearRamp ramp{10, 1000, 60 * minute};
    EXPECT_DOUBLE_EQ(ramp.rate(30 * minute), 505);
    EXPECT_DOUBLE_EQ(ramp.hits(60 * minute), 3600 * 505.0);
    EXPECT_DOUBLE_EQ(ramp.hits(61 * minute), 3600 * 505.0 + 60'000);
    EXPECT_EQ(ramp.hits(-second), 0);
    EXPECT_EQ(ramp.pace(0, 3600 * 505).wait, 60 * minute);
}

TEST(Waits, TasksStartThatFarApart)
{
    EXPECT_EQ(wait_after_task(10, 4), 6);
    EXPECT_EQ(wait_after_task(10, 15), 0) << "and the next interval is as long as any";
    EXPECT_EQ(wait_after_task(1 / 0.5, 1), 1) << "0.5 a second";
}

}  // namespace
}  // namespace locustella::load
