#include "http/url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace locustella::http {
namespace {

struct Parsed {
    std::string text;
    bool tls;
    std::string host;
    int port;
    std::string target;
    std::string fragment;
    std::string userinfo;
};

TEST(UrlParse, TakesAbsoluteUrlsApart)
{
    const std::vector<Parsed> table = {
        {"http://shop.test", false, "shop.test", 80, "/", "", ""},
        {"http://shop.test/", false, "shop.test", 80, "/", "", ""},
        {"https://shop.test", true, "shop.test", 443, "/", "", ""},
        {"HTTPS://Shop.TEST/Case", true, "shop.test", 443, "/Case", "", ""},
        {"http://shop.test:8080/a?b=c#d", false, "shop.test", 8080, "/a?b=c", "d", ""},
        {"http://shop.test:/a", false, "shop.test", 80, "/a", "", ""},
        {"http://shop.test?q=1", false, "shop.test", 80, "/?q=1", "", ""},
        {"http://shop.test#top", false, "shop.test", 80, "/", "top", ""},
        {"http://shop.test/a#b#c", false, "shop.test", 80, "/a", "b#c", ""},
        {"http://shop.test/a#b?c", false, "shop.test", 80, "/a", "b?c", ""},
        {"http://user:pass@shop.test/", false, "shop.test", 80, "/", "", "user:pass"},
        {"http://us@er:p@shop.test/", false, "shop.test", 80, "/", "", "us@er:p"},
        {"http://shop.test/@here", false, "shop.test", 80, "/@here", "", ""},
        {"http://shop.test?@here", false, "shop.test", 80, "/?@here", "", ""},
        {"http://[::1]:8000/x", false, "::1", 8000, "/x", "", ""},
        {"http://[2001:DB8::1]", false, "2001:db8::1", 80, "/", "", ""},
        {"http://127.0.0.1:65535//double", false, "127.0.0.1", 65535, "//double", "", ""},
        {"http://shop.test/a%20b?c=%2F", false, "shop.test", 80, "/a%20b?c=%2F", "", ""},
    };
    for (const auto& row : table) {
        const auto url = Url::parse(row.text);
        ASSERT_TRUE(url) << row.text;
        EXPECT_EQ(url->origin.tls, row.tls) << row.text;
        EXPECT_EQ(url->origin.host, row.host) << row.text;
        EXPECT_EQ(url->origin.port, row.port) << row.text;
        EXPECT_EQ(url->target, row.target) << row.text;
        EXPECT_EQ(url->fragment, row.fragment) << row.text;
        EXPECT_EQ(url->userinfo, row.userinfo) << row.text;
    }
}

TEST(UrlParse, RefusesWhatIsNoAbsoluteHttpUrl)
{
    for (const char* text : {"",
                             "/",
                             "shop.test",
                             "//shop.test/",
                             "ftp://shop.test/",
                             "http:shop.test",
                             "http:/shop.test",
                             "http://",
                             "http:///path",
                             "http://:80/",
                             "http://user@/",
                             "http://shop.test:port/",
                             "http://shop.test:65536/",
                             "http://shop.test:-1/",
                             "http://shop.test:8 0/",
                             "http://shop.test:+80/",
                             "http://[::1",
                             "http://[]/",
                             "http://[::1]x/",
                             "http://[[::1]/",
                             "http://[::1]]/",
                             "http://a]/",
                             "http://a b/",
                             "http://a\r\nX: y/",
                             "http://a\x7f/",
                             "http://a:b:c/",
                             "javascript:alert(1)",
                             "mailto:a@b",
                             "://shop.test"})
        EXPECT_FALSE(Url::parse(text)) << text;
}

TEST(UrlText, IsTheUrlWithoutCredentials)
{
    const std::vector<std::pair<std::string, std::string>> table = {
        {"http://shop.test", "http://shop.test/"},
        {"http://shop.test:80/a", "http://shop.test/a"},
        {"https://shop.test:443/a?b#c", "https://shop.test/a?b#c"},
        {"https://shop.test:80/", "https://shop.test:80/"},
        {"http://u:p@[::1]:81/", "http://[::1]:81/"},
    };
    for (const auto& [text, expected] : table)
        EXPECT_EQ(Url::parse(text)->text(), expected);
}

TEST(UrlText, ParsesBackToTheSameUrl)
{
    for (const char* text :
         {"http://a", "https://b:1/c?d#e", "http://[fe80::2]:9/", "http://h//x/../y"}) {
        const auto once = Url::parse(text);
        const auto twice = Url::parse(once->text());
        EXPECT_EQ(twice->origin, once->origin);
        EXPECT_EQ(twice->target, once->target);
        EXPECT_EQ(twice->fragment, once->fragment);
    }
}

TEST(OriginHostHeader, HasBracketsAndAPortWhereTheyAreNeeded)
{
    EXPECT_EQ((Origin{false, "a", 80}.host_header()), "a");
    EXPECT_EQ((Origin{false, "a", 443}.host_header()), "a:443");
    EXPECT_EQ((Origin{true, "a", 443}.host_header()), "a");
    EXPECT_EQ((Origin{true, "a", 80}.host_header()), "a:80");
    EXPECT_EQ((Origin{false, "::1", 80}.host_header()), "[::1]");
    constexpr auto fast = Dialect::geventhttpclient;
    EXPECT_EQ((Origin{false, "a", 443}.host_header(fast)), "a");
    EXPECT_EQ((Origin{true, "a", 80}.host_header(fast)), "a");
    EXPECT_EQ((Origin{true, "::1", 80}.host_header(fast)), "[::1]");
    EXPECT_EQ((Origin{true, "a", 8443}.host_header(fast)), "a:8443");
    EXPECT_EQ((Origin{false, "a", 443}.host_header(Dialect::requests)), "a:443");
    EXPECT_EQ((Origin{true, "::1", 8443}.host_header()), "[::1]:8443");
}

TEST(Url, TheZoneStaysInItsTextAndOutOfTheHost)
{
    const auto url = Url::parse("http://[fe80::1%25lo]:8080/a");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->text(), "http://[fe80::1%25lo]:8080/a");
    EXPECT_EQ(url->origin.host_header(), "[fe80::1]:8080");
}

}  // namespace
}  // namespace locustella::http
