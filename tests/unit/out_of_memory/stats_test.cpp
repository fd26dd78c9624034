// Statistics while memory runs out: a request is in all places or in none, and so is a merge.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "stats/table.hpp"
#include "unit/out_of_memory/refusal.hpp"

namespace locustella::stats {
namespace {

using out_of_memory::AtWork;
using out_of_memory::Refusal;

constexpr double noon = 1'700'000'000.0;
constexpr std::int64_t noon_second = 1'700'000'000;

struct Sums {
    std::int64_t requests = 0, timed = 0, failures = 0, in_histogram = 0, in_buckets = 0,
                 in_seconds = 0;

    bool operator==(const Sums&) const = default;

    void add(const Entry& entry)
    {
        requests += entry.totals().requests;
        timed += entry.timed_requests();
        failures += entry.totals().failures;
        in_histogram += static_cast<std::int64_t>(entry.histogram().count());
        for (const auto& bucket : entry.rounded_times().buckets())
            in_buckets += bucket.count;
        in_seconds += entry.seconds().requests_between(0, 2 * noon_second);
    }
};

// All numbers agree with each other, and so many requests are there.
void expect_sound(const Table& table, std::int64_t requests)
{
    Sums total, entries;
    total.add(table.total());
    table.for_each([&](const Entry& entry) { entries.add(entry); });
    EXPECT_EQ(total, entries);
    EXPECT_EQ(total.requests, requests);
    EXPECT_EQ(total.in_seconds, requests);
    EXPECT_EQ(total.in_histogram, total.timed);
    EXPECT_EQ(total.in_buckets, total.timed);
    std::int64_t occurrences = 0;
    table.failures().for_each([&](const Failure& failure) { occurrences += failure.occurrences; });
    EXPECT_EQ(occurrences, total.failures);
}

// The i-th of some samples of all kinds: new names and known ones, the same second and later ones.
struct Recorded {
    explicit Recorded(int i)
        : name("/a-name-that-is-longer-than-a-short-string/" + std::to_string(i % 5)),
          error(i % 3 == 1 ? "an error with a text that is long, too " + std::to_string(i % 4)
                           : ""),
          phases{0, i * 10'000, 0, 0, i * 1'000'000, 1'000}
    {
        sample.method = "GET";
        sample.name = name;
        sample.error = error;
        sample.wall_now = noon + i / 4;
        sample.phases = &phases;
        if (i % 7 != 6)
            sample.response_ms = Number{i * i * 3.7};
        if (i % 6 == 5)
            sample.rounded_ms = 0.5 + i;  // a bucket of somebody's own
        sample.content_length = bytes(i);
    }

    std::string name, error;
    Phases phases;
    Sample sample;
};

Table::Options options()
{
    Table::Options options;
    options.names = 4;
    options.errors = 3;
    options.entry_seconds = 8;
    options.snapshots = 6;
    options.phases = true;
    return options;
}

// As many of the samples as there was memory for.
std::int64_t record_all(Table& table, Refusal* refusal, int count = 40)
{
    std::int64_t recorded = 0;
    for (int i = 0; i < count; ++i) {
        const Recorded one(i);
        try {
            if (!refusal) {
                table.record(one.sample);
            } else {
                const AtWork counting(*refusal);
                table.record(one.sample);
            }
            ++recorded;
        } catch (const std::bad_alloc&) {
        }
    }
    return recorded;
}

template <typename Work>
bool works(Refusal& refusal, Work work)
{
    try {
        const AtWork counting(refusal);
        work();
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

TEST(OutOfMemory, ARequestIsRecordedEverywhereOrNowhere)
{
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Table table{noon, options()};
        table.total().times_since(noon_second);
        const auto recorded = record_all(table, &refusal);
        expect_sound(table, recorded);
        expect_sound(table, record_all(table, nullptr) + recorded);
        ASSERT_FALSE(HasFailure()) << "with " << refusal.number() << " refused";
    }
}

TEST(OutOfMemory, ADeltaTakesAllOrNothing)
{
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Table table{noon, options()};
        table.total().times_since(noon_second);
        const auto recorded = record_all(table, nullptr);
        std::unique_ptr<Table> news;
        const bool taken = works(refusal, [&] { news = table.delta(noon + 20); });
        if (taken)
            expect_sound(*news, recorded);
        expect_sound(table, taken ? 0 : recorded);
        expect_sound(table, (taken ? 0 : recorded) + record_all(table, nullptr));
        ASSERT_FALSE(HasFailure()) << "with " << refusal.number() << " refused";
    }
}

TEST(OutOfMemory, AMergeAddsAllOrNothing)
{
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Table whole{noon, options()}, part{noon, options()};
        const auto before = record_all(whole, nullptr, 10);
        const auto more = record_all(part, nullptr);
        const bool merged = works(refusal, [&] { whole.merge(part); });
        expect_sound(whole, before + (merged ? more : 0));
        if (!merged) {
            whole.merge(part);
            expect_sound(whole, before + more);
        }
        ASSERT_FALSE(HasFailure()) << "with " << refusal.number() << " refused";
    }
}

TEST(OutOfMemory, ASnapshotIsWholeOrThereIsNone)
{
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Table table{noon, options()};
        const auto recorded = record_all(table, nullptr);
        std::shared_ptr<const Snapshot> snapshot;
        works(refusal, [&] { snapshot = table.snapshot(noon + 20); });
        if (!snapshot)
            snapshot = table.snapshot(noon + 20);
        EXPECT_EQ(snapshot->total->totals().requests, recorded);
        Sums entries;
        for (const auto& entry : snapshot->entries)
            entries.add(*entry);
        EXPECT_EQ(entries.requests, recorded);
        EXPECT_EQ(snapshot->failures.size(), table.failures().size());
        ASSERT_FALSE(HasFailure()) << "with " << refusal.number() << " refused";
    }
}

}  // namespace
}  // namespace locustella::stats
