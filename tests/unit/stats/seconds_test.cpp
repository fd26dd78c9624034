#include "stats/seconds.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace locustella::stats {
namespace {

TEST(Seconds, SumsEqualThoseOfAPlainMapInAnyOrderOfArrival)
{
    std::mt19937 random{3};
    std::uniform_int_distribution<std::int64_t> when{1'000, 1'300};
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> expected;
    Seconds seconds;
    for (int i = 0; i < 5'000; ++i) {
        const auto at = when(random);
        if (i % 4 == 0) {
            seconds.add_failure(at);
            ++expected[at].second;
        } else {
            seconds.add_request(at);
            ++expected[at].first;
        }
    }
    for (std::int64_t from = 990; from < 1'310; from += 7)
        for (std::int64_t to = from; to < 1'310; to += 11) {
            std::int64_t requests = 0, failures = 0;
            for (auto it = expected.lower_bound(from); it != expected.lower_bound(to); ++it) {
                requests += it->second.first;
                failures += it->second.second;
            }
            ASSERT_EQ(seconds.requests_between(from, to), requests);
            ASSERT_EQ(seconds.failures_between(from, to), failures);
        }
}

TEST(Seconds, KeepTheNewest)
{
    Seconds seconds{600};
    for (std::int64_t at = 0; at < 10'000; at += 3)
        seconds.add_request(at);
    ASSERT_EQ(seconds.all().size(), 600u);
    EXPECT_EQ(seconds.all().back().at, 9'999u);
    EXPECT_EQ(seconds.all().front().at, 9'999u - 599 * 3);
    seconds.add_request(5);  // older than all that is kept
    EXPECT_EQ(seconds.all().size(), 600u);
    EXPECT_EQ(seconds.requests_between(0, 10), 0);
    seconds.add_request(9'998);  // late, but not too old
    EXPECT_EQ(seconds.all().size(), 600u);
    EXPECT_EQ(seconds.requests_between(9'998, 9'999), 1);
    EXPECT_EQ(seconds.requests_between(0, 10'000), 600);
}

TEST(Seconds, MergeAddsAndStillKeepsTheNewest)
{
    Seconds left{3}, right;
    for (std::int64_t at : {10, 11, 12})
        left.add_request(at);
    for (std::int64_t at : {11, 12, 13, 14}) {
        right.add_request(at);
        right.add_failure(at);
    }
    left.merge(right);
    ASSERT_EQ(left.all().size(), 3u);
    EXPECT_EQ(left.requests_between(12, 13), 2);
    EXPECT_EQ(left.failures_between(12, 15), 3);
    EXPECT_EQ(left.requests_between(0, 12), 0);
    right.merge(right);
    EXPECT_EQ(right.requests_between(0, 100), 8);
}

TEST(Seconds, AssignedCountsReplaceAndStayWithinTheirBounds)
{
    Seconds seconds;
    seconds.add_request(5);
    seconds.add_failure(5);
    seconds.set_requests(5, 40);
    seconds.set_failures(6, std::int64_t{1} << 40);
    seconds.set_requests(-7, 3);
    seconds.set_requests(std::int64_t{1} << 33, 3);
    EXPECT_EQ(seconds.requests_between(-100, std::int64_t{1} << 34), 40);
    EXPECT_EQ(seconds.failures_between(6, 7), 0xFFFF'FFFF);
    seconds.clear_requests();
    EXPECT_EQ(seconds.requests_between(0, 10), 0);
    EXPECT_EQ(seconds.failures_between(5, 6), 1);
    seconds.clear_failures();
    EXPECT_TRUE(seconds.all().empty());
}

}  // namespace
}  // namespace locustella::stats
