#include "stats/rounded_times.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace locustella::stats {
namespace {

// The rule itself, told another way: of the multiples of `step` around `ms` the nearest one, and of
// two equally near the one with the even quotient. Exact for the eighths that the test feeds it.
double nearest_even_multiple(double ms, double step)
{
    const double below = std::floor(ms / step) * step;
    const double above = below + step;
    if (ms - below != above - ms)
        return ms - below < above - ms ? below : above;
    return std::fmod(below / step, 2) == 0 ? below : above;
}

TEST(RoundedTimes, KeepTwoSignificantDigitsAndSendHalvesToTheEvenNeighbour)
{
    for (double ms = 0; ms < 120'000; ms += 0.125) {
        const double step = ms < 100 ? 1 : ms < 1'000 ? 10 : ms < 10'000 ? 100 : 1'000;
        ASSERT_EQ(RoundedTimes::rounded(ms), nearest_even_multiple(ms, step)) << ms;
    }
}

TEST(RoundedTimes, AHairBesideATieIsNoTie)
{
    EXPECT_EQ(RoundedTimes::rounded(145), 140);
    EXPECT_EQ(RoundedTimes::rounded(std::nextafter(145.0, 200.0)), 150);
    EXPECT_EQ(RoundedTimes::rounded(135), 140);
    EXPECT_EQ(RoundedTimes::rounded(std::nextafter(135.0, 0.0)), 130);
    EXPECT_EQ(RoundedTimes::rounded(2'450), 2'400);
    EXPECT_EQ(RoundedTimes::rounded(std::nextafter(2'450.0, 3'000.0)), 2'500);
    EXPECT_EQ(RoundedTimes::rounded(std::nextafter(10'500.0, 0.0)), 10'000);
    EXPECT_EQ(RoundedTimes::rounded(10'500), 10'000);
    EXPECT_EQ(RoundedTimes::rounded(11'500), 12'000);
    EXPECT_EQ(RoundedTimes::rounded(0.5), 0);
    EXPECT_EQ(RoundedTimes::rounded(-3.2), -3);
    EXPECT_FALSE(std::signbit(RoundedTimes::rounded(-0.2)));
}

TEST(RoundedTimes, CountWhateverTheBucket)
{
    std::mt19937 random{7};
    std::uniform_real_distribution<double> exponent{-2, 24};
    std::map<double, std::int64_t> expected;
    RoundedTimes times;
    for (int i = 0; i < 20'000; ++i) {
        const double ms = std::exp2(exponent(random));
        const double bucket = i % 3 == 0 ? std::floor(ms * 8) / 8  // somebody's own rounding
                                         : RoundedTimes::rounded(ms);
        ++expected[bucket];
        times.add(bucket);
    }
    Buckets sorted;
    for (const auto& [ms, count] : expected) {
        sorted.push_back({ms, count});
        ASSERT_EQ(times.at(ms), count) << ms;
    }
    EXPECT_EQ(times.buckets(), sorted);
    EXPECT_EQ(times.at(123.456), 0);
}

TEST(RoundedTimes, MergeAddsEveryBucket)
{
    RoundedTimes left, right;
    left.add(10, 2);
    left.add(147);  // not one of Locust's
    right.add(10);
    right.add(147, 5);
    right.add(5'000'000);
    left.merge(right);
    EXPECT_EQ(left.buckets(), (Buckets{{10, 3}, {147, 6}, {5'000'000, 1}}));
    left.clear();
    EXPECT_TRUE(left.buckets().empty());
}

TEST(Buckets, DifferenceUndoesSum)
{
    const Buckets a{{1, 3}, {5, 2}, {90, 1}}, b{{1, 1}, {6, 4}, {90, -1}};
    EXPECT_EQ(sum(a, b), (Buckets{{1, 4}, {5, 2}, {6, 4}}));
    EXPECT_EQ(difference(sum(a, b), b), a);
    EXPECT_EQ(difference(a, a), Buckets{});
}

TEST(LocustPercentile, CountsFromTheSlowestDown)
{
    Buckets hundred;
    for (int ms = 0; ms < 100; ++ms)
        hundred.push_back({static_cast<double>(ms), 1});
    EXPECT_EQ(locust_percentile(hundred, 100, 0.5), 50);
    EXPECT_EQ(locust_percentile(hundred, 100, 0.95), 95);
    EXPECT_EQ(locust_percentile(hundred, 100, 1.0), 99);
    EXPECT_EQ(locust_percentile(hundred, 100, 0.0), 0);
    EXPECT_EQ(locust_percentile({}, 100, 0.5), 0);
    EXPECT_EQ(locust_percentile({{7, 1}}, 50, 0.5), 0) << "counts that lag behind the requests";
}

}  // namespace
}  // namespace locustella::stats
