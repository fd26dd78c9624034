#include "client/profile.hpp"

#include <gtest/gtest.h>

namespace {

using namespace locustella::client;
using locustella::http::Dialect;

struct Told final : Exchange {
    void run_deferred() override {}
};

Profile api_of(Dialect dialect)
{
    Profile profile;
    profile.origin = {false, "shop.test", 8080};
    profile.base_path = "/api";
    profile.fields = "Accept: */*\r\nHost: shop.test:8080\r\n";
    profile.cookie_at = 13;
    profile.names_host = true;
    profile.dialect = dialect;
    profile.max_redirects = 7;
    profile.timeouts = {1, 2, 0};
    profile.route = std::make_shared<Route>();
    return profile;
}

TEST(Profile, ARequestIsPreparedFromIt)
{
    const Profile profile = api_of(Dialect::geventhttpclient);
    Told exchange;
    exchange.request.body = "of the one before";
    exchange.request.names_cookie = true;
    exchange.request.stream = true;
    profile.prepare(exchange);
    profile.address(exchange.request, Verb::put, "/items/7");

    const auto& request = exchange.request;
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.url(), "http://shop.test:8080/api/items/7");
    EXPECT_EQ(request.fields, profile.fields);
    EXPECT_EQ(request.cookie_at, 13U);
    EXPECT_TRUE(request.names_host);
    EXPECT_TRUE(request.host_follows);
    EXPECT_TRUE(request.follow);
    EXPECT_EQ(request.dialect, Dialect::geventhttpclient);
    EXPECT_EQ(request.max_redirects, 7);
    EXPECT_EQ(request.timeouts.connect, 1);
    EXPECT_EQ(request.timeouts.read, 2);
    EXPECT_EQ(exchange.route, profile.route);
    EXPECT_EQ(request.body, "");
    EXPECT_FALSE(request.names_cookie);
    EXPECT_FALSE(request.stream);
}

TEST(Profile, RequestsHeadStaysWhereItIs)
{
    EXPECT_FALSE(api_of(Dialect::requests).follows(Verb::head));
    EXPECT_TRUE(api_of(Dialect::requests).follows(Verb::get));
    EXPECT_TRUE(api_of(Dialect::geventhttpclient).follows(Verb::head));
}

TEST(Profile, OnlyWhatDoesNoHarmTwiceIsRepeated)
{
    Profile profile = api_of(Dialect::geventhttpclient);
    Told exchange;
    profile.address(exchange.request, Verb::get, "/");
    EXPECT_FALSE(exchange.request.repeats);
    profile.repeats = true;
    for (const auto verb : {Verb::get, Verb::put, Verb::del, Verb::head, Verb::options}) {
        profile.address(exchange.request, verb, "/");
        EXPECT_TRUE(exchange.request.repeats);
    }
    for (const auto verb : {Verb::post, Verb::patch}) {
        profile.address(exchange.request, verb, "/");
        EXPECT_FALSE(exchange.request.repeats);
    }
}

TEST(Profile, NothingFollowsWhereTheProfileDoesNot)
{
    for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient}) {
        Profile profile = api_of(dialect);
        profile.follow = false;
        EXPECT_FALSE(profile.follows(Verb::get));
    }
}

TEST(Profile, EachKindOfRequestHasAPlaceForItsFields)
{
    const Profile profile = api_of(Dialect::requests);
    auto& fields = profile.fields_of(Verb::options, BodyKind::typed);
    EXPECT_FALSE(fields.asked);
    fields.asked = true;
    EXPECT_TRUE(profile.fields_of(Verb::options, BodyKind::typed).asked);
    EXPECT_FALSE(profile.fields_of(Verb::options, BodyKind::none).asked);
}

TEST(Profile, VerbsHaveTheirNames)
{
    EXPECT_EQ(name_of(Verb::get), "GET");
    EXPECT_EQ(name_of(Verb::del), "DELETE");
    EXPECT_EQ(name_of(Verb::options), "OPTIONS");
    EXPECT_EQ(name_of(Verb::other), "OTHER");
}

TEST(Profile, TheSessionsOwnHostAndCookieAreItsRequests)
{
    Profile profile = api_of(Dialect::requests);
    profile.names_host = false;
    Told exchange;
    profile.prepare(exchange);
    EXPECT_FALSE(exchange.request.names_host);
    EXPECT_FALSE(exchange.request.names_cookie);
    profile.gives_host = profile.gives_cookie = true;
    profile.prepare(exchange);
    EXPECT_TRUE(exchange.request.names_host);
    EXPECT_FALSE(exchange.request.host_follows);
    EXPECT_TRUE(exchange.request.names_cookie);
}

TEST(Profile, OfOtherMethodsOnlyTraceIsRepeated)
{
    Profile profile = api_of(Dialect::geventhttpclient);
    profile.repeats = true;
    Told exchange;
    profile.address(exchange.request, Verb::other, "/dav");
    name_method(exchange.request, "PROPFIND", profile.repeats);
    EXPECT_EQ(exchange.request.method, "PROPFIND");
    EXPECT_EQ(exchange.request.target, profile.base_path + "/dav");
    EXPECT_FALSE(exchange.request.repeats);
    name_method(exchange.request, "TRACE", profile.repeats);
    EXPECT_TRUE(exchange.request.repeats);
    name_method(exchange.request, "TRACE", false);
    EXPECT_FALSE(exchange.request.repeats);
}

}  // namespace
