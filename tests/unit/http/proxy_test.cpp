#include "http/proxy.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace locustella::http {
namespace {

TEST(Proxy, KnowsItsPartsFromItsUrl)
{
    const Proxy proxy = Proxy::parse("http://anna:s%40e%2Fc%zz@Proxy.Test:3128/ignored");
    EXPECT_EQ(proxy.kind, ProxyKind::http);
    EXPECT_EQ(proxy.host, "proxy.test");
    EXPECT_EQ(proxy.port, 3128);
    EXPECT_EQ(proxy.user, "anna");
    EXPECT_EQ(proxy.password, "s@e/c%zz");
    EXPECT_EQ(proxy.place(), "proxy.test:3128");
}

TEST(Proxy, PortsThatAreNotWrittenDependOnTheKind)
{
    EXPECT_EQ(Proxy::parse("http://p").port, 80);
    EXPECT_EQ(Proxy::parse("socks5://p").port, 1080);
    EXPECT_EQ(Proxy::parse("SOCKS5H://p").port, 1080);
    EXPECT_EQ(Proxy::parse("socks5://p:80").port, 80);
    EXPECT_EQ(Proxy::parse("socks5://p:443").port, 443);
}

TEST(Proxy, WithoutASchemeItIsAnHttpProxy)
{
    const Proxy proxy = Proxy::parse("[::1]:8080");
    EXPECT_EQ(proxy.kind, ProxyKind::http);
    EXPECT_EQ(proxy.host, "::1");
    EXPECT_EQ(proxy.place(), "[::1]:8080");
}

TEST(Proxy, NothingIsNoProxy)
{
    EXPECT_EQ(Proxy::parse("").kind, ProxyKind::none);
    EXPECT_EQ(Proxy::parse(""), Proxy{});
}

TEST(Proxy, WhatCannotBeUsedIsRefusedWithoutTheLeastWordOfThePassword)
{
    for (const char* text : {"https://u:secret@p:1", "socks4://u:secret@p:1", "http://u:secret@:1",
                             "http://u:secret@p:x", "u:secret@p:99999", "http://"}) {
        try {
            Proxy::parse(text);
            ADD_FAILURE() << text;
        } catch (const std::invalid_argument& error) {
            EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
        }
    }
    EXPECT_THROW(Proxy::parse("socks5://" + std::string(256, 'u') + ":p@h"), std::invalid_argument);
    EXPECT_NO_THROW(Proxy::parse("http://" + std::string(256, 'u') + ":p@h"));
}

TEST(Proxy, ForwardsPlainOriginsAndTunnelsTheRest)
{
    const Origin plain{false, "shop.test", 80};
    const Origin secure{true, "shop.test", 443};
    const Proxy http = Proxy::parse("http://p:1");
    EXPECT_TRUE(http.forwards(plain) && !http.tunnels(plain));
    EXPECT_TRUE(!http.forwards(secure) && http.tunnels(secure));
    const Proxy socks = Proxy::parse("socks5h://p:1");
    EXPECT_TRUE(!socks.forwards(plain) && socks.tunnels(plain));
    EXPECT_TRUE(!socks.forwards(secure) && socks.tunnels(secure));
    EXPECT_TRUE(!Proxy{}.forwards(plain) && !Proxy{}.tunnels(secure));
}

TEST(Proxy, CredentialsAreAField)
{
    EXPECT_EQ(Proxy::parse("http://p").authorization(), "");
    EXPECT_EQ(Proxy::parse("http://anna:secret@p").authorization(),
              "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n");
    EXPECT_EQ(Proxy::parse("http://anna@p").authorization(),
              "Proxy-Authorization: Basic YW5uYTo=\r\n");
}

}  // namespace
}  // namespace locustella::http
