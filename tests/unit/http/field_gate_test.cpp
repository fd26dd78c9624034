// What may become part of a request's head, and what may not.
#include "http/field_gate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/cookie_jar.hpp"

namespace locustella::http {
namespace {

using namespace std::string_view_literals;

TEST(FieldGate, ValuesHaveNoLineEndsAndNoZeros)
{
    EXPECT_TRUE(is_field_value("text/html; q=0.9, \xe4\t\x7f"));
    EXPECT_TRUE(is_field_value(""));
    for (const auto bad : {"a\r\nX-B: 1"sv, "a\n"sv, "\r"sv, "a\0b"sv})
        EXPECT_FALSE(is_field_value(bad)) << bad;
}

TEST(FieldGate, NamesHaveNoColonAndBeginWithoutABlank)
{
    EXPECT_TRUE(is_field_name("X-Token"));
    EXPECT_TRUE(is_field_name("X Token"));  // http.client sends it
    for (const auto bad : {""sv, "a:b"sv, " a"sv, "\ta"sv, "a\r\nb"sv, "a\0"sv})
        EXPECT_FALSE(is_field_name(bad)) << bad;
}

TEST(FieldGate, TargetsAndHostsHaveNoBlanks)
{
    EXPECT_TRUE(is_target("/a?b=1"));
    for (const auto bad : {""sv, "/a b"sv, "/\r\n"sv, "/\x7f"sv, "/\0"sv})
        EXPECT_FALSE(is_target(bad)) << bad;
    EXPECT_TRUE(is_host("fe80::1%25lo"));
    for (const auto bad : {""sv, "a b"sv, "a/b"sv, "a@b"sv, "a\n"sv})
        EXPECT_FALSE(is_host(bad)) << bad;
}

Request plain()
{
    Request request;
    request.origin = {false, "shop.test", 80};
    return request;
}

TEST(FieldGate, ARequestIsLookedAtAsAWhole)
{
    Request request = plain();
    EXPECT_EQ(unsendable_part(request, "a=1; b=2"), std::nullopt);
    EXPECT_EQ(unsendable_part(request, "a=1\r\nX: y"), "a=1\r\nX: y");
    request.method = "GET /x";
    EXPECT_EQ(unsendable_part(request, ""), "GET /x");
    request = plain();
    request.target = "/a\r\nX: y";
    EXPECT_EQ(unsendable_part(request, ""), "/a\r\nX: y");
    request = plain();
    request.origin.host = "a\r\nb";
    EXPECT_EQ(unsendable_part(request, ""), "a\r\nb");
}

TEST(FieldGate, AJarKnowsOfCookiesThatCannotGoOut)
{
    CookieJar jar;
    jar.set({.name = "a", .value = "1", .domain = "shop.test"}, 0);
    EXPECT_FALSE(jar.has_unsendable());
    jar.set({.name = "b", .value = "1\r\nX: y", .domain = "shop.test"}, 0);
    EXPECT_TRUE(jar.has_unsendable());
    jar.clear();
    EXPECT_FALSE(jar.has_unsendable());
}

TEST(FieldGate, AServerCannotPutOneThere)
{
    CookieJar jar;
    jar.store("a=1\0; Path=/"sv, {false, "shop.test", 80}, "/", 0);
    EXPECT_TRUE(jar.empty());
    EXPECT_FALSE(jar.has_unsendable());
}

}  // namespace
}  // namespace locustella::http
