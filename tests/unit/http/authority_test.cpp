#include "http/authority.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace locustella::http {
namespace {

struct Row {
    std::string_view text;
    std::string_view userinfo;
    std::string_view host;
    std::string_view port;
    HostKind kind;
};

TEST(Authority, IsTakenApart)
{
    constexpr Row table[] = {
        {"shop.test", "", "shop.test", "", HostKind::name},
        {"a_b-c.D:8080", "", "a_b-c.D", "8080", HostKind::name},
        {"h:", "", "h", "", HostKind::name},
        {"u:p@h", "u:p", "h", "", HostKind::name},
        {"u:p@q:r@h:1", "u:p@q:r", "h", "1", HostKind::name},
        {"@h", "", "h", "", HostKind::name},
        {"[::1]", "", "::1", "", HostKind::address},
        {"u@[::1]:8089", "u", "::1", "8089", HostKind::address},
        {"[fe80::1%25eth0]:1", "", "fe80::1%25eth0", "1", HostKind::address},
        {"[fe80::1%lo]", "", "fe80::1%lo", "", HostKind::address},
        {".h", "", ".h", "", HostKind::odd},
        {"a%2eb:1", "", "a%2eb", "1", HostKind::odd},
        {"b\xc3\xbc.test", "", "b\xc3\xbc.test", "", HostKind::odd},
    };
    for (const Row& row : table) {
        const auto parts = Authority::split(row.text);
        ASSERT_TRUE(parts) << row.text;
        EXPECT_EQ(parts->userinfo, row.userinfo) << row.text;
        EXPECT_EQ(parts->host, row.host) << row.text;
        EXPECT_EQ(parts->port, row.port) << row.text;
        EXPECT_EQ(parts->kind, row.kind) << row.text;
    }
}

TEST(Authority, IsNotTakenWhereItMakesNoSense)
{
    for (const std::string_view text :
         {"", "u@", ":80", "h:x", "h:1:2", "[", "[]", "[::1", "::1", "[::1]x", "[::1]:x", "[1:2]",
          "[::1%]", "[::1%25%41]", "a[b]", "[v1.x]", "[127.0.0.1]"})
        EXPECT_FALSE(Authority::split(text)) << text;
}

TEST(Ipv6Address, IsKnownByItsForm)
{
    for (const std::string_view text :
         {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8",
          "ABCD:ef01::", "::ffff:127.0.0.1", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5::1.2.3.4"})
        EXPECT_TRUE(is_ipv6_address(text)) << text;
    for (const std::string_view text :
         {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7::8",
          "12345::", "g::", "1:", ":1", "::1.2.3", "::1.2.3.256", "::01.2.3.4",
          "1.2.3.4::", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4"})
        EXPECT_FALSE(is_ipv6_address(text)) << text;
}

}  // namespace
}  // namespace locustella::http
