#include "http/location.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace locustella::http {
namespace {

constexpr auto requests = Dialect::requests;
constexpr auto fast = Dialect::geventhttpclient;

using Table = std::vector<std::pair<std::string, std::string>>;

void expect_resolved(const std::string& base, const Table& table, Dialect dialect)
{
    const auto url = Url::parse(base);
    ASSERT_TRUE(url) << base;
    for (const auto& [reference, expected] : table) {
        const auto resolved = follow_location(*url, reference, dialect);
        ASSERT_TRUE(resolved) << "'" << reference << "'";
        EXPECT_EQ(resolved->text(), expected) << "'" << reference << "' at " << base;
    }
}

void expect_resolved(const std::string& base, const Table& table)
{
    expect_resolved(base, table, requests);
    expect_resolved(base, table, fast);
}

// RFC 3986, section 5.4.1; "g:h" is not ours to follow.
TEST(FollowLocation, FollowsTheNormalExamplesOfTheStandard)
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
TEST(FollowLocation, FollowsTheAbnormalExamplesOfTheStandard)
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

TEST(FollowLocation, GoesToOtherOrigins)
{
    expect_resolved("http://a:8080/b", {
                                           {"https://other/x", "https://other/x"},
                                           {"HTTP://OTHER", "http://other/"},
                                           {"//other:81/x", "http://other:81/x"},
                                           {"//other?y", "http://other/?y"},
                                           {"/x", "http://a:8080/x"},
                                       });
    expect_resolved("https://a/b", {{"//other/x", "https://other/x"}, {"c", "https://a/c"}});
}

TEST(FollowLocation, MendsWhatServersSend)
{
    expect_resolved("http://a/b", {
                                      {"/with space", "http://a/with%20space"},
                                      {"  /trimmed\t", "http://a/trimmed"},
                                      {"/already%20quoted", "http://a/already%20quoted"},
                                      {"/a\rInjected: 1", "http://a/a%0DInjected:%201"},
                                      {"/q?a=<b>&c=\"d\"", "http://a/q?a=%3Cb%3E&c=%22d%22"},
                                  });
}

TEST(FollowLocation, AColonAfterDigitsIsNoScheme)
{
    expect_resolved(
        "http://a/b/",
        {{"1:2", "http://a/b/1:2"}, {"./x:y", "http://a/b/x:y"}, {"?x:y", "http://a/b/?x:y"}});
}

TEST(FollowLocation, RefusesOtherSchemesAndNonsense)
{
    const auto base = *Url::parse("http://a/b");
    for (const char* location : {"g:h", "ftp://a/b", "mailto:a@b", "javascript:1", "data:,x",
                                 "//:80/", "//[::1/", "http://x:99999/"})
        for (const auto dialect : {requests, fast})
            EXPECT_FALSE(follow_location(base, location, dialect)) << location;
    EXPECT_TRUE(names_other_scheme("ftp://a/b"));
    EXPECT_TRUE(names_other_scheme(" mailto:x"));
    for (const char* location : {"http://a", "HTTPS://a", "/a:b", "1:2", "?x:y"})
        EXPECT_FALSE(names_other_scheme(location)) << location;
}

TEST(FollowLocation, KeepsNeitherCredentialsNorFragmentOfTheBase)
{
    const auto base = *Url::parse("http://u:p@a/b#old");
    for (const char* location : {"c", "/c", "?c", "//other/c", "http://other/c", ""}) {
        const auto resolved = follow_location(base, location, requests);
        ASSERT_TRUE(resolved) << location;
        EXPECT_EQ(resolved->userinfo, "") << location;
        EXPECT_EQ(resolved->fragment, "") << location;
    }
}

TEST(FollowLocation, BytesBeyondAsciiAreUtf8OrLatin1)
{
    expect_resolved("http://a/b",
                    {{"/caf\xc3\xa9", "http://a/caf%C3%A9"}, {"/\xe9", "http://a/%E9"}}, requests);
    expect_resolved("http://a/b",
                    {{"/caf\xc3\xa9", "http://a/caf%C3%83%C2%A9"}, {"/\xe9", "http://a/%C3%A9"}},
                    fast);
}

TEST(FollowLocation, DotSegmentsOfAbsoluteUrlsStayUnderRequests)
{
    expect_resolved("http://a/b",
                    {{"http://o/a/../b/./c", "http://o/a/../b/./c"}, {"//o/a/..", "http://o/a/.."}},
                    requests);
    expect_resolved("http://a/b",
                    {{"http://o/a/../b/./c", "http://o/b/c"}, {"//o/a/..", "http://o/"}}, fast);
}

TEST(FollowLocation, EmptySegmentsOfRelativePathsGoUnderRequests)
{
    expect_resolved("http://a/b",
                    {{"x//y", "http://a/x/y"}, {"/x//y", "http://a/x//y"}, {"x//", "http://a/x/"}},
                    requests);
    expect_resolved("http://a/b", {{"x//y", "http://a/x//y"}, {"/x//y", "http://a/x//y"}}, fast);
}

TEST(FollowLocation, ASchemeWithoutAHostIsThatOfTheBaseUnderRequests)
{
    expect_resolved(
        "http://a/b?q",
        {{"http:/x", "http://a/x"}, {"http:x", "http://a/x"}, {"http://", "http://a/b?q"}},
        requests);
    const auto base = *Url::parse("http://a/b");
    EXPECT_FALSE(follow_location(base, "https:/x", requests));
    for (const char* location : {"http:/x", "http:x", "http://"})
        EXPECT_FALSE(follow_location(base, location, fast)) << location;
}

TEST(FollowLocation, EscapesAreMendedAsTheClientsDo)
{
    expect_resolved("http://a/b",
                    {{"/%7Eme%41", "http://a/~meA"}, {"/a{b}|c", "http://a/a%7Bb%7D%7Cc"}});
    expect_resolved("http://a/b",
                    {{"/%e4[x]", "http://a/%E4%5Bx%5D"},
                     {"/%zz", "http://a/%25zz"},
                     {"/100%", "http://a/100%25"}},
                    requests);
    expect_resolved(
        "http://a/b",
        {{"/%e4[x]", "http://a/%e4[x]"}, {"/%zz", "http://a/%25zz"}, {"/100%", "http://a/100%"}},
        fast);
}

}  // namespace
}  // namespace locustella::http
