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
    for (const char* text :
         {"", "/", "shop.test", "//shop.test/", "ftp://shop.test/", "http:shop.test", "http:/shop.test", "http://",
          "http:///path", "http://:80/", "http://user@/", "http://shop.test:port/", "http://shop.test:65536/",
          "http://shop.test:-1/", "http://shop.test:8 0/", "http://shop.test:+80/", "http://[::1", "http://[]/",
          "http://[::1]x/", "http://[[::1]/", "http://[::1]]/", "http://a]/", "http://a b/", "http://a\r\nX: y/",
          "http://a\x7f/", "http://a:b:c/", "javascript:alert(1)", "mailto:a@b", "://shop.test"})
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
    for (const char* text : {"http://a", "https://b:1/c?d#e", "http://[fe80::2]:9/", "http://h//x/../y"}) {
        const auto once = Url::parse(text);
        const auto twice = Url::parse(once->text());
        EXPECT_EQ(twice->origin, once->origin);
        EXPECT_EQ(twice->target, once->target);
        EXPECT_EQ(twice->fragment, once->fragment);
    }
}

using Table = std::vector<std::pair<std::string, std::string>>;

void expect_resolved(const std::string& base, const Table& table)
{
    const auto url = Url::parse(base);
    ASSERT_TRUE(url) << base;
    for (const auto& [reference, expected] : table) {
        const auto resolved = url->resolve(reference);
        ASSERT_TRUE(resolved) << "'" << reference << "'";
        EXPECT_EQ(resolved->text(), expected) << "'" << reference << "' at " << base;
    }
}

// RFC 3986, section 5.4.1; "g:h" is not ours to follow.
TEST(UrlResolve, FollowsTheNormalExamplesOfTheStandard)
{
    expect_resolved("http://a/b/c/d;p?q", {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
    });
}

// Section 5.4.2.
TEST(UrlResolve, FollowsTheAbnormalExamplesOfTheStandard)
{
    expect_resolved("http://a/b/c/d;p?q", {
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    });
}

TEST(UrlResolve, GoesToOtherOrigins)
{
    expect_resolved("http://a:8080/b", {
        {"https://other/x", "https://other/x"},
        {"HTTP://OTHER", "http://other/"},
        {"//other:81/x", "http://other:81/x"},
        {"http://other/a/../b/./c", "http://other/b/c"},
        {"//other/a/..", "http://other/"},
        {"//other?y", "http://other/?y"},
        {"/x", "http://a:8080/x"},
    });
    expect_resolved("https://a/b", {{"//other/x", "https://other/x"}, {"c", "https://a/c"}});
}

TEST(UrlResolve, MendsWhatServersSend)
{
    expect_resolved("http://a/b", {
        {"/with space", "http://a/with%20space"},
        {"/caf\xc3\xa9", "http://a/caf%C3%A9"},
        {"  /trimmed\t", "http://a/trimmed"},
        {"/already%20quoted", "http://a/already%20quoted"},
        {"/a\rInjected: 1", "http://a/a%0DInjected:%201"},
        {"/q?a=<b>&c=\"d\"", "http://a/q?a=%3Cb%3E&c=%22d%22"},
    });
}

TEST(UrlResolve, AColonAfterDigitsIsNoScheme)
{
    expect_resolved("http://a/b/", {{"1:2", "http://a/b/1:2"}, {"./x:y", "http://a/b/x:y"}, {"?x:y", "http://a/b/?x:y"}});
}

TEST(UrlResolve, RefusesOtherSchemesAndNonsense)
{
    const auto base = *Url::parse("http://a/b");
    for (const char* reference : {"g:h", "ftp://a/b", "mailto:a@b", "javascript:1", "data:,x", "http://", "//", "//:80/",
                                  "//[::1/", "http://x:99999/"})
        EXPECT_FALSE(base.resolve(reference)) << reference;
}

TEST(UrlResolve, KeepsNeitherCredentialsNorFragmentOfTheBase)
{
    const auto base = *Url::parse("http://u:p@a/b#old");
    for (const char* reference : {"c", "/c", "?c", "//other/c", "http://other/c", ""}) {
        const auto resolved = base.resolve(reference);
        ASSERT_TRUE(resolved) << reference;
        EXPECT_EQ(resolved->userinfo, "") << reference;
        EXPECT_EQ(resolved->fragment, "") << reference;
    }
}

TEST(OriginHostHeader, HasBracketsAndAPortWhereTheyAreNeeded)
{
    EXPECT_EQ((Origin{false, "a", 80}.host_header()), "a");
    EXPECT_EQ((Origin{false, "a", 443}.host_header()), "a:443");
    EXPECT_EQ((Origin{true, "a", 443}.host_header()), "a");
    EXPECT_EQ((Origin{true, "a", 80}.host_header()), "a:80");
    EXPECT_EQ((Origin{false, "::1", 80}.host_header()), "[::1]");
    EXPECT_EQ((Origin{true, "::1", 8443}.host_header()), "[::1]:8443");
}

}  // namespace
}  // namespace locustella::http
