#include "http/proxy_choice.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace locustella::http {
namespace {

const Origin shop{false, "shop.test", 80};
const Origin shop_by_tls{true, "shop.test", 443};
const Origin by_number{false, "::1", 8080};

TEST(ProxyChoice, TheMoreAKeySaysTheStrongerItIs)
{
    const std::vector<std::string> keys = {"http://shop.test", "http", "all://shop.test", "all"};
    for (std::size_t i = 0; i < keys.size(); ++i)
        EXPECT_EQ(proxy_rank(keys[i], shop), i) << keys[i];
    EXPECT_EQ(proxy_rank("https://shop.test", shop_by_tls), 0u);
    EXPECT_EQ(proxy_rank("https", shop_by_tls), 1u);
    EXPECT_EQ(proxy_rank("all://shop.test", shop_by_tls), 2u);
    EXPECT_EQ(proxy_rank("http://::1", by_number), 0u);
}

TEST(ProxyChoice, OtherSchemesAndHostsDoNotCount)
{
    for (const char* key : {"https", "https://shop.test", "http://else.test", "http://shop.test:80",
                            "all://test", "http://Shop.test", "HTTP", "All", "http://", "http:",
                            "httpx", "", "no_proxy", "ftp", "all:/shop.test", "://shop.test"})
        EXPECT_EQ(proxy_rank(key, shop), std::nullopt) << key;
    EXPECT_EQ(proxy_rank("http", shop_by_tls), std::nullopt);
    EXPECT_EQ(proxy_rank("http://shop.test", shop_by_tls), std::nullopt);
    EXPECT_EQ(proxy_rank("http://[::1]", by_number), std::nullopt);
}

TEST(ProxyChoice, OnlyThreeSchemesNameProxies)
{
    for (const char* key : {"http", "https", "all", "http://shop.test", "all://"})
        EXPECT_TRUE(may_name_proxy(key)) << key;
    for (const char* key : {"", "no_proxy", "no", "ftp", "ftp://shop.test", "https:", "socks"})
        EXPECT_FALSE(may_name_proxy(key)) << key;
}

}  // namespace
}  // namespace locustella::http
