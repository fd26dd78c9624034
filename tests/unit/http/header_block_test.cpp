#include "http/header_block.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace locustella::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(std::string_view text)
{
    Fields fields;
    for (const auto& [name, value] : HeaderBlock(text))
        fields.emplace_back(name, value);
    return fields;
}

TEST(HeaderBlock, ListsFieldsInOrderWithTheirSpelling)
{
    EXPECT_EQ(fields_of("Host: a\r\nX-Two:2\r\nx-two:  3 \t\r\n"),
              (Fields{{"Host", "a"}, {"X-Two", "2"}, {"x-two", "3"}}));
}

TEST(HeaderBlock, SkipsTheStatusLineAndTheEmptyLine)
{
    EXPECT_EQ(fields_of("HTTP/1.1 200 Fine: really\r\nA: 1\r\n\r\n"), (Fields{{"A", "1"}}));
}

TEST(HeaderBlock, TakesBareLineFeedsAndAMissingLastOne)
{
    EXPECT_EQ(fields_of("A: 1\nB: 2"), (Fields{{"A", "1"}, {"B", "2"}}));
}

TEST(HeaderBlock, SkipsLinesThatAreNoFields)
{
    EXPECT_EQ(fields_of("no colon\r\n: no name\r\nA: 1\r\n"), (Fields{{"A", "1"}}));
    EXPECT_EQ(fields_of(""), Fields{});
    EXPECT_EQ(fields_of("\r\n"), Fields{});
}

TEST(HeaderBlock, ValuesMayBeEmptyAndMayHaveColons)
{
    EXPECT_EQ(fields_of("A:\r\nB: http://x:80/\r\n"), (Fields{{"A", ""}, {"B", "http://x:80/"}}));
}

TEST(HeaderBlock, FindsTheFirstWithoutCase)
{
    const HeaderBlock block("Set-Cookie: a\r\nset-cookie: b\r\nEmpty:\r\n");
    EXPECT_EQ(block.find("SET-COOKIE"), "a");
    EXPECT_EQ(block.find("empty"), "");
    EXPECT_EQ(block.find("Set"), std::nullopt);
    EXPECT_EQ(block.find("Set-Cookie2"), std::nullopt);
}

TEST(WithoutFields, DropsEveryFieldOfTheseNames)
{
    EXPECT_EQ(without_fields("A: 1\r\nB: 2\r\na: 3\r\nC: 4\r\n", {"a", "c"}), "B: 2\r\n");
    EXPECT_EQ(without_fields("A: 1\r\n", {"b"}), "A: 1\r\n");
    EXPECT_EQ(without_fields("", {"a"}), "");
    EXPECT_EQ(without_fields("AB: 1\r\n", {"a"}), "AB: 1\r\n");
}

TEST(EqualIgnoringCase, IsForAsciiOnly)
{
    EXPECT_TRUE(equal_ignoring_case("Content-Length", "cONTENT-lENGTH"));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_FALSE(equal_ignoring_case("\xc9", "\xe9"));
}

}  // namespace
}  // namespace locustella::http
