// Phase times by entry.
#include "stats/phase_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "stats/table.hpp"

namespace locustella::stats {
namespace {

TEST(PhaseTable, SumsAndPercentilesOfWhatHappened)
{
    PhaseTable table;
    table.record("GET", "/a", {0, 400'000, 0, 0, 50'000, 1'000});
    for (int i = 0; i < 9; ++i)
        table.record("GET", "/a", {0, 0, 0, 0, 50'000, 1'000});
    const auto* entry = table.find("GET", "/a");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->requests, 10u);
    EXPECT_EQ(entry->phases[PhaseTable::connect].happened, 1u);
    EXPECT_EQ(entry->phases[PhaseTable::connect].sum, 400'000);
    EXPECT_NEAR(static_cast<double>(*entry->phases[PhaseTable::connect].times.percentile(0.5)), 400,
                4);
    EXPECT_EQ(entry->phases[PhaseTable::first_byte].times.percentile(0.99), 50u);
    EXPECT_EQ(entry->phases[PhaseTable::tls].happened, 0u);
    EXPECT_FALSE(entry->phases[PhaseTable::tls].times.percentile(0.5));
}

TEST(PhaseTable, EntriesAreApart)
{
    PhaseTable table;
    table.record("GET", "/a", {1, 1, 1, 1, 1, 1});
    table.record("POST", "/a", {});
    EXPECT_EQ(table.entries().size(), 2u);
    EXPECT_FALSE(table.find("PUT", "/a"));
    table.clear();
    EXPECT_TRUE(table.entries().empty());
}

TEST(PhaseTable, NamesWithoutEndAreCountedTogether)
{
    PhaseTable table;
    for (std::size_t i = 0; i < PhaseTable::most_names + 100; ++i)
        table.record("GET", std::to_string(i), {0, 0, 0, 0, 1'000, 0});
    EXPECT_EQ(table.entries().size(), PhaseTable::most_names + 1);
    EXPECT_EQ(table.find("GET", names_beyond_limit)->requests, 100u);
}

}  // namespace
}  // namespace locustella::stats
