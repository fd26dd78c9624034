#include "demo/form.hpp"

#include <gtest/gtest.h>

namespace locustella::demo {
namespace {

using namespace std::chrono_literals;

TEST(Form, DecodesNamesAndValuesInOrder)
{
    EXPECT_EQ(parse_form("a=1&b=x+y%21&a=2&&flag&=none"),
              (NamedValues{{"a", "1"}, {"b", "x y!"}, {"a", "2"}, {"flag", ""}, {"", "none"}}));
    EXPECT_TRUE(parse_form("").empty());
    EXPECT_EQ(form_value("a=1&b=2&b=3", "b"), "2");
    EXPECT_EQ(form_value("a=1", "b"), std::nullopt);
}

TEST(Form, ReadsCookies)
{
    EXPECT_EQ(parse_cookies("a=1; b=\"x=y\";c ; =d"),
              (NamedValues{{"a", "1"}, {"b", "\"x=y\""}, {"c", ""}}));
    EXPECT_EQ(cookie_value("theme=dark;session=7f", "session"), "7f");
    EXPECT_EQ(cookie_value("xsession=1", "session"), std::nullopt);
}

TEST(Form, ReadsWholeNumbersOnly)
{
    EXPECT_EQ(parse_number("0"), 0u);
    EXPECT_EQ(parse_number("18446744073709551615"), ~std::uint64_t{0});
    for (const auto text : {"", "-1", "+1", "1 ", " 1", "1.0", "0x1", "18446744073709551616"})
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Form, ReadsMilliseconds)
{
    EXPECT_EQ(parse_milliseconds("250"), 250ms);
    EXPECT_EQ(parse_milliseconds("0.06"), 60us);
    EXPECT_EQ(parse_milliseconds("1.000001"), 1'000'001ns);
    for (const auto text : {"", ".", "1.", ".5", "-1", "1.0000001", "1e3", "3600001", "1.-5"})
        EXPECT_EQ(parse_milliseconds(text), std::nullopt) << text;
}

}  // namespace
}  // namespace locustella::demo
