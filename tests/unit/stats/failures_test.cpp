// The different failures, their grouping and their bound.
#include "stats/failures.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stats/table.hpp"

namespace locustella::stats {
namespace {

constexpr double noon = 1'700'000'000;

std::int64_t all_occurrences(const Failures& failures)
{
    std::int64_t sum = 0;
    failures.for_each([&](const Failure& failure) { sum += failure.occurrences; });
    return sum;
}

TEST(Failures, AreGroupedByMethodNameAndError)
{
    Failures failures;
    failures.find_or_add("GET", "/", "a")->occurred(noon + 1);
    failures.find_or_add("GET", "/", "a")->occurred(noon + 2);
    failures.find_or_add("GET", "/", "b")->occurred(noon);
    failures.find_or_add("POST", "/", "a")->occurred(noon);
    failures.find_or_add("GET", "/a", "")->occurred(noon);
    failures.find_or_add("GET", "", "/a")->occurred(noon);
    EXPECT_EQ(failures.size(), 5u);
    const auto first = failures.find("GET", "/", "a");
    EXPECT_EQ(first->occurrences, 2);
    EXPECT_EQ(first->first_seen, noon + 1);
    EXPECT_EQ(first->last_seen, noon + 2);
    EXPECT_FALSE(failures.find("PUT", "/", "a"));
}

TEST(Failures, PastTheLimitAreCountedTogetherAndNoneIsLost)
{
    Failures failures{10};
    for (int i = 0; i < 500; ++i)
        failures.find_or_add(i % 2 ? "GET" : "POST", "/", "error " + std::to_string(i))
            ->occurred(noon + i);
    failures.find_or_add("POST", "/", "error 0")->occurred(noon);  // a known one goes on by itself
    EXPECT_EQ(failures.size(), 12u);
    EXPECT_EQ(failures.find("GET", "/", errors_beyond_limit)->occurrences, 245);
    EXPECT_EQ(failures.find("POST", "/", errors_beyond_limit)->first_seen, noon + 10);
    EXPECT_EQ(failures.find("POST", "/", "error 0")->occurrences, 2);
    EXPECT_EQ(all_occurrences(failures), 501);
}

TEST(Failures, EvenOfNamesWithoutEndAreBounded)
{
    Failures failures{3};
    for (int i = 0; i < 5'000; ++i)
        failures.find_or_add("GET", "/" + std::to_string(i), "oh")->occurred(noon);
    EXPECT_EQ(failures.size(), 3 + Failures::most_beyond + 1);
    EXPECT_EQ(failures.find("", names_beyond_limit, errors_beyond_limit)->occurrences,
              5'000 - 3 - static_cast<std::int64_t>(Failures::most_beyond));
    EXPECT_EQ(all_occurrences(failures), 5'000);
}

TEST(Failures, ErasedOnesMakeRoom)
{
    Failures failures{1};
    const auto first = failures.find_or_add("GET", "/", "a");
    const auto beyond = failures.find_or_add("GET", "/", "b");
    EXPECT_EQ(beyond->error, errors_beyond_limit);
    failures.erase(*first);
    failures.erase(*beyond);
    failures.erase(*beyond);
    EXPECT_EQ(failures.find_or_add("GET", "/", "b")->error, "b");
    EXPECT_EQ(failures.find_or_add("GET", "/", "c")->error, errors_beyond_limit);
}

TEST(Failures, AnAdoptedOneTakesThePlaceOfItsTexts)
{
    Failures failures;
    failures.find_or_add("GET", "/", "a")->occurred(noon);
    const auto mine = std::make_shared<Failure>(Failure{"GET", "/", "a", 40});
    failures.adopt(mine);
    failures.find_or_add("GET", "/", "a")->occurred(noon);
    EXPECT_EQ(mine->occurrences, 41);
    EXPECT_EQ(failures.size(), 1u);
}

TEST(Failures, AddressesDoNotPartThem)
{
    const auto text = [](std::string address) {
        return "<Thing object at 0x" + address + "> and 0x" + address + " again";
    };
    EXPECT_EQ(without_addresses(text("7f0012")), "<Thing object at 0x....> and 0x.... again");
    EXPECT_EQ(without_addresses(without_addresses(text("7f"))), without_addresses(text("7f")));
    EXPECT_EQ(without_addresses("an object at 0x12 without an end"),
              "an object at 0x12 without an end");
    EXPECT_EQ(without_addresses("<object at 0x>"), "<object at 0x....>");
    EXPECT_EQ(without_addresses("<Pool() at 0x7f4558c0fd50>, <Pool() at 0x7f4558c0fd60> at 0x12"),
              "<Pool() at 0x....>, <Pool() at 0x....> at 0x12");
    EXPECT_EQ(without_addresses("it stood at 0xabcdef"), "it stood at 0x....");
    EXPECT_EQ(without_addresses(""), "");
}

TEST(Failures, MergingKeepsTheFirstAndTheLastSight)
{
    Failure one{"GET", "/", "a", 2, noon + 5, noon + 6};
    one.merge({"GET", "/", "a", 3, noon, noon + 1});
    EXPECT_EQ(one, (Failure{"GET", "/", "a", 5, noon, noon + 6}));
    one.merge({"GET", "/", "a", 1});
    EXPECT_EQ(one, (Failure{"GET", "/", "a", 6, noon, noon + 6}));
    Failure none{"GET", "/", "a"};
    none.merge(one);
    EXPECT_EQ(none, one);
}

TEST(Failures, WhoKeepsThemDecidesWhereTheyCount)
{
    Table table{noon};
    const auto mine = std::make_shared<Failure>(Failure{"GET", "/", "mine", 10});
    table.keep_failures([&](const Failures::Shared& failure) -> Failures::Shared {
        if (failure->error == "elsewhere")
            return nullptr;
        return failure->error == "theirs" ? mine : failure;
    });
    for (const auto* error : {"plain", "theirs", "elsewhere", "plain", "theirs", "elsewhere"})
        table.log_error("GET", "/", error, noon);
    EXPECT_EQ(table.failures().size(), 2u);
    EXPECT_EQ(table.failures().find("GET", "/", "plain")->occurrences, 2);
    EXPECT_EQ(table.failures().find("GET", "/", "mine"), mine);
    EXPECT_EQ(mine->occurrences, 12);
    EXPECT_EQ(table.total().totals().failures, 6);
}

}  // namespace
}  // namespace locustella::stats
