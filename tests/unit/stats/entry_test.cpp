#include "stats/entry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000.25;

Sample sample_of(double ms, double wall_now = noon)
{
    return {.response_ms = Number{ms},
            .content_length = {10, true},
            .wall_now = wall_now,
            .rounded_ms = std::nullopt};
}

TEST(Entry, SumsAndExtremesAreExact)
{
    std::mt19937_64 random{1};
    std::lognormal_distribution<double> ms{1, 2};
    Entry entry{"GET", "/", noon};
    double sum = 0, least = 1e300, most = 0;
    std::vector<double> values;
    for (int i = 0; i < 10'000; ++i) {
        const double value = ms(random);
        values.push_back(value);
        sum += value;
        least = std::min(least, value);
        most = std::max(most, value);
        entry.log(sample_of(value));
    }
    EXPECT_EQ(entry.totals().requests, 10'000);
    EXPECT_EQ(entry.totals().response_ms().value, sum);
    EXPECT_EQ(entry.totals().min_ms()->value, least);
    EXPECT_EQ(entry.totals().max_ms().value, most);
    EXPECT_EQ(entry.totals().content_length().value, 100'000);
    EXPECT_EQ(entry.percentile_ms(1.0), most);
    std::sort(values.begin(), values.end());
    for (double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        const double exact = values[static_cast<std::size_t>(std::ceil(fraction * 10'000)) - 1];
        EXPECT_NEAR(entry.percentile_ms(fraction), exact, 0.01 * exact + 0.0005) << fraction;
    }
}

TEST(Entry, LocustPercentileIsTheOneOfTheSortedRoundedTimes)
{
    std::mt19937_64 random{2};
    std::lognormal_distribution<double> ms{4, 2};
    Entry entry{"GET", "/", noon};
    std::vector<double> rounded;
    for (int i = 0; i < 2'000; ++i) {
        const double value = ms(random);
        entry.log(sample_of(value));
        rounded.push_back(RoundedTimes::rounded(value));
    }
    std::sort(rounded.begin(), rounded.end());
    for (int per_mille = 0; per_mille < 1'000; ++per_mille) {
        const double fraction = per_mille / 1'000.0;
        const auto rank = static_cast<std::size_t>(2'000 * fraction);
        ASSERT_EQ(entry.locust_percentile(fraction), rounded[rank]) << fraction;
    }
}

TEST(Entry, RequestsWithoutATimeCountButAreNotMeasured)
{
    Entry entry{"GET", "/", noon};
    entry.log({.response_ms = std::nullopt,
               .content_length = {7, true},
               .wall_now = noon,
               .rounded_ms = std::nullopt});
    EXPECT_EQ(entry.totals().requests, 1);
    EXPECT_EQ(entry.totals().none_requests, 1);
    EXPECT_EQ(entry.totals().min_ms(), std::nullopt);
    EXPECT_EQ(entry.totals().content_length().value, 7);
    EXPECT_EQ(entry.locust_median().value, 0);
    EXPECT_EQ(entry.percentile_ms(0.5), 0);
    entry.log(sample_of(std::nan("")));
    entry.log(sample_of(std::numeric_limits<double>::infinity()));
    EXPECT_EQ(entry.totals().none_requests, 3);
    EXPECT_EQ(entry.totals().response_ms().value, 0);
}

TEST(Entry, TheMedianStaysBetweenTheExtremes)
{
    Entry high{"GET", "/", noon}, low{"GET", "/", noon};
    high.log(sample_of(6'099));
    EXPECT_EQ(high.locust_percentile(0.5), 6'100);
    EXPECT_EQ(high.locust_median().value, 6'099);
    low.log(sample_of(6'034));
    EXPECT_EQ(low.locust_percentile(0.5), 6'000);
    EXPECT_EQ(low.locust_median().value, 6'034);
}

TEST(Entry, NumbersStayWholeWhileAllThatWasGivenIs)
{
    Entry entry{"GET", "/", noon};
    auto whole = sample_of(0);
    whole.response_ms = Number{45, true};
    entry.log(whole);
    EXPECT_TRUE(entry.totals().response_ms().whole);
    EXPECT_TRUE(entry.totals().min_ms()->whole);
    entry.log(sample_of(46));
    EXPECT_FALSE(entry.totals().response_ms().whole);
    EXPECT_TRUE(entry.totals().min_ms()->whole);
    EXPECT_FALSE(entry.totals().max_ms().whole);
}

TEST(Entry, ABucketOfTheCallersIsTakenForLocusts)
{
    Entry entry{"GET", "/", noon};
    auto sample = sample_of(147.3);
    sample.rounded_ms = 147;
    entry.log(sample);
    sample.rounded_ms = std::nan("");
    entry.log(sample);
    EXPECT_EQ(entry.rounded_times().buckets(), (Buckets{{147, 1}, {150, 1}}));
}

TEST(Entry, ExtendingEqualsLoggingEverythingInOne)
{
    std::mt19937_64 random{3};
    std::lognormal_distribution<double> ms{3, 2};
    Entry one{"GET", "/", noon}, other{"GET", "/", noon + 3}, both{"GET", "/", noon};
    for (int i = 0; i < 3'000; ++i) {
        const auto sample = sample_of(std::floor(ms(random) * 8) / 8, noon + i / 100.0);
        Entry& half = i % 3 == 0 ? one : other;
        half.log(sample);
        both.log(sample);
        if (i % 7 == 0) {
            half.log_error(sample.wall_now);
            both.log_error(sample.wall_now);
        }
    }
    one.extend(other);
    EXPECT_EQ(one.totals().requests, both.totals().requests);
    EXPECT_EQ(one.totals().failures, both.totals().failures);
    EXPECT_EQ(one.totals().response_ms().value, both.totals().response_ms().value);
    EXPECT_EQ(one.totals().min_ms()->value, both.totals().min_ms()->value);
    EXPECT_EQ(one.totals().max_ms().value, both.totals().max_ms().value);
    EXPECT_EQ(one.totals().start_time(), noon);
    EXPECT_EQ(one.totals().last_request(), both.totals().last_request());
    EXPECT_EQ(one.rounded_times().buckets(), both.rounded_times().buckets());
    for (double p = 0; p <= 1; p += 0.01)
        ASSERT_EQ(one.percentile_ms(p), both.percentile_ms(p)) << p;
    const auto start = static_cast<std::int64_t>(noon);
    for (std::int64_t at = start; at < start + 40; ++at) {
        ASSERT_EQ(one.seconds().requests_between(at, at + 1),
                  both.seconds().requests_between(at, at + 1));
        ASSERT_EQ(one.seconds().failures_between(at, at + 1),
                  both.seconds().failures_between(at, at + 1));
    }
}

TEST(Entry, ExtendingByAnEmptyOneKeepsEverything)
{
    Entry entry{"GET", "/", noon}, empty{"GET", "/", noon + 1};
    entry.log(sample_of(5));
    entry.extend(empty);
    EXPECT_EQ(entry.totals().min_ms()->value, 5);
    EXPECT_EQ(entry.totals().last_request(), noon);
    empty.extend(entry);
    EXPECT_EQ(empty.totals().min_ms()->value, 5);
    EXPECT_EQ(empty.totals().last_request(), noon);
    EXPECT_EQ(empty.totals().start_time(), noon);
}

TEST(Entry, ANewSecondKeepsHowThingsStoodAtTheEndOfTheLastOne)
{
    Entry entry{"GET", "/", noon, {.seconds = Seconds::keep_all, .snapshots = 20}};
    const auto second = static_cast<std::int64_t>(noon);
    ASSERT_TRUE(entry.snapshots().has(second)) << "an empty one from the beginning";
    entry.log(sample_of(11, noon));
    entry.log(sample_of(12, noon + 0.5));
    EXPECT_EQ(entry.since(second)->requests, 2);
    entry.log(sample_of(666, noon + 5));
    ASSERT_TRUE(entry.snapshots().has(second + 4));
    EXPECT_EQ(entry.since(second + 4)->buckets, (Buckets{{670, 1}}));
    EXPECT_FALSE(entry.since(second + 3));
    entry.reset(noon + 9);
    EXPECT_FALSE(entry.snapshots().has(second + 4));
    EXPECT_TRUE(entry.snapshots().has(second + 9));
}

TEST(Entry, AReportOfALaterSecondIsKeptAsASnapshotThatContainsIt)
{
    Entry entry{"GET", "/", noon, {.seconds = Seconds::keep_all, .snapshots = 20}};
    Entry report{"GET", "/", noon};
    report.log(sample_of(100, noon + 2));
    entry.extend(report);
    const auto second = static_cast<std::int64_t>(noon) + 2;
    EXPECT_EQ(entry.since(second)->buckets, Buckets{});
    entry.extend(report);  // nothing newer in it
    EXPECT_EQ(entry.since(second)->buckets, (Buckets{{100, 1}}));
}

TEST(Entry, AssignedCountsFeedTheHistogramAsWellAsTheyCan)
{
    Entry entry{"GET", "/", noon};
    RoundedTimes times;
    times.add(100, 90);
    times.add(5'000, 10);
    entry.assign_rounded_times(times);
    entry.totals().requests = 100;
    EXPECT_EQ(entry.histogram().count(), 100u);
    EXPECT_NEAR(entry.percentile_ms(0.5), 100, 1);
    EXPECT_NEAR(entry.percentile_ms(0.99), 5'000, 50);
    EXPECT_EQ(entry.locust_percentile(0.5), 100);
}

TEST(Entry, AnAbsurdWallClockIsSurvived)
{
    Entry entry{"GET", "/", 0, {.seconds = 10, .snapshots = 5}};
    for (double wall : {-5.0, 1e300, -1e300, std::nan(""), 3.0, 2.0})
        entry.log(sample_of(1, wall));
    EXPECT_EQ(entry.totals().requests, 6);
    EXPECT_EQ(entry.seconds().requests_between(0, 10), 2);
}

TEST(Entry, ACopyIsWhatWasAskedFor)
{
    Entry entry{"GET", "/", noon, {.snapshots = 20}};
    entry.log({.response_ms = Number{1.0}, .wall_now = noon});
    entry.log({.response_ms = Number{1.0}, .wall_now = noon + 1});
    const auto narrow = entry.copy(1), wide = entry.copy(10);
    EXPECT_EQ(narrow->seconds().all().size(), 1u);
    EXPECT_EQ(wide->seconds().all().size(), 2u);
    EXPECT_EQ(entry.copy(10), wide) << "nothing has changed";
    const auto with_snapshots = entry.copy(10, true);
    EXPECT_FALSE(wide->snapshots().has(static_cast<std::int64_t>(noon)));
    EXPECT_TRUE(with_snapshots->snapshots().has(static_cast<std::int64_t>(noon)));
}

}  // namespace
}  // namespace locustella::stats
