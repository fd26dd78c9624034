// Phase times of an entry, and who keeps them.
#include "stats/phase_sums.hpp"

#include <gtest/gtest.h>

#include "stats/table.hpp"

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000;

TEST(PhaseSums, SumsAndPercentilesOfWhatHappened)
{
    PhaseSums sums;
    sums.add({0, 400'000, 0, 0, 50'000, 1'000});
    for (int i = 0; i < 9; ++i)
        sums.add({0, 0, 0, 0, 50'000, 1'000});
    EXPECT_EQ(sums.requests(), 10u);
    EXPECT_EQ(sums.of(connect).happened, 1u);
    EXPECT_EQ(sums.of(connect).nanos, 400'000);
    EXPECT_NEAR(static_cast<double>(*sums.of(connect).times.percentile(0.5)), 400, 4);
    EXPECT_EQ(sums.of(first_byte).times.percentile(0.99), 50u);
    EXPECT_EQ(sums.of(tls).happened, 0u);
    EXPECT_FALSE(sums.of(tls).times.percentile(0.5));
}

TEST(PhaseSums, MergeAsIfOneHadSeenAll)
{
    PhaseSums one, other, all;
    for (int i = 1; i <= 100; ++i) {
        const Phases phases{0, i % 7 ? 0 : 300'000 * i, 0, i, 50'000 * i, 1'000};
        (i % 3 ? one : other).add(phases);
        all.add(phases);
    }
    one.merge(other);
    EXPECT_EQ(one.requests(), all.requests());
    for (const Phase phase : {dns, connect, tls, send, first_byte, receive}) {
        EXPECT_EQ(one.of(phase).nanos, all.of(phase).nanos);
        EXPECT_EQ(one.of(phase).happened, all.of(phase).happened);
        EXPECT_EQ(one.of(phase).times.percentile(0.9), all.of(phase).times.percentile(0.9));
    }
}

TEST(PhaseSums, TheTableKeepsThemByEntryOnceItIsAsked)
{
    const Phases phases{0, 0, 0, 0, 2'000'000, 0};
    const Sample sample{.method = "GET",
                        .name = "/a",
                        .response_ms = Number{2},
                        .wall_now = noon,
                        .phases = &phases};
    Table table{noon};
    table.record(sample);
    EXPECT_EQ(table.find("GET", "/a")->phases(), nullptr);
    table.keep_phases(true);
    table.record(sample);
    table.record({.method = "GET", .name = "/a", .response_ms = Number{1}, .wall_now = noon});
    table.record({.method = "GET", .name = "/b", .response_ms = Number{1}, .wall_now = noon});
    EXPECT_EQ(table.find("GET", "/a")->phases()->requests(), 1u);
    EXPECT_EQ(table.find("GET", "/b")->phases(), nullptr);

    table.find("GET", "/a")->reset(noon + 1);  // so do reports that are sent while a test runs
    EXPECT_EQ(table.find("GET", "/a")->phases()->requests(), 1u);
    table.clear_phases();
    EXPECT_EQ(table.find("GET", "/a")->phases(), nullptr);
}

}  // namespace
}  // namespace locustella::stats
