// What has changed in a session's fields, and what a template makes of it.
#include "http/field_changes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace locustella::http {
namespace {

using Field = FieldTemplate::Field;
using Fields = std::vector<Field>;

constexpr std::string_view before = "A: 1\r\nB: 2\r\nC: 3\r\n";

// As a template of the old fields composes them; "refused" where find() or the template refuses.
std::string seen(const Fields& now)
{
    FieldTemplate form;
    for (const char* line : {"A: 1\r\n", "B: 2\r\n", "C: 3\r\n"})
        form.add(FieldTemplate::Part::standard, line);
    form.add(FieldTemplate::Part::given);
    FieldChanges changes;
    std::string out;
    if (!changes.find(before, now) ||
        !form.compose({.given = changes.given(), .left_out = changes.left_out()}, out))
        return "refused";
    return out;
}

TEST(FieldChanges, NothingHasChanged)
{
    FieldChanges changes;
    ASSERT_TRUE(changes.find(before, Fields{{"A", "1"}, {"B", "2"}, {"C", "3"}}));
    EXPECT_TRUE(changes.given().empty() && changes.left_out().empty());
}

TEST(FieldChanges, AreComposedInTheirPlaces)
{
    EXPECT_EQ(seen({{"A", "1"}, {"B", "other"}, {"C", "3"}}), "A: 1\r\nB: other\r\nC: 3\r\n");
    EXPECT_EQ(seen({{"A", "1"}, {"b", "2"}, {"C", "3"}}), "A: 1\r\nb: 2\r\nC: 3\r\n");
    EXPECT_EQ(seen({{"A", "1"}, {"C", "3"}}), "A: 1\r\nC: 3\r\n");
    EXPECT_EQ(seen({{"B", ""}, {"D", "4"}, {"E", "5"}}), "B: \r\nD: 4\r\nE: 5\r\n");
    EXPECT_EQ(seen({}), "");
}

TEST(FieldChanges, RefusesWhatHasMoved)
{
    EXPECT_EQ(seen({{"B", "2"}, {"A", "1"}, {"C", "3"}}), "refused");
    EXPECT_EQ(seen({{"A", "1"}, {"C", "3"}, {"D", "4"}, {"B", "2"}}), "refused");
    EXPECT_EQ(seen({{"A", "1"}, {"a", "1"}}), "refused");
}

TEST(FieldChanges, KeepsItsTextAndItsLastAnswer)
{
    FieldChanges changes;
    {
        const std::string name = "D", value(5, 'x');
        ASSERT_TRUE(changes.find(before, Fields{{"A", "1"}, {name, value}}));
    }
    EXPECT_FALSE(changes.find(before, Fields{{"B", "2"}, {"A", "1"}}));
    FieldChanges moved = std::move(changes);
    ASSERT_EQ(moved.given().size(), 1u);
    EXPECT_EQ(moved.given()[0], Field("D", "xxxxx"));
    ASSERT_EQ(moved.left_out().size(), 2u);
    EXPECT_EQ(moved.left_out()[1], "C");
}

}  // namespace
}  // namespace locustella::http
