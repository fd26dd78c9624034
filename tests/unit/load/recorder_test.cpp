#include "load/recorder.hpp"

#include <gtest/gtest.h>

namespace {

using namespace locustella;
using load::FinishedRequest;
using load::Moment;

constexpr base::Nanos second = 1'000'000'000;
constexpr Moment now{.monotonic = 50 * second, .wall = 1'000'000 * second};

FinishedRequest a_get()
{
    return {.method = "GET",
            .name = "/basket",
            .begun = 49 * second,
            .taken = second / 2,
            .bytes = 512};
}

TEST(Recorder, ASuccess)
{
    stats::Table table;
    load::record(table, a_get(), now);
    const auto* entry = table.find("GET", "/basket");
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->totals().requests, 1);
    EXPECT_EQ(entry->totals().failures, 0);
    EXPECT_EQ(entry->totals().max_ms().value, 500);
    EXPECT_EQ(entry->totals().content_length().value, 512);
    EXPECT_EQ(table.total().totals().requests, 1);
}

TEST(Recorder, AFailureCountsInTheEntryAndAmongTheFailures)
{
    stats::Table table;
    auto request = a_get();
    request.error = "LocustBadStatusCode(code=404)";
    load::record(table, request, now);
    load::record(table, request, now);
    EXPECT_EQ(table.find("GET", "/basket")->totals().failures, 2);
    const auto failure = table.failures().find("GET", "/basket", request.error);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->occurrences, 2);
}

TEST(Recorder, PhasesAreKeptWhereSomebodyWantsThem)
{
    stats::Table::Options options;
    options.phases = true;
    stats::Table table(0, options);
    auto request = a_get();
    request.phases[stats::connect] = 7;
    load::record(table, request, now);
    ASSERT_NE(table.find("GET", "/basket")->phases(), nullptr);
    EXPECT_EQ(table.find("GET", "/basket")->phases()->of(stats::connect).nanos, 7);
}

TEST(Recorder, AReaderHearsWhenItBeganByBothClocks)
{
    stats::Table table;
    const auto queue = std::make_shared<stats::SampleQueue>();
    table.add_reader(queue);
    auto request = a_get();
    request.scheduled = 48 * second;
    request.status = 201;
    request.user = "Visitor";
    load::record(table, request, now);
    const auto batch = queue->read();
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch[0].start, 49 * second);
    EXPECT_EQ(batch[0].start_wall, 999'999 * second);
    EXPECT_EQ(batch[0].scheduled_start, 48 * second);
    EXPECT_EQ(batch[0].status, 201);
    EXPECT_EQ(batch[0].user, "Visitor");
}

}  // namespace
