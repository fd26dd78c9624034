#include "base/version.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace locustella::base {
namespace {

TEST(Version, HasThreeNumbers)
{
    const auto text = version();
    EXPECT_EQ(std::count(text.begin(), text.end(), '.'), 2) << text;
    EXPECT_EQ(text.find_first_not_of("0123456789."), std::string::npos) << text;
    EXPECT_NE(text.front(), '.');
    EXPECT_NE(text.back(), '.');
}

}  // namespace
}  // namespace locustella::base
