#include "reactor/lag_meter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace locustella::reactor {
namespace {

using base::Nanos;

TEST(LagMeter, EveryPercentileIsAnUpperBoundWithinItsBucket)
{
    std::mt19937_64 random{3};
    std::uniform_real_distribution<double> exponent{3, 40};
    std::vector<Nanos> values(5000);
    LagMeter meter;
    for (auto& value : values) {
        value = static_cast<Nanos>(std::exp2(exponent(random)));
        meter.record(value);
    }
    std::sort(values.begin(), values.end());
    for (std::size_t rank = 1; rank <= values.size(); ++rank) {
        const Nanos exact = values[rank - 1];
        const Nanos found = meter.percentile((static_cast<double>(rank) - 0.5) / 5000);
        ASSERT_GE(found, exact) << "rank " << rank;
        ASSERT_LE(static_cast<double>(found), 1.25 * static_cast<double>(exact)) << "rank " << rank;
    }
}

TEST(LagMeter, KnowsCountMeanAndMaximumExactly)
{
    LagMeter meter;
    for (const Nanos lag : {10, 20, 60})
        meter.record(lag);
    EXPECT_EQ(meter.count(), 3u);
    EXPECT_DOUBLE_EQ(meter.mean(), 30);
    EXPECT_EQ(meter.max(), 60);
    EXPECT_EQ(meter.percentile(1.0), 60);
}

TEST(LagMeter, NegativeLagCountsAsNone)
{
    LagMeter meter;
    meter.record(-5);
    EXPECT_EQ(meter.count(), 1u);
    EXPECT_EQ(meter.max(), 0);
    EXPECT_EQ(meter.percentile(0.5), 0);
}

TEST(LagMeter, TakesTheLongestLagThereIs)
{
    LagMeter meter;
    constexpr Nanos longest = std::numeric_limits<Nanos>::max();
    meter.record(longest);
    EXPECT_EQ(meter.max(), longest);
    EXPECT_EQ(meter.percentile(0.5), longest);
}

TEST(LagMeter, EmptyAndResetMetersSayZero)
{
    LagMeter meter;
    EXPECT_EQ(meter.percentile(0.99), 0);
    EXPECT_EQ(meter.mean(), 0);
    meter.record(1000);
    meter.reset();
    EXPECT_EQ(meter.count(), 0u);
    EXPECT_EQ(meter.max(), 0);
    EXPECT_EQ(meter.percentile(0.99), 0);
}

}  // namespace
}  // namespace locustella::reactor
