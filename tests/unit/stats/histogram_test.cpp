#include "stats/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace locustella::stats {
namespace {

// From 1 us to about 72 minutes.
std::vector<Histogram::Micros> log_uniform_sample(std::size_t size, unsigned seed)
{
    std::mt19937_64 random{seed};
    std::uniform_real_distribution<double> exponent{0, 32};
    std::vector<Histogram::Micros> values(size);
    std::generate(values.begin(), values.end(),
                  [&] { return static_cast<Histogram::Micros>(std::exp2(exponent(random))); });
    return values;
}

Histogram histogram_of(const std::vector<Histogram::Micros>& values)
{
    Histogram h;
    for (auto v : values)
        h.record(v);
    return h;
}

TEST(Histogram, EveryPercentileIsWithinOnePercentOfTheExactOne)
{
    auto values = log_uniform_sample(10'000, 1);
    const auto h = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (std::size_t rank = 1; rank <= values.size(); ++rank) {
        const auto exact = static_cast<double>(values[rank - 1]);
        const auto found =
            static_cast<double>(*h.percentile((static_cast<double>(rank) - 0.5) / 10'000));
        ASSERT_LE(std::abs(found - exact), 0.01 * exact) << "rank " << rank;
    }
}

TEST(Histogram, EveryValueAloneIsFoundWithinOnePercentEvenBetweenTwoOthers)
{
    const auto probe = [](Histogram::Micros value) {
        Histogram h;  // the extremes are exact, so the value stands between them
        h.record(0);
        h.record(value);
        h.record(Histogram::max_recordable);
        const auto found = static_cast<double>(*h.percentile(0.5));
        ASSERT_LE(std::abs(found - static_cast<double>(value)), 0.01 * static_cast<double>(value));
    };
    for (Histogram::Micros value = 1; value < 100'000; ++value)
        probe(value);
    for (auto value : log_uniform_sample(100'000, 4))
        probe(value);
    for (int power = 1; power < 42; ++power)
        for (int offset = -1; offset <= 1; ++offset)
            probe((Histogram::Micros{1} << power) + static_cast<Histogram::Micros>(offset));
}

TEST(Histogram, MergingEqualsRecordingEverythingInOne)
{
    auto left = log_uniform_sample(500, 2), right = log_uniform_sample(700, 3);
    auto merged = histogram_of(left);
    merged.merge(histogram_of(right));
    left.insert(left.end(), right.begin(), right.end());
    const auto whole = histogram_of(left);
    EXPECT_EQ(merged.count(), whole.count());
    EXPECT_EQ(merged.min(), whole.min());
    EXPECT_EQ(merged.max(), whole.max());
    for (double p = 0; p <= 1; p += 0.001)
        ASSERT_EQ(merged.percentile(p), whole.percentile(p)) << p;
}

TEST(Histogram, RecordingManyTimesEqualsRecordingOnceManyTimes)
{
    Histogram at_once, one_by_one;
    for (Histogram::Micros value : {7u, 700u, 70'000u}) {
        at_once.record(value, 100);
        for (int i = 0; i < 100; ++i)
            one_by_one.record(value);
    }
    at_once.record(9'999'999, 0);
    EXPECT_EQ(at_once.count(), one_by_one.count());
    EXPECT_EQ(at_once.max(), one_by_one.max());
    for (double p = 0; p <= 1; p += 0.01)
        ASSERT_EQ(at_once.percentile(p), one_by_one.percentile(p)) << p;
}

TEST(Histogram, OneOutlierAmongAMillionIsTheMaximumExactly)
{
    Histogram h;
    h.record(900, 1'000'000);
    h.record(40'000'123);
    EXPECT_EQ(h.max(), 40'000'123u);
    EXPECT_EQ(h.percentile(1.0), 40'000'123u);
    EXPECT_NEAR(static_cast<double>(*h.percentile(0.999)), 900, 0.008 * 900);
}

TEST(Histogram, CountsGoOnBeyondWhatACellHolds)
{
    constexpr std::uint64_t almost = 0xFFFF'FFFF;
    Histogram h;
    h.record(100, almost);
    h.record(100);
    h.record(100, 3 * (almost + 1) + 7);
    h.record(Histogram::Mark{100});
    EXPECT_EQ(h.count(), 4 * (almost + 1) + 8);
    h.record(9'000, 4 * (almost + 1) + 10);
    EXPECT_EQ(h.percentile(0.4999), 100u);
    EXPECT_NEAR(static_cast<double>(*h.percentile(0.5001)), 9'000, 90);
    Histogram twice = h;
    twice.merge(h);
    EXPECT_EQ(twice.count(), 2 * h.count());
    h.clear();
    EXPECT_EQ(h.count(), 0u);
    Histogram marks;
    marks.record(7, almost);
    marks.record(Histogram::Mark{7});
    EXPECT_EQ(marks.count(), almost + 1);
}

TEST(Histogram, PercentilesNeverDescend)
{
    const auto h = histogram_of(log_uniform_sample(1'000, 5));
    auto before = *h.percentile(0);
    for (double p = 0; p <= 1; p += 0.0005) {
        const auto now = *h.percentile(p);
        ASSERT_GE(now, before) << p;
        before = now;
    }
}

TEST(Histogram, EmptyHasNoPercentileAndMergingItChangesNothing)
{
    Histogram h;
    EXPECT_EQ(h.percentile(0.5), std::nullopt);
    EXPECT_EQ(h.min(), std::nullopt);
    h.record(5);
    h.merge(Histogram{});
    EXPECT_EQ(h.count(), 1u);
    EXPECT_EQ(h.percentile(0.5), 5u);
    h.clear();
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.percentile(0.5), std::nullopt);
}

TEST(Histogram, ValuesBeyondTheRangeKeepTheirExactMaximum)
{
    Histogram h;
    h.record(~Histogram::Micros{0});
    EXPECT_EQ(h.max(), ~Histogram::Micros{0});
    EXPECT_EQ(h.percentile(0.1), ~Histogram::Micros{0});
}

TEST(Histogram, AFractionOutsideItsRangeAnswersWithAnExtreme)
{
    const auto h = histogram_of({10, 20, 30});
    EXPECT_EQ(h.percentile(-1), 10u);
    EXPECT_EQ(h.percentile(0), 10u);
    EXPECT_EQ(h.percentile(2), 30u);
    EXPECT_EQ(h.percentile(std::nan("")), 10u);
}

}  // namespace
}  // namespace locustella::stats
