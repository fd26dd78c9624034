#include "http/redirect.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "http/error.hpp"

namespace locustella::http {
namespace {

constexpr auto all_fields =
    "Authorization: Basic x\r\nContent-Length: 4\r\nContent-Type: text/plain\r\nX-Own: 1\r\n";

Request request_of(const std::string& method, Dialect dialect,
                   const std::string& url = "http://a/b")
{
    const auto parsed = *Url::parse(url);
    Request request;
    request.method = method;
    request.origin = parsed.origin;
    request.target = parsed.target;
    request.fragment = parsed.fragment;
    request.fields = all_fields;
    request.body = "body";
    request.dialect = dialect;
    return request;
}

bool has(const Request& request, std::string_view line)
{
    return request.fields.find(line) != std::string::npos;
}

TEST(IsRedirect, OnlyTheFiveThatLeadElsewhere)
{
    for (int status = 100; status < 600; ++status)
        EXPECT_EQ(is_redirect(status),
                  status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
            << status;
}

struct MethodRule {
    Dialect dialect;
    int status;
    const char* method;
    const char* becomes;
    bool keeps_body;
};

TEST(NextRequest, TurnsMethodsAsTheirRulesSay)
{
    constexpr auto requests = Dialect::requests;
    constexpr auto fast = Dialect::geventhttpclient;
    const std::vector<MethodRule> table = {
        {requests, 301, "POST", "GET", false},   {requests, 301, "PUT", "PUT", false},
        {requests, 301, "HEAD", "HEAD", false},  {requests, 301, "GET", "GET", false},
        {requests, 302, "POST", "GET", false},   {requests, 302, "PUT", "GET", false},
        {requests, 302, "DELETE", "GET", false}, {requests, 302, "HEAD", "HEAD", false},
        {requests, 303, "POST", "GET", false},   {requests, 303, "PATCH", "GET", false},
        {requests, 303, "HEAD", "HEAD", false},  {requests, 307, "POST", "POST", true},
        {requests, 308, "PUT", "PUT", true},     {requests, 307, "HEAD", "HEAD", true},
        {fast, 301, "POST", "GET", false},       {fast, 301, "PUT", "GET", false},
        {fast, 302, "PUT", "GET", false},        {fast, 303, "DELETE", "GET", false},
        {fast, 301, "HEAD", "HEAD", false},      {fast, 307, "POST", "POST", true},
        {fast, 308, "PATCH", "PATCH", true},
    };
    for (const auto& row : table) {
        auto request = request_of(row.method, row.dialect);
        ASSERT_FALSE(next_request(request, row.status, "/c"));
        EXPECT_EQ(request.method, row.becomes) << row.method << " " << row.status;
        EXPECT_EQ(request.body, row.keeps_body ? "body" : "") << row.method << " " << row.status;
        EXPECT_EQ(has(request, "Content-Length: 4"), row.keeps_body)
            << row.method << " " << row.status;
        EXPECT_EQ(has(request, "Content-Type"), row.keeps_body) << row.method << " " << row.status;
        EXPECT_TRUE(has(request, "X-Own: 1")) << row.method << " " << row.status;
    }
}

struct CredentialRule {
    const char* from;
    const char* to;
    bool kept_by_requests;
    bool kept_by_fast;
};

TEST(NextRequest, DropsCredentialsOnTheWayToAnotherOrigin)
{
    const std::vector<CredentialRule> table = {
        {"http://a/", "/next", true, true},
        {"http://a/", "http://a/next", true, true},
        {"http://a/", "http://A:80/next", true, true},
        {"http://a/", "http://b/", false, false},
        {"http://a/", "http://sub.a/", false, false},
        {"http://a/", "http://a:8080/", false, false},
        {"http://a/", "https://a/", true, false},
        {"http://a:8080/", "https://a/", false, false},
        {"http://a/", "https://a:8443/", false, false},
        {"https://a/", "http://a/", false, false},
        {"https://a/", "https://b/", false, false},
    };
    for (const auto& row : table)
        for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient}) {
            auto request = request_of("GET", dialect, row.from);
            ASSERT_FALSE(next_request(request, 302, row.to));
            const bool kept =
                dialect == Dialect::requests ? row.kept_by_requests : row.kept_by_fast;
            EXPECT_EQ(has(request, "Authorization"), kept) << row.from << " -> " << row.to;
        }
}

TEST(NextRequest, LosesItsOwnCookieAndTheJarTakesOver)
{
    auto request = request_of("GET", Dialect::requests);
    request.fields = "A: 1\r\nCookie: mine=1\r\nB: 2\r\n";
    request.names_cookie = true;
    ASSERT_FALSE(next_request(request, 302, "/c"));
    EXPECT_EQ(request.fields, "A: 1\r\nB: 2\r\n");
    EXPECT_FALSE(request.names_cookie);
}

TEST(NextRequest, SaysThatThereIsNoBodyWhereOneIsExpected)
{
    for (const auto& [method, said] : {std::pair{"PUT", true}, std::pair{"PROPFIND", true},
                                       std::pair{"DELETE", false}, std::pair{"GET", false}}) {
        auto request = request_of(method, Dialect::requests);
        ASSERT_FALSE(next_request(request, 301, "/c"));
        EXPECT_EQ(request.method, method);
        EXPECT_EQ(request.fields.starts_with("Content-Length: 0\r\n"), said) << method;
    }
}

TEST(NextRequest, DropsWhatRequestsDropsAndKeepsWhatItKeeps)
{
    for (const auto& [dialect, kept, dropped] :
         {std::tuple{Dialect::requests, "Content-Encoding", "Proxy-Auth"},
          std::tuple{Dialect::geventhttpclient, "Proxy-Auth", "Content-Encoding"}}) {
        auto request = request_of("POST", dialect);
        request.fields = "Content-Encoding: gzip\r\nProxy-Authorization: x\r\n";
        ASSERT_FALSE(next_request(request, 302, "/c?"));
        EXPECT_TRUE(has(request, kept));
        EXPECT_FALSE(has(request, dropped));
        EXPECT_EQ(request.target, "/c");
    }
}

TEST(NextRequest, PutsTheCookiesLastAsRequestsDoes)
{
    auto request = request_of("POST", Dialect::requests);
    request.fields = "A: 1\r\nContent-Length: 4\r\n";
    request.cookie_at = 6;
    ASSERT_FALSE(next_request(request, 307, "/c"));
    EXPECT_EQ(request.fields, "A: 1\r\nContent-Length: 4\r\n");
    EXPECT_EQ(request.cookie_at, request.fields.size());
}

TEST(NextRequest, KeepsTheCookiesPlaceWhenFieldsBeforeItGo)
{
    auto request = request_of("POST", Dialect::geventhttpclient);
    const std::string before = "Content-Length: 4\r\nA: 1\r\n";
    request.fields = before + "Content-Type: x\r\nB: 2\r\n";
    request.cookie_at = before.size();
    ASSERT_FALSE(next_request(request, 303, "/c"));
    EXPECT_EQ(request.fields, "A: 1\r\nB: 2\r\n");
    EXPECT_EQ(request.fields.substr(0, request.cookie_at), "A: 1\r\n");
}

TEST(NextRequest, AHostOfTheCallersStays)
{
    for (const auto* location : {"/c", "http://b/"}) {
        auto request = request_of("GET", Dialect::requests);
        request.fields = "Host: virtual\r\nA: 1\r\n";
        request.names_host = true;
        ASSERT_FALSE(next_request(request, 302, location));
        EXPECT_EQ(request.fields, "Host: virtual\r\nA: 1\r\n") << location;
        EXPECT_TRUE(request.names_host) << location;
    }
}

TEST(NextRequest, AHostOfOursFollowsInItsPlace)
{
    auto request = request_of("GET", Dialect::geventhttpclient);
    request.fields = "A: 1\r\nHost: a\r\nB: 2\r\n";
    request.names_host = request.host_follows = true;
    request.cookie_at = 6;
    ASSERT_FALSE(next_request(request, 302, "http://other:81/"));
    EXPECT_EQ(request.fields, "A: 1\r\nHost: other:81\r\nB: 2\r\n");
    EXPECT_EQ(request.cookie_at, 6u);
    request.cookie_at = request.fields.size();
    ASSERT_FALSE(next_request(request, 302, "http://b/"));
    EXPECT_EQ(request.fields, "A: 1\r\nHost: b\r\nB: 2\r\n");
    EXPECT_EQ(request.cookie_at, request.fields.size());
}

TEST(NextRequest, GoesWhereTheLocationLeads)
{
    auto request = request_of("GET", Dialect::requests, "http://a/b/c?d");
    ASSERT_FALSE(next_request(request, 302, "https://Other:8443/x y?z"));
    EXPECT_EQ(request.url(), "https://other:8443/x%20y?z");
    EXPECT_EQ(request.origin, (Origin{true, "other", 8443}));
}

TEST(NextRequest, InheritsTheFragmentUnlessTheLocationHasOne)
{
    auto request = request_of("GET", Dialect::requests, "http://a/b#part");
    ASSERT_FALSE(next_request(request, 302, "/c"));
    EXPECT_EQ(request.url(), "http://a/c#part");
    ASSERT_FALSE(next_request(request, 302, "/d#other"));
    EXPECT_EQ(request.url(), "http://a/d#other");
}

TEST(NextRequest, LeadsNowhereElse)
{
    const auto before = request_of("POST", Dialect::requests);
    for (const auto& [location, error] : {std::pair{"ftp://a/", Error::redirect_scheme},
                                          std::pair{"javascript:1", Error::redirect_scheme},
                                          std::pair{"mailto:a@b", Error::redirect_scheme},
                                          std::pair{"HTTPS://", Error::invalid_url},
                                          std::pair{"http://a:99999/", Error::invalid_url},
                                          std::pair{"//a:x/", Error::invalid_url}}) {
        auto request = before;
        EXPECT_EQ(next_request(request, 302, location), error) << location;
        EXPECT_EQ(request.method, before.method) << location;
        EXPECT_EQ(request.body, before.body) << location;
        EXPECT_EQ(request.fields, before.fields) << location;
        EXPECT_EQ(request.url(), before.url()) << location;
    }
}

}  // namespace
}  // namespace locustella::http
