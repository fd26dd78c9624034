#include "stats/snapshots.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace locustella::stats {
namespace {

// What the class replaces: full copies.
struct Copy {
    std::int64_t second;
    std::int64_t requests;
    Buckets buckets;
};

// Feeds the snapshots as an entry does.
struct Traffic {
    RoundedTimes times;
    Snapshots snapshots{20};
    std::int64_t requests = 0;
    std::int64_t none_requests = 0;

    void request(double ms)
    {
        const RoundedTimes::Mark mark{RoundedTimes::rounded(ms)};
        times.add(mark);
        snapshots.add(mark);
        ++requests;
    }
    void take(std::int64_t second) { snapshots.take(second, state()); }
    Snapshots::State state() const { return {requests, none_requests}; }
    std::optional<Snapshots::Slice> since(std::int64_t second) const
    {
        return snapshots.since(second, state());
    }
};

TEST(Snapshots, TellTheSameAsFullCopiesWould)
{
    std::mt19937 random{5};
    std::uniform_real_distribution<double> exponent{0, 15};
    std::uniform_int_distribution<int> how_many{0, 60};
    Traffic traffic;
    std::vector<Copy> copies;
    for (std::int64_t second = 100; second < 200; ++second) {
        for (int i = how_many(random); i > 0; --i)
            traffic.request(std::exp2(exponent(random)));
        traffic.take(second);
        copies.push_back({second, traffic.requests, traffic.times.buckets()});
        if (copies.size() > 20)
            copies.erase(copies.begin());
        for (std::int64_t i = second % 23; i > 0; --i)  // the present is later than the last one
            traffic.request(3);
        for (const auto& copy : copies) {
            const auto slice = traffic.since(copy.second);
            ASSERT_TRUE(slice);
            ASSERT_EQ(slice->buckets, difference(traffic.times.buckets(), copy.buckets));
            ASSERT_EQ(slice->requests, traffic.requests - copy.requests);
        }
        ASSERT_FALSE(traffic.snapshots.has(second - 20));
    }
    const auto all = traffic.snapshots.all(traffic.times);
    ASSERT_EQ(all.size(), copies.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].second, copies[i].second);
        EXPECT_EQ(all[i].state.requests, copies[i].requests);
        EXPECT_EQ(all[i].buckets, copies[i].buckets);
    }
}

TEST(Snapshots, ASecondTakenAgainReplacesItsSnapshotAndNoOther)
{
    Traffic traffic;
    std::vector<Buckets> stood;
    for (std::int64_t second : {10, 11, 12}) {
        traffic.request(static_cast<double>(second));
        traffic.take(second);
        stood.push_back(traffic.times.buckets());
    }
    traffic.request(500);
    traffic.take(12);  // the newest again
    EXPECT_EQ(traffic.snapshots.all(traffic.times).back().buckets, traffic.times.buckets());
    traffic.request(700);
    traffic.take(10);  // the clock was set back
    EXPECT_EQ(traffic.since(10)->buckets, Buckets{});
    EXPECT_EQ(traffic.since(11)->buckets, difference(traffic.times.buckets(), stood[1]));
    EXPECT_EQ(traffic.since(12)->buckets, (Buckets{{700, 1}}));
    EXPECT_EQ(traffic.snapshots.all(traffic.times).size(), 3u);
}

TEST(Snapshots, AClockThatGoesBackAndForthNeverMakesTwoOfOneSecond)
{
    Traffic traffic;
    for (std::int64_t second : {99, 98, 99, 97, 98, 99}) {
        traffic.request(static_cast<double>(second));
        traffic.take(second);
        EXPECT_EQ(traffic.since(second)->buckets, Buckets{});
    }
    EXPECT_EQ(traffic.snapshots.all(traffic.times).size(), 3u);
    EXPECT_EQ(traffic.since(98)->buckets, (Buckets{{99, 1}}));
    EXPECT_EQ(traffic.since(97)->buckets, (Buckets{{98, 1}, {99, 1}}));
}

TEST(Snapshots, CountsThatSomebodyLoweredAreNegativeNews)
{
    Traffic traffic;
    traffic.request(20);
    traffic.request(20);
    traffic.take(1);
    traffic.snapshots.add(Buckets{{20, -1}, {30, 4}});
    EXPECT_EQ(traffic.since(1)->buckets, (Buckets{{20, -1}, {30, 4}}));
}

TEST(Snapshots, KeepHugeCountsAndBucketsOfSomebodysOwn)
{
    Traffic traffic;
    const Buckets changes{{0.25, 3}, {20, 70'000}, {30, 65'535}, {147, 1}, {5'000'000, 2}};
    traffic.take(1);
    traffic.snapshots.add(changes);
    traffic.take(2);
    traffic.request(20);
    traffic.take(3);
    EXPECT_EQ(traffic.since(2)->buckets, (Buckets{{20, 1}}));
    EXPECT_EQ(traffic.since(1)->buckets, sum(changes, Buckets{{20, 1}}));
}

TEST(Snapshots, RequestsWithoutATimeAreNoPartOfASlice)
{
    Traffic traffic;
    traffic.requests = 8;
    traffic.none_requests = 8;
    traffic.take(1);
    traffic.request(5);
    traffic.requests += 2;
    traffic.none_requests += 2;
    EXPECT_EQ(traffic.since(1)->requests, 1);
    EXPECT_FALSE(traffic.since(2));
}

TEST(Snapshots, WhoTakesThemOverIsCalledInstead)
{
    Traffic traffic;
    traffic.take(1);
    std::vector<std::int64_t> told;
    traffic.snapshots.hand_over([&](std::int64_t second) { told.push_back(second); });
    traffic.take(2);
    traffic.take(3);
    EXPECT_TRUE(traffic.snapshots.handed_over());
    EXPECT_EQ(told, (std::vector<std::int64_t>{2, 3}));
    EXPECT_TRUE(traffic.snapshots.all(traffic.times).empty());
    traffic.snapshots.clear();
    traffic.take(4);
    EXPECT_EQ(told.size(), 2u);
    EXPECT_TRUE(traffic.snapshots.has(4));
}

TEST(Snapshots, ALowerLimitDropsTheOldestAtTheNextOne)
{
    Traffic traffic;
    for (std::int64_t second = 0; second < 20; ++second)
        traffic.take(second);
    traffic.snapshots.limit(5);
    traffic.take(20);
    EXPECT_EQ(traffic.snapshots.all(traffic.times).size(), 5u);
    EXPECT_FALSE(traffic.snapshots.has(15));
    EXPECT_TRUE(traffic.snapshots.has(16));
    traffic.snapshots.limit(0);
    traffic.take(21);
    EXPECT_FALSE(traffic.snapshots.on());
    EXPECT_FALSE(traffic.snapshots.has(21));
}

}  // namespace
}  // namespace locustella::stats
