// Letters without their case.
#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include "base/latin1.hpp"

namespace locustella::base {
namespace {

TEST(Ascii, LosesTheCaseOfItsLettersAndOfNothingElse)
{
    EXPECT_EQ(in_lower_case("Shop.TEST-[@`{"), "shop.test-[@`{");
    EXPECT_EQ(in_lower_case("\xc4\xd6"), "\xc4\xd6");
}

TEST(Ascii, EqualOnlyWithEachLetter)
{
    EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
    EXPECT_FALSE(equal_ignoring_case("Content-Type", "Content-Typ"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
}

TEST(Ascii, TrimsWhatItIsTold)
{
    EXPECT_EQ(trimmed(" \ta b \r", " \t"), "a b \r");
    EXPECT_EQ(trimmed("ab", " "), "ab");
    EXPECT_EQ(trimmed("  ", " "), "");
    EXPECT_EQ(trimmed("", " "), "");
}

TEST(Latin1, AsUtf8)
{
    EXPECT_EQ(utf8_of_latin1("caf\xe9 \x7f\x80\xff"), "caf\u00e9 \x7f\u0080\u00ff");
}

}  // namespace
}  // namespace locustella::base
