#include "base/percent.hpp"

#include <gtest/gtest.h>

namespace locustella::base {
namespace {

TEST(Percent, DecodesEscapes)
{
    EXPECT_EQ(percent_decode("a%20b%2fC%2F"), "a b/C/");
    EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
    EXPECT_EQ(percent_decode(""), "");
}

TEST(Percent, LeavesSignsThatBeginNothing)
{
    EXPECT_EQ(percent_decode("%"), "%");
    EXPECT_EQ(percent_decode("%4"), "%4");
    EXPECT_EQ(percent_decode("%41%4g%-1%%42"), "A%4g%-1%B");
}

TEST(Percent, APlusIsASpaceInFormsAlone)
{
    EXPECT_EQ(percent_decode("a+b%2B"), "a+b+");
    EXPECT_EQ(percent_decode("a+b%2B", PlusMeans::space), "a b+");
}

}  // namespace
}  // namespace locustella::base
