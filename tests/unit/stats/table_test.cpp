#include "stats/table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000;

std::string numbered(std::string text, int number)
{
    return text.append(std::to_string(number));
}

std::string label_of(const Entry& entry)
{
    return std::string{entry.method()} + " " + std::string{entry.name()};
}

void log(Table& table, std::string_view method, std::string_view name, std::optional<double> ms,
         std::int64_t length, double wall_now)
{
    Sample sample{.method = method, .name = name};
    if (ms)
        sample.response_ms = Number{*ms};
    sample.content_length = bytes(length);
    sample.wall_now = wall_now;
    table.record(sample);
}

TEST(Table, TheTotalIsTheSumOfItsEntries)
{
    std::mt19937 random{1};
    std::uniform_int_distribution<int> pick{0, 499};
    Table table{noon};
    std::map<std::string, std::int64_t> expected;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = numbered("/item/", pick(random));
        log(table, i % 2 ? "GET" : "POST", name, i * 0.01, 100, noon + i * 0.001);
        if (i % 5 == 0)
            table.log_error(i % 2 ? "GET" : "POST", name, "oh", noon + i * 0.001);
        ++expected[(i % 2 ? "GET " : "POST ") + name];
    }
    std::int64_t requests = 0, failures = 0;
    std::size_t entries = 0;
    table.for_each([&](const Entry& entry) {
        ++entries;
        requests += entry.totals().requests;
        failures += entry.totals().failures;
        EXPECT_EQ(entry.totals().requests, expected[label_of(entry)]);
    });
    EXPECT_EQ(entries, expected.size());
    EXPECT_EQ(table.size(), expected.size());
    EXPECT_EQ(requests, 20'000);
    EXPECT_EQ(table.total().totals().requests, 20'000);
    EXPECT_EQ(table.total().totals().failures, failures);
    EXPECT_EQ(table.total().totals().content_length().value, 2'000'000);
    EXPECT_EQ(table.total().histogram().count(), 20'000u);
}

TEST(Table, MethodAndNameTogetherMakeAnEntry)
{
    Table table{noon};
    log(table, "A", "B", 1.0, 0, noon);
    log(table, "B", "A", 2.0, 0, noon);
    log(table, "", "AB", 3.0, 0, noon);
    EXPECT_EQ(table.size(), 3u);
    EXPECT_EQ(table.find("A", "B")->totals().max_ms().value, 1);
    EXPECT_EQ(table.find("B", "A")->totals().max_ms().value, 2);
    EXPECT_EQ(table.find("AB", ""), nullptr);
}

TEST(Table, NanosecondsAreMillisecondsTimesAMillion)
{
    Table table{noon};
    table.record({.method = "GET", .name = "/", .response_ms = ms_of(62'499), .wall_now = noon});
    EXPECT_EQ(table.total().totals().max_ms().value, 0.062499);
    EXPECT_EQ(table.total().histogram().max(), 62u);
}

TEST(Table, EntriesStayWhereTheyAreWhileOthersCome)
{
    Table table{noon};
    std::vector<Entry*> entries;
    for (int i = 0; i < 5'000; ++i)
        entries.push_back(&table.entry("GET", std::to_string(i), noon));
    for (int i = 0; i < 5'000; ++i)
        ASSERT_EQ(table.find("GET", std::to_string(i)), entries[static_cast<std::size_t>(i)]);
}

TEST(Table, TellsOfEveryNewEntryOnceBeforeItsFirstRequestIsCounted)
{
    Table table{noon};
    std::vector<std::string> told;
    table.on_new_entry([&](const std::shared_ptr<Entry>& entry) {
        told.push_back(label_of(*entry));
        EXPECT_EQ(entry->totals().requests, 0);
        EXPECT_EQ(entry->totals().start_time(), noon + 1);
    });
    for (int i = 0; i < 3; ++i) {
        log(table, "GET", "/a", 1.0, 0, noon + 1);
        table.log_error("GET", "/b", "oh", noon + 1);
    }
    EXPECT_EQ(told, (std::vector<std::string>{"GET /a", "GET /b"}));
}

TEST(Table, PastTheLimitFurtherNamesShareAnEntryOfTheirMethod)
{
    Table table{noon, {.names = 10}};
    std::vector<std::string> warned;
    table.on_limit([&](std::string_view method, std::string_view name) {
        warned.push_back(std::string{method} + " " + std::string{name});
    });
    for (int i = 0; i < 1'000; ++i)
        log(table, i % 2 ? "GET" : "POST", numbered("/", i), 1.0, 3, noon);
    table.log_error("GET", "/never seen", "oh", noon);
    log(table, "GET", "/1", 9.0, 3, noon);  // an old name goes on by itself
    EXPECT_EQ(table.size(), 12u);
    EXPECT_EQ(table.find("GET", names_beyond_limit)->totals().requests, 495);
    EXPECT_EQ(table.find("GET", names_beyond_limit)->totals().failures, 1);
    EXPECT_EQ(table.find("POST", names_beyond_limit)->totals().requests, 495);
    EXPECT_EQ(table.find("GET", "/1")->totals().requests, 2);
    EXPECT_EQ(table.total().totals().requests, 1'001);
    EXPECT_EQ(warned, (std::vector<std::string>{"POST /10"}));
    EXPECT_TRUE(table.limit_reached());
}

TEST(Table, EvenMethodsWithoutEndStayBounded)
{
    Table table{noon, {.names = 5}};
    for (int i = 0; i < 10'000; ++i)
        log(table, numbered("M", i), "/", 1.0, 0, noon);
    EXPECT_LT(table.size(), 100u);
    std::int64_t requests = 0;
    table.for_each([&](const Entry& entry) { requests += entry.totals().requests; });
    EXPECT_EQ(requests, 10'000);
}

TEST(Table, AHigherLimitLetsNewNamesInAgain)
{
    Table table{noon, {.names = 1}};
    log(table, "GET", "/a", 1.0, 0, noon);
    log(table, "GET", "/b", 1.0, 0, noon);
    EXPECT_EQ(table.find("GET", "/b"), nullptr);
    table.set_name_limit(2);
    log(table, "GET", "/b", 1.0, 0, noon);
    EXPECT_NE(table.find("GET", "/b"), nullptr);
}

TEST(Table, ClearBeginsAnewAndOldEntriesLiveOnForTheirHolders)
{
    Table table{noon, {.names = 1}};
    int warnings = 0;
    table.on_limit([&](auto, auto) { ++warnings; });
    log(table, "GET", "/a", 1.0, 0, noon);
    log(table, "GET", "/b", 1.0, 0, noon);
    const auto old_total = table.shared_total();
    table.clear(noon + 60);
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.total().totals().requests, 0);
    EXPECT_EQ(table.total().totals().start_time(), noon + 60);
    EXPECT_EQ(old_total->totals().requests, 2);
    EXPECT_FALSE(table.limit_reached());
    log(table, "GET", "/b", 1.0, 0, noon);
    log(table, "GET", "/c", 1.0, 0, noon);
    EXPECT_EQ(warnings, 2);
}

TEST(Table, AnAdoptedEntryGetsTheRequestsOfItsNameUntilErased)
{
    Table table{noon, {.names = 1}};
    log(table, "GET", "/a", 1.0, 0, noon);
    const auto mine = std::make_shared<Entry>("", "made elsewhere", noon);
    table.adopt("GET", "/b", mine);  // beyond the limit: somebody knows what he does
    log(table, "GET", "/b", 2.0, 0, noon);
    EXPECT_EQ(mine->totals().requests, 1);
    const auto instead = std::make_shared<Entry>("GET", "/b", noon);
    table.adopt("GET", "/b", instead);
    log(table, "GET", "/b", 2.0, 0, noon);
    EXPECT_EQ(mine->totals().requests, 1);
    EXPECT_EQ(instead->totals().requests, 1);
    EXPECT_EQ(mine->name(), "/b");
    EXPECT_TRUE(table.erase("GET", "/b"));
    EXPECT_FALSE(table.erase("GET", "/b"));
    EXPECT_EQ(table.find("GET", "/b"), nullptr);
}

TEST(Table, AnEntryHasOneNameInWhateverTablesHoldIt)
{
    const auto entry = std::make_shared<Entry>("GET", "/a", noon);
    Table other{noon};
    {
        Table table{noon};
        EXPECT_TRUE(table.adopt("GET", "/a", entry));
        EXPECT_TRUE(table.adopt("GET", "/a", entry));
        EXPECT_TRUE(other.adopt("GET", "/a", entry));
        EXPECT_FALSE(table.adopt("GET", "/b", entry));
        EXPECT_FALSE(other.adopt("GET", "/b", entry));
        EXPECT_EQ(table.find("GET", "/a"), entry.get());
        EXPECT_EQ(table.size(), 1u);
    }
    EXPECT_FALSE(other.adopt("GET", "/b", entry));
    other.clear(noon);
    EXPECT_TRUE(other.adopt("GET", "/b", entry));
    EXPECT_EQ(other.find("GET", "/b"), entry.get());
}

TEST(Table, AnotherRoundingIsAskedOncePerRequestAndHoldsForTotalAndEntry)
{
    Table table{noon};
    int asked = 0;
    table.set_rounding([&](Number ms) {
        ++asked;
        return std::floor(ms.value);
    });
    log(table, "GET", "/", 147.9, 0, noon);
    log(table, "GET", "/", std::nullopt, 0, noon);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(table.total().rounded_times().buckets(), (Buckets{{147, 1}}));
    EXPECT_EQ(table.find("GET", "/")->rounded_times().buckets(), (Buckets{{147, 1}}));
    table.set_rounding(nullptr);
    log(table, "GET", "/", 147.9, 0, noon);
    EXPECT_EQ(table.total().rounded_times().at(150), 1);
}

TEST(Table, ARoundingThatThrowsLeavesNothingHalfCounted)
{
    Table table{noon};
    table.set_rounding([](Number) -> double { throw std::runtime_error{"no"}; });
    EXPECT_THROW(log(table, "GET", "/", 1.0, 0, noon), std::runtime_error);
    EXPECT_EQ(table.total().totals().requests, 0);
    EXPECT_EQ(table.size(), 0u);
}

TEST(Table, EntriesKeepFewerSecondsThanTheTotal)
{
    Table table{noon};
    for (int second = 0; second < 1'000; ++second)
        log(table, "GET", "/", 1.0, 0, noon + second);
    EXPECT_EQ(table.find("GET", "/")->seconds().all().size(), 600u);
    EXPECT_EQ(table.total().seconds().all().size(), 1'000u);
}

TEST(Table, SnapshotsCanBeTurnedOnAndOffForAll)
{
    Table table{noon};
    log(table, "GET", "/a", 1.0, 0, noon);
    EXPECT_FALSE(table.total().snapshots().on());
    table.keep_snapshots(20, noon);
    log(table, "GET", "/a", 1.0, 0, noon);
    log(table, "GET", "/b", 1.0, 0, noon);
    EXPECT_EQ(table.total().since(1'700'000'000)->requests, 2);
    EXPECT_EQ(table.find("GET", "/a")->since(1'700'000'000)->requests, 1);
    EXPECT_EQ(table.find("GET", "/b")->since(1'700'000'000)->requests, 1);
    table.keep_snapshots(0, noon);
    EXPECT_FALSE(table.find("GET", "/b")->since(1'700'000'000));
}

// A keeper may do anything, and the failure is of a request that counts.
TEST(Table, AFailureWhoseKeeperThrowsCountsNowhere)
{
    Table table{noon};
    table.keep_failures([](const Failures::Shared&) -> Failures::Shared { throw 1; });
    const Sample failed{.method = "GET", .name = "/a", .wall_now = noon, .error = "oh"};
    EXPECT_THROW(table.record(failed), int);
    EXPECT_THROW(table.log_error("GET", "/a", "oh", noon), int);
    EXPECT_EQ(table.total().totals().requests, 0);
    EXPECT_EQ(table.total().totals().failures, 0);
}

TEST(Table, AFailureThatIsNoLongerShownIsNotKnown)
{
    Table table{noon};
    EXPECT_FALSE(table.knows_failure("GET", "/a", "oh"));
    table.record({.method = "GET", .name = "/a", .wall_now = noon, .error = "oh"});
    EXPECT_TRUE(table.knows_failure("GET", "/a", "oh"));
    table.show_failures([](const Failure& failure) { return failure.name != "/a"; });
    EXPECT_FALSE(table.knows_failure("GET", "/a", "oh"));
}

TEST(Table, AKeeperMayClearTheTable)
{
    Table table{noon};
    table.keep_failures([&](const Failures::Shared& failure) {
        table.clear(noon);
        return failure;
    });
    log(table, "GET", "/a", 1.0, 0, noon);
    table.record({.method = "GET", .name = "/a", .wall_now = noon, .error = "oh"});
    EXPECT_EQ(table.total().totals().requests, 1);
    EXPECT_EQ(table.total().totals().failures, 1);
    EXPECT_EQ(table.find("GET", "/a")->totals().failures, 1);
}

TEST(Table, EntriesThatStandForOthersAreCountedHoweverTheyComeAndGo)
{
    Table table{noon, {.names = 2}};
    log(table, "GET", names_beyond_limit, 1.0, 0, noon);  // somebody calls a request so
    table.adopt("POST", names_beyond_limit, std::make_shared<Entry>("", "", noon));
    log(table, "GET", "/a", 1.0, 0, noon);
    log(table, "GET", "/b", 1.0, 0, noon);
    EXPECT_NE(table.find("GET", "/b"), nullptr) << "two names have a place";
    table.erase("GET", names_beyond_limit);
    table.erase("POST", names_beyond_limit);
    log(table, "GET", "/c", 1.0, 0, noon);
    EXPECT_EQ(table.find("GET", "/c"), nullptr);
    EXPECT_NE(table.find("GET", names_beyond_limit), nullptr);
    Table whole{noon, {.names = 2}};
    whole.merge(*table.delta(noon));
    log(whole, "GET", "/c", 1.0, 0, noon);
    EXPECT_EQ(whole.find("GET", "/c"), nullptr);
    EXPECT_EQ(whole.size(), 3u);
}

}  // namespace
}  // namespace locustella::stats
