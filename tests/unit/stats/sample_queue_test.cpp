// The queue between the thread that records and an output's.
#include "stats/sample_queue.hpp"

#include <gtest/gtest.h>

#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "stats/table.hpp"

namespace locustella::stats {
namespace {

using namespace std::chrono_literals;

Sample numbered(std::int64_t number, std::string_view name, std::string_view error = {})
{
    Sample sample{.method = "GET", .name = name};
    sample.response_ms = Number{static_cast<double>(number), true};
    sample.error = error;
    sample.start = number;
    return sample;
}

TEST(SampleQueue, GivesBackWhatWasPushedInOrderAndWhole)
{
    SampleQueue queue;
    const Phases phases{1, 2, 3, 4, 5, 6};
    {
        // What a sample borrows is gone when it is read.
        std::string name = "/a name that is longer than a short string", error = "oh no";
        Sample sample{.method = "POST",
                      .name = name,
                      .response_ms = Number{12.5},
                      .content_length = bytes(77),
                      .wall_now = 1'700'000'000.25,
                      .error = error,
                      .phases = &phases,
                      .certainty = Certainty::upper_bound,
                      .status = 404,
                      .user = "Visitor",
                      .start = 5,
                      .start_wall = 6,
                      .scheduled_start = 7};
        ASSERT_TRUE(queue.push(sample));
        name.assign(name.size(), 'x');
        error.assign(error.size(), 'x');
    }
    ASSERT_TRUE(queue.push({.method = "", .name = "", .wall_now = 1}));
    const auto batch = queue.read();
    ASSERT_EQ(batch.size(), 2u);
    EXPECT_EQ(batch[0].method, "POST");
    EXPECT_EQ(batch[0].name, "/a name that is longer than a short string");
    EXPECT_EQ(batch[0].error, "oh no");
    EXPECT_EQ(batch[0].response_ms->value, 12.5);
    EXPECT_EQ(batch[0].content_length.value, 77);
    EXPECT_EQ(batch[0].wall_now, 1'700'000'000.25);
    EXPECT_NE(batch[0].phases, &phases);
    EXPECT_EQ(*batch[0].phases, phases);
    EXPECT_EQ(batch[0].certainty, Certainty::upper_bound);
    EXPECT_EQ(batch[0].status, 404);
    EXPECT_EQ(batch[0].user, "Visitor");
    EXPECT_EQ(batch[0].start, 5);
    EXPECT_EQ(batch[0].start_wall, 6);
    EXPECT_EQ(batch[0].scheduled_start, 7);
    EXPECT_TRUE(batch[1].name.empty());
    EXPECT_FALSE(batch[1].response_ms);
    EXPECT_EQ(batch[1].phases, nullptr);
    EXPECT_TRUE(queue.read().empty());
}

TEST(SampleQueue, DropsAndCountsWhatFindsNoRoomAndGoesOnAfterwards)
{
    SampleQueue queue{4'096};
    int taken = 0;
    while (queue.push(numbered(taken, "/")))
        ++taken;
    EXPECT_FALSE(queue.push(numbered(-1, "/")));
    EXPECT_EQ(queue.dropped(), 2u);
    const auto batch = queue.read();
    ASSERT_EQ(batch.size(), static_cast<std::size_t>(taken));
    for (int i = 0; i < taken; ++i)
        EXPECT_EQ(batch[static_cast<std::size_t>(i)].start, i);
    EXPECT_FALSE(queue.push(numbered(-1, "/")));  // the batch is still being read
    queue.read();
    EXPECT_TRUE(queue.push(numbered(99, "/")));
    EXPECT_EQ(queue.read().front().start, 99);
}

TEST(SampleQueue, ASampleTooLargeForItIsDropped)
{
    SampleQueue queue{4'096};
    EXPECT_FALSE(queue.push(numbered(1, "/", std::string(5'000, 'x'))));
    EXPECT_EQ(queue.dropped(), 1u);
    EXPECT_TRUE(queue.push(numbered(2, "/")));
}

TEST(SampleQueue, WrapsAroundAtEverySizeOfRecord)
{
    std::mt19937 random{1};
    SampleQueue queue{4'096};
    std::int64_t pushed = 0, read = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name(random() % 400, static_cast<char>('a' + i % 26));
        if (queue.push(numbered(pushed, name, std::to_string(name.size()))))
            ++pushed;
        if (random() % 5 == 0)
            for (const Sample& sample : queue.read(random() % 6)) {
                ASSERT_EQ(sample.start, read++);
                ASSERT_EQ(sample.error, std::to_string(sample.name.size()));
            }
    }
    for (const Sample& sample : queue.read())
        ASSERT_EQ(sample.start, read++);
    EXPECT_EQ(read, pushed);
    EXPECT_GT(queue.dropped(), 0u);
}

TEST(SampleQueue, WaitEndsWhenItIsClosedAndAllIsRead)
{
    SampleQueue queue;
    queue.push(numbered(1, "/"));
    queue.close();
    EXPECT_TRUE(queue.wait(1h));
    EXPECT_EQ(queue.read().size(), 1u);
    EXPECT_FALSE(queue.wait(1h));
}

TEST(SampleQueue, AHalfFullQueueIsWorthWakingFor)
{
    SampleQueue queue{4'096};
    while (queue.push(numbered(1, "/"))) {
    }
    EXPECT_TRUE(queue.wait(1h));
    EXPECT_FALSE(queue.read().empty());
}

// The reader would sleep for an hour: the sample that makes it half full wakes it, or the first
// after the reader has gone to sleep.
TEST(SampleQueue, WakesItsReaderWhenItIsHalfFull)
{
    SampleQueue queue{4'096};
    std::promise<std::size_t> woken;
    std::thread reader{[&] {
        queue.wait(1h);
        woken.set_value(queue.read().size());
    }};
    auto got = woken.get_future();
    while (got.wait_for(1ms) != std::future_status::ready)
        queue.push(numbered(1, "/"));
    reader.join();
    EXPECT_GE(got.get(), 2'048 / (sizeof(Sample) + 16));
}

TEST(SampleQueue, ClosingWakesItsReader)
{
    SampleQueue queue;
    std::thread reader{[&] { EXPECT_FALSE(queue.wait(1h)); }};
    queue.close();
    reader.join();
}

TEST(SampleQueue, ATableGivesItsSamplesToEachReaderUntilItLeaves)
{
    Table table;
    const auto one = std::make_shared<SampleQueue>(), other = std::make_shared<SampleQueue>();
    table.record(numbered(1, "/"));
    table.add_reader(one);
    table.add_reader(other);
    table.record(numbered(2, "/", "oh"));
    table.remove_reader(one.get());
    table.record(numbered(3, "/"));
    EXPECT_EQ(one->read().size(), 1u);
    const auto batch = other->read();
    ASSERT_EQ(batch.size(), 2u);
    EXPECT_EQ(batch[0].error, "oh");
    EXPECT_EQ(batch[1].start, 3);
}

TEST(SampleQueue, WhatIsCountedInStepsIsToldApart)
{
    Table table;
    const auto queue = std::make_shared<SampleQueue>();
    table.add_reader(queue);
    table.count(numbered(1, "/", "oh"));
    EXPECT_TRUE(queue->read().empty());
    EXPECT_EQ(table.total().totals().requests, 1);
    EXPECT_EQ(table.total().totals().failures, 1);
    table.tell(numbered(2, "/"));
    EXPECT_EQ(queue->read().front().start, 2);
    EXPECT_EQ(table.total().totals().requests, 1);
}

// Run it under ThreadSanitizer: cmake --preset tsan
TEST(SampleQueue, LosesNothingBetweenTwoThreadsButWhatItCounts)
{
    constexpr std::int64_t count = 50'000;
    const auto queue = std::make_shared<SampleQueue>(std::size_t{1} << 16);
    std::int64_t read = 0, last = -1;
    std::thread output{[&] {
        while (queue->wait(1ms))
            for (const Sample& sample : queue->read(100)) {
                EXPECT_GT(sample.start, last);
                EXPECT_EQ(sample.name, std::to_string(sample.start));
                last = sample.start;
                ++read;
            }
    }};
    Table table;
    table.add_reader(queue);
    for (std::int64_t i = 0; i < count; ++i)
        table.record(numbered(i, std::to_string(i)));
    table.remove_reader(queue.get());
    queue->close();
    output.join();
    EXPECT_EQ(read + static_cast<std::int64_t>(queue->dropped()), count);
    EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace locustella::stats
