// Letters without their case.
#include "base/ascii.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace locustella::base
