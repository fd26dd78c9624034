// Merging, deltas and immutable copies: the same numbers as one table of all samples.
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stats/table.hpp"

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000;

// Owns what a sample borrows.
struct Request {
    std::string method, name, error;
    Phases phases{};
    Sample sample;

    const Sample& view()
    {
        sample.method = method;
        sample.name = name;
        sample.error = error;
        sample.phases = &phases;
        return sample;
    }
};

// Whole milliseconds, so that sums do not depend on their order.
std::vector<Request> requests(int count, unsigned seed, int names = 20)
{
    std::mt19937 random{seed};
    const auto below = [&](int most) { return std::uniform_int_distribution{0, most - 1}(random); };
    std::vector<Request> made(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Request& request = made[static_cast<std::size_t>(i)];
        request.method = below(3) ? "GET" : "POST";
        request.name = "/" + std::to_string(below(names));
        if (below(5) == 0)
            request.error = "error " + std::to_string(below(4));
        request.phases = {0, below(2) * 1'000, 0, 0, 1'000 * below(5'000), 3'000};
        if (below(10))
            request.sample.response_ms = Number{static_cast<double>(below(20'000)), true};
        request.sample.content_length = bytes(below(5'000));
        request.sample.wall_now = noon + i * 0.01;
        request.sample.certainty = static_cast<Certainty>(below(3));
    }
    return made;
}

Table::Options with_phases()
{
    Table::Options options;
    options.phases = true;
    return options;
}

void expect_same(const Entry& one, const Entry& other)
{
    const Totals &a = one.totals(), &b = other.totals();
    EXPECT_EQ(a.requests, b.requests);
    EXPECT_EQ(a.none_requests, b.none_requests);
    EXPECT_EQ(a.failures, b.failures);
    EXPECT_EQ(a.ends, b.ends);
    EXPECT_EQ(a.response_ms().value, b.response_ms().value);
    EXPECT_EQ(a.content_length().value, b.content_length().value);
    EXPECT_EQ(a.max_ms().value, b.max_ms().value);
    EXPECT_EQ(a.min_ms().has_value(), b.min_ms().has_value());
    if (a.min_ms() && b.min_ms()) {
        EXPECT_EQ(a.min_ms()->value, b.min_ms()->value);
    }
    EXPECT_EQ(a.last_request(), b.last_request());
    EXPECT_EQ(one.rounded_times().buckets(), other.rounded_times().buckets());
    for (const double fraction : {0.1, 0.5, 0.9, 0.99, 1.0})
        EXPECT_EQ(one.percentile_ms(fraction), other.percentile_ms(fraction));
    const auto seconds = one.seconds().all(), others = other.seconds().all();
    ASSERT_EQ(seconds.size(), others.size());
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        EXPECT_EQ(seconds[i].at, others[i].at);
        EXPECT_EQ(seconds[i].requests, others[i].requests);
        EXPECT_EQ(seconds[i].failures, others[i].failures);
    }
    ASSERT_EQ(one.phases() != nullptr, other.phases() != nullptr);
    if (one.phases()) {
        EXPECT_EQ(one.phases()->requests(), other.phases()->requests());
        EXPECT_EQ(one.phases()->of(connect).nanos, other.phases()->of(connect).nanos);
        EXPECT_EQ(one.phases()->of(first_byte).times.percentile(0.9),
                  other.phases()->of(first_byte).times.percentile(0.9));
    }
}

void expect_same(const Table& one, Table& other)
{
    expect_same(one.total(), other.total());
    ASSERT_EQ(one.size(), other.size());
    one.for_each([&](const Entry& entry) {
        const Entry* twin = other.find(entry.method(), entry.name());
        ASSERT_TRUE(twin);
        expect_same(entry, *twin);
    });
    ASSERT_EQ(one.failures().size(), other.failures().size());
    one.failures().for_each([&](const Failure& failure) {
        const auto twin = other.failures().find(failure.method, failure.name, failure.error);
        ASSERT_TRUE(twin);
        EXPECT_EQ(failure, *twin);
    });
}

TEST(Merge, OfRandomTablesIsTheTableOfAllSamples)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        Table whole{noon, with_phases()}, sum{noon, with_phases()};
        std::vector<std::unique_ptr<Table>> parts;
        for (int i = 0; i < 4; ++i)
            parts.push_back(std::make_unique<Table>(noon, with_phases()));
        std::mt19937 random{seed};
        for (auto& request : requests(1'000, seed)) {
            whole.record(request.view());
            parts[random() % parts.size()]->record(request.view());
        }
        for (const auto& part : parts)
            sum.merge(*part);
        expect_same(whole, sum);
    }
}

TEST(Merge, OfDeltasIsTheWholeAndTheSourceBeginsAnew)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        Table whole{noon, with_phases()}, recording{noon, with_phases()}, sum{noon, with_phases()};
        std::mt19937 random{seed + 100};
        for (auto& request : requests(1'000, seed)) {
            whole.record(request.view());
            recording.record(request.view());
            if (random() % 100 == 0)
                sum.merge(*recording.delta(request.sample.wall_now));
        }
        sum.merge(*recording.delta(noon + 1'000));
        expect_same(whole, sum);
        EXPECT_EQ(recording.total().totals().requests, 0);
        EXPECT_EQ(recording.failures().size(), 0u);
        EXPECT_EQ(recording.delta(noon + 1'001)->size(), 0u);
    }
}

TEST(Merge, ADeltaCarriesWhatCameSinceTheLastAndItsOwnExtremes)
{
    Table table{noon};
    const auto record = [&](std::string_view name, double ms, double now) {
        table.record({.method = "GET", .name = name, .response_ms = Number{ms}, .wall_now = now});
    };
    Entry* entry = &table.entry("GET", "/a", noon);
    record("/a", 5, noon);
    record("/b", 700, noon);
    table.delta(noon + 3);
    record("/a", 30, noon + 4);
    record("/a", 20, noon + 5);
    const auto news = table.delta(noon + 6);
    ASSERT_EQ(news->size(), 1u);
    const Totals& totals = news->find("GET", "/a")->totals();
    EXPECT_EQ(totals.requests, 2);
    EXPECT_EQ(totals.min_ms()->value, 20);
    EXPECT_EQ(totals.max_ms().value, 30);
    EXPECT_EQ(totals.start_time(), noon + 3);
    EXPECT_EQ(news->total().totals().requests, 2);
    EXPECT_EQ(table.find("GET", "/a"), entry);
}

TEST(Merge, IntoATableWithoutRoomLosesNothing)
{
    Table::Options narrow;
    narrow.names = 3;
    narrow.errors = 3;
    Table part{noon}, sum{noon, narrow};
    std::int64_t failures = 0;
    for (auto& request : requests(2'000, 7, 200))
        part.record(request.view());
    sum.merge(part);
    sum.failures().for_each([&](const Failure& failure) { failures += failure.occurrences; });
    std::int64_t in_entries = 0;
    sum.for_each([&](const Entry& entry) { in_entries += entry.totals().requests; });
    EXPECT_LE(sum.size(), 5u);
    EXPECT_EQ(in_entries, 2'000);
    EXPECT_EQ(sum.total().totals().requests, 2'000);
    EXPECT_EQ(failures, part.total().totals().failures);
}

TEST(Snapshot, StaysAsItWasWhileRecordingGoesOn)
{
    auto all = requests(2'000, 3);
    Table table{noon, with_phases()}, then{noon, with_phases()};
    for (std::size_t i = 0; i < 1'000; ++i) {
        table.record(all[i].view());
        then.record(all[i].view());
    }
    const auto snapshot = table.snapshot(noon + 10);
    for (std::size_t i = 1'000; i < 2'000; ++i)
        table.record(all[i].view());
    table.clear(noon + 20);
    expect_same(*snapshot->total, then.total());
    ASSERT_EQ(snapshot->entries.size(), then.size());
    for (const auto& entry : snapshot->entries)
        expect_same(*entry, *then.find(entry->method(), entry->name()));
    ASSERT_EQ(snapshot->failures.size(), then.failures().size());
    for (const auto& failure : snapshot->failures)
        EXPECT_EQ(*failure, *then.failures().find(failure->method, failure->name, failure->error));
}

TEST(Snapshot, SharesWhatHasNotChanged)
{
    Table table{noon};
    const auto fail = [&](std::string_view name) {
        table.record({.method = "GET",
                      .name = name,
                      .response_ms = Number{1},
                      .wall_now = noon,
                      .error = "oh"});
    };
    const auto by_name = [](const Snapshot& snapshot) {
        std::map<std::string, const Entry*> entries;
        for (const auto& entry : snapshot.entries)
            entries[std::string{entry->name()}] = entry.get();
        return entries;
    };
    fail("/a");
    fail("/b");
    const auto first = table.snapshot(noon);
    fail("/b");
    table.failures().find("GET", "/a", "oh")->occurrences = 7;
    const auto second = table.snapshot(noon + 1);
    auto before = by_name(*first), after = by_name(*second);
    EXPECT_EQ(before["/a"], after["/a"]);
    EXPECT_NE(before["/b"], after["/b"]);
    EXPECT_EQ(after["/b"]->totals().requests, 2);
    table.find("GET", "/a")->totals().requests = 40;  // numbers are open to assignment
    EXPECT_EQ(by_name(*table.snapshot(noon + 2))["/a"]->totals().requests, 40);
    for (const auto& failure : second->failures)
        EXPECT_EQ(failure->occurrences, failure->name == "/a" ? 7 : 2);
}

TEST(Snapshot, OfALongTestCarriesTheNewestSecondsAndTheTotalsRecentTimes)
{
    Table::Options options;
    options.snapshots = 20;
    Table table{noon, options};
    for (int second = 0; second < 500; ++second)
        table.record({.method = "GET",
                      .name = "/",
                      .response_ms = Number{1.0 * second},
                      .wall_now = noon + second});
    const auto snapshot = table.snapshot(noon + 500);
    const Entry& entry = *snapshot->entries.front();
    EXPECT_EQ(entry.seconds().all().size(), Snapshot::seconds);
    EXPECT_EQ(entry.seconds().requests_between(1'700'000'000 + 490, 1'700'000'000 + 500), 10);
    const std::int64_t ten_ago = 1'700'000'000 + 489;
    EXPECT_EQ(snapshot->total->since(ten_ago)->buckets, table.total().since(ten_ago)->buckets);
    EXPECT_EQ(snapshot->total->since(ten_ago)->requests, 10);
}

// Run it under ThreadSanitizer: cmake --preset tsan
TEST(Snapshot, IsReadByAnotherThreadWhileThisOneRecords)
{
    Table table{noon, with_phases()};
    std::mutex mutex;
    std::condition_variable ready;
    std::shared_ptr<const Snapshot> shown;
    bool over = false;
    std::int64_t seen = 0;
    std::thread page{[&] {
        for (;;) {
            std::unique_lock lock{mutex};
            ready.wait(lock, [&] { return shown || over; });
            if (!shown)
                return;
            const auto snapshot = std::exchange(shown, nullptr);
            lock.unlock();
            std::int64_t sum = 0;
            for (const auto& entry : snapshot->entries)
                sum += entry->totals().requests;
            EXPECT_EQ(sum, snapshot->total->totals().requests);
            EXPECT_GE(snapshot->total->percentile_ms(0.99), snapshot->total->percentile_ms(0.5));
            EXPECT_GE(sum, seen);
            seen = sum;
        }
    }};
    int count = 0;
    for (auto& request : requests(5'000, 11)) {
        table.record(request.view());
        if (++count % 50 != 0)
            continue;
        const std::lock_guard lock{mutex};
        shown = table.snapshot(request.sample.wall_now);
        ready.notify_one();
    }
    {
        const std::lock_guard lock{mutex};
        over = true;
        ready.notify_one();
    }
    page.join();
    EXPECT_EQ(seen, 5'000);
}

TEST(Merge, OfDeltasThatOtherThreadsHaveRecorded)
{
    constexpr int threads = 3, rounds = 20, per_round = 200;
    std::mutex mutex;
    std::vector<std::unique_ptr<Table>> arrived;
    std::vector<std::thread> recording;
    for (unsigned thread = 0; thread < threads; ++thread)
        recording.emplace_back([&, thread] {
            Table table{noon, with_phases()};
            for (unsigned round = 0; round < rounds; ++round) {
                for (auto& request : requests(per_round, thread * 1'000 + round))
                    table.record(request.view());
                auto news = table.delta(noon + round);
                const std::lock_guard lock{mutex};
                arrived.push_back(std::move(news));
            }
        });
    Table sum{noon, with_phases()};
    for (int taken = 0; taken < threads * rounds;) {
        std::unique_lock lock{mutex};
        const auto batch = std::exchange(arrived, {});
        lock.unlock();
        for (const auto& news : batch)
            sum.merge(*news);
        taken += static_cast<int>(batch.size());
        std::this_thread::yield();
    }
    for (auto& thread : recording)
        thread.join();
    EXPECT_EQ(sum.total().totals().requests, threads * rounds * per_round);
}

}  // namespace
}  // namespace locustella::stats
