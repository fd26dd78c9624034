#include "http/cookie_host.hpp"

#include <gtest/gtest.h>

namespace locustella::http {
namespace {

TEST(HostOfField, IsTheNameWithoutItsPort)
{
    EXPECT_EQ(host_of_field("shop.test"), "shop.test");
    EXPECT_EQ(host_of_field("Shop.TEST:8080"), "shop.test");
    EXPECT_EQ(host_of_field("127.0.0.1:80"), "127.0.0.1");
    EXPECT_EQ(host_of_field("a_b-c"), "a_b-c");
    EXPECT_EQ(host_of_field(""), "");
}

TEST(HostOfField, IsNothingWhereOnlyPythonKnows)
{
    for (const auto odd : {"a:", "a:x", ":80", "[::1]", "[::1]:80", "a/b", "a b", "a,b", "\xe9",
                           "u@a", "a:80:81", "a?"})
        EXPECT_FALSE(host_of_field(odd)) << odd;
}

Request request_with(const char* fields, Dialect dialect = Dialect::requests)
{
    Request request;
    request.origin = {true, "there.test", 8443};
    request.fields = fields;
    request.names_host = true;
    request.dialect = dialect;
    return request;
}

TEST(CookieOrigin, IsTheHostFieldsThatRequestsWasGiven)
{
    Origin made;
    const auto request = request_with("X-One: 1\r\nhost: Shop.test:1\r\n");
    EXPECT_EQ(cookie_origin(request, made), (Origin{true, "shop.test", 8443}));
}

TEST(CookieOrigin, IsTheRequestsWhereNobodyHasSaidElse)
{
    Origin made;
    auto request = request_with("Host: shop.test\r\n");
    request.names_host = false;
    EXPECT_EQ(cookie_origin(request, made), request.origin);
    request = request_with("Host: shop.test\r\n");
    request.host_follows = true;
    EXPECT_EQ(cookie_origin(request, made), request.origin);
    request = request_with("Host: shop.test\r\n", Dialect::geventhttpclient);
    EXPECT_EQ(cookie_origin(request, made), request.origin);
    request = request_with("Host: \r\n");
    EXPECT_EQ(cookie_origin(request, made), request.origin);
}

}  // namespace
}  // namespace locustella::http
