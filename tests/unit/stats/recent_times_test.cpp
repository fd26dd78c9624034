// Precise percentiles of the last seconds.
#include "stats/recent_times.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "stats/entry.hpp"

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000;
constexpr std::int64_t noon_second = 1'700'000'000;

TEST(RecentTimes, TellWhatCameAfterALook)
{
    std::mt19937 random{1};
    Histogram all;
    RecentTimes recent{all, 20};
    std::vector<Histogram> by_second(100);
    for (std::int64_t second = 0; second < 100; ++second) {
        auto& own = by_second[static_cast<std::size_t>(second)];
        for (int i = 0; i < 50; ++i) {
            const Histogram::Micros micros = random() % 127;  // exact buckets
            all.record(micros);
            own.record(micros);
        }
        recent.take(second, all);
    }
    all.record(3);
    EXPECT_FALSE(recent.since(79, all));
    EXPECT_FALSE(recent.since(100, all));
    for (std::int64_t from = 80; from < 100; ++from) {
        Histogram expected;
        for (std::int64_t second = from + 1; second < 100; ++second)
            expected.merge(by_second[static_cast<std::size_t>(second)]);
        expected.record(3);
        const auto found = recent.since(from, all);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->count(), expected.count());
        EXPECT_EQ(found->max(), expected.max());
        for (const double fraction : {0.1, 0.5, 0.99})
            EXPECT_EQ(found->percentile(fraction), expected.percentile(fraction));
    }
}

TEST(RecentTimes, ASecondLookedAtTwiceLosesNothing)
{
    Histogram all;
    RecentTimes recent{all, 20};
    recent.take(1, all);
    all.record(10);
    recent.take(2, all);
    all.record(20);
    recent.take(3, all);
    all.record(30);
    recent.take(2, all);  // the clock was set back
    EXPECT_EQ(recent.since(1, all)->count(), 3u);
    EXPECT_EQ(recent.since(2, all)->count(), 0u);
    recent.take(2, all);
    EXPECT_EQ(recent.since(1, all)->count(), 3u);
}

TEST(RecentTimes, AnEntryNotesThemFromTheFirstQuestionOn)
{
    Entry entry{"GET", "/", noon, {.snapshots = 20}};
    const auto log = [&](double ms, int second) {
        entry.log(Sample{.response_ms = Number{ms}, .wall_now = noon + second});
    };
    log(0.05, 0);
    EXPECT_FALSE(entry.times_since(noon_second - 1));
    EXPECT_EQ(entry.times_since(noon_second)->count(), 0u);
    log(0.05, 1);
    EXPECT_EQ(entry.times_since(noon_second)->count(), 1u);
    log(0.12, 2);
    log(0.08, 3);
    EXPECT_EQ(entry.times_since(noon_second + 1)->percentile(1), 120u);
    EXPECT_EQ(entry.times_since(noon_second + 2)->percentile(1), 80u);
    entry.reset(noon + 4);
    EXPECT_FALSE(entry.times_since(noon_second + 2));
    log(0.07, 5);
    EXPECT_EQ(entry.times_since(noon_second + 4)->count(), 1u);
    Entry without{"GET", "/", noon};
    EXPECT_FALSE(without.times_since(noon_second));
}

TEST(RecentTimes, TellWhatEachSecondHad)
{
    Entry entry{"GET", "/", noon, {.snapshots = 5}};
    EXPECT_TRUE(entry.times_by_second(0, noon_second).empty());  // asks for them
    const auto log = [&](double ms, int second) {
        entry.log(Sample{.response_ms = Number{ms}, .wall_now = noon + second + 0.5});
    };
    const auto told = [&](int from, int to = 100) {
        std::vector<std::array<std::int64_t, 4>> rows;
        for (const auto& slice : entry.times_by_second(noon_second + from, noon_second + to))
            rows.push_back({slice.after - noon_second, slice.until - noon_second,
                            static_cast<std::int64_t>(slice.times.count()),
                            static_cast<std::int64_t>(*slice.times.percentile(1))});
        return rows;
    };
    using Rows = std::vector<std::array<std::int64_t, 4>>;
    log(0.05, 0);  // in the second in which the entry began
    log(0.06, 0);
    EXPECT_EQ(told(-1), (Rows{{-1, 0, 2, 60}}));  // still going on
    log(0.07, 1);
    log(0.02, 4);  // none in between
    EXPECT_EQ(told(-1), (Rows{{-1, 0, 2, 60}, {0, 3, 1, 70}, {3, 4, 1, 20}}));
    EXPECT_EQ(told(0), (Rows{{0, 3, 1, 70}, {3, 4, 1, 20}}));
    EXPECT_EQ(told(3), (Rows{{3, 4, 1, 20}}));
    EXPECT_EQ(told(9), Rows{});
    EXPECT_EQ(told(2), (Rows{{0, 3, 1, 70}, {3, 4, 1, 20}}));
    EXPECT_EQ(told(-1, 3), (Rows{{-1, 0, 2, 60}, {0, 3, 1, 70}}));
    EXPECT_DOUBLE_EQ(entry.times_by_second(noon_second - 1, noon_second).front().times.mean(), 55);
    EXPECT_EQ(Histogram{}.mean(), 0);
    entry.log(Sample{.wall_now = noon + 5});  // without a time
    log(0.03, 6);
    EXPECT_EQ(told(3), (Rows{{3, 4, 1, 20}, {5, 6, 1, 30}}));
    for (int second = 7; second < 20; ++second)
        log(0.04, second);
    EXPECT_EQ(told(-1).size(), 5u);  // so many looks are kept
    entry.reset(noon + 30);
    log(0.09, 30);
    EXPECT_EQ(told(-1), (Rows{{29, 30, 1, 90}}));
    Entry without{"GET", "/", noon};
    EXPECT_TRUE(without.times_by_second(0, noon_second + 9).empty());
}

}  // namespace
}  // namespace locustella::stats
