#include "http/cookie_jar.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace locustella::http {
namespace {

constexpr double now = 1'700'000'000;

Origin origin_of(std::string_view url)
{
    return Url::parse(url)->origin;
}

class CookieJarTest : public testing::Test {
protected:
    void store(std::string_view set_cookie, std::string_view url = "http://shop.test/",
               double at = now)
    {
        const auto from = *Url::parse(url);
        jar_.store(set_cookie, from.origin, from.target, at);
    }
    std::string sent_to(std::string_view url, double at = now) const
    {
        const auto to = *Url::parse(url);
        return jar_.header_for(to.origin, to.target, at);
    }

    CookieJar jar_;
};

TEST_F(CookieJarTest, TakesThoseOfAnotherInTheirPlaces)
{
    store("a=1; Path=/");
    store("b=2; Path=/");
    CookieJar other;
    const auto from = *Url::parse("http://shop.test/");
    other.store("a=other; Path=/", from.origin, from.target, now);
    other.store("c=3; Path=/deep", from.origin, from.target, now);
    other.store("d=4; Path=/", from.origin, from.target, now);
    jar_.merge(other, now);
    EXPECT_EQ(sent_to("http://shop.test/deep"), "c=3; a=other; b=2; d=4");
}

TEST_F(CookieJarTest, ExpiredOnesStayUntilSomebodyForgetsThem)
{
    store("short=1; Max-Age=10");
    store("long=2; Max-Age=100");
    store("session=3");
    const auto version = jar_.version();
    jar_.forget_expired(now + 9);
    EXPECT_EQ(jar_.cookies().size(), 3u);
    EXPECT_EQ(sent_to("http://shop.test/", now + 10), "long=2; session=3");
    EXPECT_EQ(jar_.version(), version);
    jar_.forget_expired(now + 10);
    EXPECT_EQ(jar_.cookies().size(), 2u);
    EXPECT_NE(jar_.version(), version);
    jar_.forget_expired(now + 100);
    EXPECT_EQ(jar_.cookies().size(), 1u);
    store("short=1; Max-Age=10");
    jar_.clear();
    jar_.forget_expired(now + 1000);
    EXPECT_TRUE(jar_.empty());
}

TEST_F(CookieJarTest, SendsBackWhatWasSet)
{
    store("session=abc123");
    EXPECT_EQ(sent_to("http://shop.test/"), "session=abc123");
    EXPECT_EQ(sent_to("http://shop.test/deep/path?query"), "session=abc123");
}

TEST_F(CookieJarTest, NamesAndValuesAreTakenAsTheyStand)
{
    store(" spaced \t=  value with = and \"quotes\" \t; Path=/");
    EXPECT_EQ(sent_to("http://shop.test/"), "spaced=value with = and \"quotes\"");
    store("empty=");
    EXPECT_EQ(sent_to("http://shop.test/"), "spaced=value with = and \"quotes\"; empty=");
}

TEST_F(CookieJarTest, WhatHasNoNameIsNoCookie)
{
    for (const char* text : {"", ";", "=value", " = x", "; a=b"})
        store(text);
    EXPECT_TRUE(jar_.empty());
}

TEST_F(CookieJarTest, ANameWithoutAnEqualsSignGoesBackAsItCame)
{
    store("bare; Path=/");
    EXPECT_EQ(sent_to("http://shop.test/"), "bare");
}

TEST_F(CookieJarTest, UnknownAndOddAttributesAreIgnored)
{
    store("a=1; Priority=High; SameSite=Lax; ; =; Partitioned; Expires=tomorrow; Version=1; Path=");
    ASSERT_EQ(jar_.cookies().size(), 1u);
    const Cookie& cookie = jar_.cookies().front();
    EXPECT_EQ(cookie.path, "/");
    EXPECT_EQ(cookie.expires, Cookie::never);
    EXPECT_TRUE(cookie.host_only);
}

// http.cookiejar refuses the whole cookie for these.
TEST_F(CookieJarTest, SomeOddAttributesSpoilTheCookie)
{
    for (const char* attribute : {"Max-Age=soon", "Domain", "Path", "Version=2", "Domain="})
        store(std::string("a=1; ") + attribute);
    EXPECT_TRUE(jar_.empty());
}

TEST_F(CookieJarTest, TheFirstOfAnAttributeCounts)
{
    store("a=1; Path=/x; Path=/y; Secure=; Secure");
    ASSERT_EQ(jar_.cookies().size(), 1u);
    EXPECT_EQ(jar_.cookies().front().path, "/x");
    EXPECT_FALSE(jar_.cookies().front().secure);
}

// As http.cookiejar has it, in spite of RFC 6265.
TEST_F(CookieJarTest, WithoutDomainItIsForItsHostAndThoseBelow)
{
    store("a=1");
    EXPECT_EQ(sent_to("http://shop.test/"), "a=1");
    EXPECT_EQ(sent_to("http://www.shop.test/"), "a=1");
    EXPECT_EQ(sent_to("http://test/"), "");
    EXPECT_EQ(sent_to("http://myshop.test/"), "");
}

TEST_F(CookieJarTest, HostsOfOneLabelStandInLocal)
{
    store("a=1", "http://localhost:8080/");
    EXPECT_EQ(jar_.cookies().front().domain, "localhost.local");
    EXPECT_EQ(sent_to("http://localhost/"), "a=1");
    EXPECT_EQ(sent_to("http://other/"), "");
    store("all=1; Domain=local", "http://localhost/");
    EXPECT_EQ(sent_to("http://other/"), "all=1");
}

TEST_F(CookieJarTest, ADomainIncludesItsSubdomains)
{
    for (const char* domain : {"shop.test", ".shop.test", "SHOP.Test"}) {
        jar_.clear();
        store(std::string("a=1; domain=") + domain, "http://www.shop.test/");
        EXPECT_EQ(sent_to("http://www.shop.test/"), "a=1") << domain;
        EXPECT_EQ(sent_to("http://shop.test/"), "a=1") << domain;
        EXPECT_EQ(sent_to("http://a.b.shop.test/"), "a=1") << domain;
        EXPECT_EQ(sent_to("http://xshop.test/"), "") << domain;
        EXPECT_EQ(sent_to("http://shop.test.evil/"), "") << domain;
    }
}

TEST_F(CookieJarTest, NobodySetsCookiesForOthers)
{
    store("a=1; Domain=other.test");
    store("a=1; Domain=www.shop.test");
    store("a=1; Domain=op.test");
    store("a=1; Domain=test");
    EXPECT_TRUE(jar_.empty());
}

// http.cookiejar keeps it, and finds no host that it is for.
TEST_F(CookieJarTest, ASingleLabelIsADomainForNobody)
{
    store("a=1; Domain=localhost", "http://localhost:8080/");
    EXPECT_EQ(sent_to("http://localhost/"), "");
}

TEST_F(CookieJarTest, AddressesHaveNoSubdomains)
{
    store("a=1; Domain=127.0.0.1", "http://127.0.0.1/");
    EXPECT_EQ(sent_to("http://127.0.0.1/"), "a=1");
    jar_.clear();
    store("a=1; Domain=1", "http://127.0.0.1/");
    store("a=1; Domain=7.0.0.1", "http://127.0.0.1/");
    EXPECT_TRUE(jar_.empty());
    store("six=1", "http://[::1]/");
    EXPECT_EQ(sent_to("http://[::1]:99/"), "six=1");
}

TEST_F(CookieJarTest, PortsDoNotSeparateCookies)
{
    store("a=1", "http://shop.test:8080/");
    EXPECT_EQ(sent_to("http://shop.test:9090/"), "a=1");
}

TEST_F(CookieJarTest, TheDefaultPathIsTheRequestsDirectory)
{
    struct Row {
        const char* from;
        const char* path;
    };
    for (const auto& [from, path] : std::vector<Row>{{"http://shop.test", "/"},
                                                     {"http://shop.test/page", "/"},
                                                     {"http://shop.test/dir/page", "/dir"},
                                                     {"http://shop.test/dir/", "/dir"},
                                                     {"http://shop.test/a/b/c?x=/y/z", "/a/b"},
                                                     {"http://shop.test/?x=/y/z", "/"}}) {
        jar_.clear();
        store("a=1", from);
        ASSERT_EQ(jar_.cookies().size(), 1u);
        EXPECT_EQ(jar_.cookies().front().path, path) << from;
    }
}

TEST_F(CookieJarTest, PathsMatchWholeSegments)
{
    store("a=1; Path=/dir");
    EXPECT_EQ(sent_to("http://shop.test/dir"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/dir/"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/dir/page"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/dir?query"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/directory"), "");
    EXPECT_EQ(sent_to("http://shop.test/"), "");
    EXPECT_EQ(sent_to("http://shop.test/Dir"), "");
    jar_.clear();
    store("a=1; Path=/dir/");
    EXPECT_EQ(sent_to("http://shop.test/dir/page"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/dir"), "");
}

TEST_F(CookieJarTest, SecureCookiesTravelOverTlsOnly)
{
    store("a=1; Secure; HttpOnly", "https://shop.test/");
    EXPECT_EQ(sent_to("https://shop.test/"), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/"), "");
    EXPECT_TRUE(jar_.cookies().front().http_only);
}

TEST_F(CookieJarTest, MaxAgeCountsFromNow)
{
    store("a=1; Max-Age=60");
    EXPECT_EQ(sent_to("http://shop.test/", now + 59), "a=1");
    EXPECT_EQ(sent_to("http://shop.test/", now + 60), "");
}

TEST_F(CookieJarTest, ExpiresNamesTheEnd)
{
    store("a=1; Expires=Sun, 06 Nov 2094 08:49:37 GMT");
    EXPECT_EQ(jar_.cookies().front().expires, 3939871777);
    store("b=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(sent_to("http://shop.test/"), "a=1");
}

TEST_F(CookieJarTest, MaxAgeWinsOverExpiresWhicheverComesFirst)
{
    for (const char* text : {"a=1; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT",
                             "a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=60"}) {
        jar_.clear();
        store(text);
        EXPECT_EQ(sent_to("http://shop.test/"), "a=1") << text;
        EXPECT_EQ(sent_to("http://shop.test/", now + 61), "") << text;
    }
}

TEST_F(CookieJarTest, AgesOfAnySizeAreTaken)
{
    store("ages=1; Max-Age=99999999999999999999999");
    EXPECT_EQ(sent_to("http://shop.test/", now + 1e12), "ages=1");
    store("ages=1; Max-Age=-99999999999999999999999");
    EXPECT_TRUE(jar_.empty());
}

TEST_F(CookieJarTest, OneAnswerExpiresFirstAndSetsThen)
{
    const auto shop = origin_of("http://shop.test");
    const std::vector<std::string_view> fields = {"a=new; Path=/", "a=; Path=/; Max-Age=0"};
    jar_.store(fields, shop, "/", now);
    EXPECT_EQ(sent_to("http://shop.test/"), "a=new");
}

TEST_F(CookieJarTest, PathsAreComparedWithTheirEscapesInUpperCase)
{
    store("a=1; Path=/%c3%bc");
    EXPECT_EQ(jar_.cookies().front().path, "/%C3%BC");
    EXPECT_EQ(sent_to("http://shop.test/%c3%bc/x"), "a=1");
    jar_.clear();
    store("a=1; Path=/\xfc");
    EXPECT_EQ(jar_.cookies().front().path, "/%C3%BC");
    jar_.clear();
    store("a=1; Path=relative");
    EXPECT_EQ(jar_.cookies().front().path, "relative");
    EXPECT_EQ(sent_to("http://shop.test/relative"), "");
}

TEST_F(CookieJarTest, CookiesOfOneDomainGoTogether)
{
    store("own=1; Path=/");
    store("wide=1; Path=/; Domain=shop.test");
    store("later=1; Path=/");
    EXPECT_EQ(sent_to("http://shop.test/"), "own=1; later=1; wide=1");
}

TEST_F(CookieJarTest, ExpiryDeletesTheCookieItNames)
{
    for (const char* how : {"Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"}) {
        jar_.clear();
        store("keep=1");
        store("drop=1; Path=/");
        store(std::string("drop=; Path=/; ") + how);
        EXPECT_EQ(sent_to("http://shop.test/"), "keep=1") << how;
        EXPECT_EQ(jar_.cookies().size(), 1u) << how;
    }
}

TEST_F(CookieJarTest, ANewValueReplacesTheOldInItsPlace)
{
    store("first=1");
    store("second=1");
    store("first=2");
    EXPECT_EQ(sent_to("http://shop.test/"), "first=2; second=1");
    EXPECT_EQ(jar_.cookies().size(), 2u);
}

TEST_F(CookieJarTest, NameDomainAndPathTogetherTellCookiesApart)
{
    store("a=root; Path=/");
    store("a=dir; Path=/dir");
    store("A=upper; Path=/");
    store("a=wide; Path=/; Domain=test2.shop.test", "http://test2.shop.test/");
    EXPECT_EQ(jar_.cookies().size(), 4u);
    EXPECT_EQ(sent_to("http://shop.test/dir/x"), "a=dir; a=root; A=upper");
}

TEST_F(CookieJarTest, LongerPathsComeFirstThenOlderCookies)
{
    store("one=1; Path=/");
    store("two=2; Path=/a/b");
    store("three=3; Path=/a");
    store("four=4; Path=/a/b");
    EXPECT_EQ(sent_to("http://shop.test/a/b/c"), "two=2; four=4; three=3; one=1");
}

TEST_F(CookieJarTest, CookiesOfScriptsWithoutADomainGoEverywhere)
{
    Cookie cookie;
    cookie.name = "mine";
    cookie.value = "1";
    jar_.set(cookie, now);
    EXPECT_EQ(sent_to("http://shop.test/"), "mine=1");
    EXPECT_EQ(sent_to("https://127.0.0.1:8/x"), "mine=1");
}

TEST_F(CookieJarTest, AnExpiredOneGoesAndClearTakesAll)
{
    store("a=1; Path=/");
    store("a=1; Path=/dir");
    store("b=1; Path=/");
    store("a=; Path=/; Max-Age=0");
    EXPECT_EQ(sent_to("http://shop.test/dir"), "a=1; b=1");
    jar_.clear();
    EXPECT_TRUE(jar_.empty());
    EXPECT_EQ(sent_to("http://shop.test/dir"), "");
}

TEST_F(CookieJarTest, TheVersionChangesWithTheContents)
{
    std::vector<std::uint32_t> versions{jar_.version()};
    const auto changed = [&] {
        versions.push_back(jar_.version());
        return versions.back() != versions[versions.size() - 2];
    };
    store("a=1");
    EXPECT_TRUE(changed());
    store("a=2");
    EXPECT_TRUE(changed());
    store("a=; Max-Age=0");
    EXPECT_TRUE(changed());
    store("a=3");
    jar_.clear();
    EXPECT_TRUE(changed());
    sent_to("http://shop.test/");
    EXPECT_FALSE(changed());
}

// Python's dicts by domain, path and name, of which each keeps the order in which keys come.
class Dicts {
public:
    void set(const Cookie& cookie)
    {
        at(at(at(domains_, cookie.domain), cookie.path), cookie.name) = cookie.value;
    }
    std::string text() const
    {
        std::string all;
        for (const auto& [domain, paths] : domains_)
            for (const auto& [path, names] : paths)
                for (const auto& [name, value] : names)
                    all += domain + path + " " + name + "=" + value + "\n";
        return all;
    }

private:
    template <typename Value>
    using Dict = std::vector<std::pair<std::string, Value>>;

    template <typename Value>
    static Value& at(Dict<Value>& dict, const std::string& key)
    {
        for (auto& [name, value] : dict)
            if (name == key)
                return value;
        return dict.emplace_back(key, Value{}).second;
    }

    Dict<Dict<Dict<std::string>>> domains_;
};

TEST_F(CookieJarTest, TheOrderIsThatOfPythonsDicts)
{
    Dicts dicts;
    std::mt19937 random(1);
    const auto one_of = [&](const char* prefix, unsigned many) {
        return prefix + std::to_string(random() % many);
    };
    for (int i = 0; i < 500; ++i) {
        Cookie cookie;
        cookie.domain = one_of("host", 5) + ".test";
        cookie.path = one_of("/", 6);
        cookie.name = one_of("name", 7);
        cookie.value = std::to_string(i);
        dicts.set(cookie);
        jar_.set(cookie, now);
        std::string all;
        for (const Cookie& c : jar_.cookies())
            all += c.domain + c.path + " " + c.name + "=" + c.value + "\n";
        ASSERT_EQ(all, dicts.text());
    }
}

TEST_F(CookieJarTest, OriginsCompareByHostNotByScheme)
{
    store("a=1", "https://shop.test/");
    EXPECT_EQ(jar_.header_for(origin_of("http://shop.test"), "/", now), "a=1");
}

TEST_F(CookieJarTest, ADomainThatWasEmptiedKeepsItsPlace)
{
    store("a=1; Domain=shop.test", "https://www.shop.test/");
    store("b=1", "https://www.shop.test/");
    store("a=; Domain=shop.test; Max-Age=0", "https://www.shop.test/");
    store("c=1; Domain=shop.test", "https://www.shop.test/");
    EXPECT_EQ(jar_.header_for(origin_of("https://www.shop.test"), "/", now), "c=1; b=1");
    jar_.clear();
    EXPECT_TRUE(jar_.places().empty());
    jar_.keep_place({"www.shop.test", ""});
    store("a=1; Domain=shop.test", "https://www.shop.test/");
    store("b=1", "https://www.shop.test/");
    EXPECT_EQ(jar_.header_for(origin_of("https://www.shop.test"), "/", now), "b=1; a=1");
}

TEST_F(CookieJarTest, PlacesWithoutCookiesCanBeForgotten)
{
    store("a=1; Domain=shop.test", "https://www.shop.test/");
    store("b=1", "https://www.shop.test/");
    jar_.keep_place({"other.test", ""});
    store("a=; Domain=shop.test; Max-Age=0", "https://www.shop.test/");
    jar_.forget_empty_places();
    ASSERT_EQ(jar_.places().size(), 1u);
    store("c=1; Domain=shop.test", "https://www.shop.test/");
    EXPECT_EQ(jar_.header_for(origin_of("https://www.shop.test"), "/", now), "b=1; c=1");
}

}  // namespace
}  // namespace locustella::http
