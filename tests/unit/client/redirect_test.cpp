// Redirects as they are followed, with their cookies, credentials and histories.
#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/client/client_fixture.hpp"

namespace locustella::client {
namespace {

class ClientRedirectTest : public ClientTest {
protected:
    Waiting& following(const std::string& method, const std::string& url,
                       Dialect dialect = Dialect::requests)
    {
        Waiting& exchange = request(method, url);
        exchange.request.follow = true;
        exchange.request.dialect = dialect;
        return exchange;
    }
};

bool has(std::string_view request, std::string_view part)
{
    return request.find(part) != std::string_view::npos;
}

TEST_F(ClientRedirectTest, AreAnswersLikeOthersUnlessAskedFor)
{
    Server& server = start_server();
    server.answers = [](auto&) { return redirect_to("/next"); };
    Waiting& exchange = complete(get(server));
    EXPECT_EQ(exchange.response.status, 302);
    EXPECT_TRUE(exchange.history.empty());
}

TEST_F(ClientRedirectTest, AreFollowedOnTheSameConnectionAndKeptInTheHistory)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        if (request.starts_with("GET /a "))
            return redirect_to("/b?x=1", 301);
        return request.starts_with("GET /b?x=1 ") ? redirect_to("c#part") : ok("end");
    };
    Waiting& exchange = complete(following("GET", server.url("/a")));
    EXPECT_FALSE(exchange.failure);
    EXPECT_EQ(exchange.response.body(), "end");
    EXPECT_EQ(exchange.request.url(), server.url("/c#part"));
    ASSERT_EQ(exchange.history.size(), 2u);
    EXPECT_EQ(exchange.history[0].url, server.url("/a"));
    EXPECT_EQ(exchange.history[0].response.status, 301);
    EXPECT_EQ(exchange.history[1].url, server.url("/b?x=1"));
    EXPECT_GE(exchange.history[1].elapsed, 0);
    EXPECT_EQ(exchange.resumed, 1);
    EXPECT_EQ(server.connections.size(), 1u);
}

TEST_F(ClientRedirectTest, OneTimeSpansTheWholeChain)
{
    Server& server = start_server();
    Waiting& exchange = start(following("GET", server.url()));
    Served& served = next_request(server);
    const auto begun = exchange.times.begun;
    served.socket->send(redirect_to("/next"));
    Served& again = next_request(server);
    again.socket->send(ok("x"));
    finish(exchange);
    EXPECT_EQ(exchange.times.begun, begun);
    EXPECT_GT(exchange.times.sent, begun);
    EXPECT_GE(exchange.times.head, exchange.times.sent);
}

TEST_F(ClientRedirectTest, LeadToOtherOriginsWithoutCredentials)
{
    Server& one = start_server();
    Server& two = start_server();
    one.answers = [&](auto&) { return redirect_to(two.url("/there")); };
    two.answers = [](const std::string& request) { return ok(request); };
    Waiting& exchange = following("GET", one.url());
    exchange.request.fields = "Authorization: Basic secret\r\nX-Own: 1\r\n";
    complete(exchange);
    const auto seen = exchange.response.body();
    EXPECT_TRUE(seen.starts_with("GET /there HTTP/1.1\r\n")) << seen;
    EXPECT_TRUE(has(seen, "Host: 127.0.0.1:" + std::to_string(two.listener().port()))) << seen;
    EXPECT_TRUE(has(seen, "X-Own: 1")) << seen;
    EXPECT_FALSE(has(seen, "Authorization")) << seen;
    EXPECT_EQ(context_.counts.opened, 2u);
    EXPECT_EQ(context_.counts.closed, 0u) << "the first connection is kept";
}

TEST_F(ClientRedirectTest, AfterAPostAreFetchedWithoutABody)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("POST") ? redirect_to("/done", 303) : ok(request);
    };
    Waiting& exchange = following("POST", server.url("/form"));
    exchange.request.fields = "Content-Type: text/plain\r\nContent-Length: 4\r\n";
    exchange.request.body = "body";
    complete(exchange);
    const auto seen = exchange.response.body();
    EXPECT_TRUE(seen.starts_with("GET /done ")) << seen;
    EXPECT_FALSE(has(seen, "Content-")) << seen;
    EXPECT_FALSE(has(seen, "body")) << seen;
    EXPECT_EQ(exchange.history[0].method, "POST");
}

TEST_F(ClientRedirectTest, WithStatus307SendTheBodyAgain)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("POST /form ") ? redirect_to("/again", 307) : ok(request);
    };
    Waiting& exchange = following("POST", server.url("/form"));
    exchange.request.fields = "Content-Length: 4\r\n";
    exchange.request.body = "body";
    complete(exchange);
    EXPECT_TRUE(exchange.response.body().starts_with("POST /again "));
    EXPECT_TRUE(exchange.response.body().ends_with("\r\n\r\nbody"));
}

TEST_F(ClientRedirectTest, CarryTheCookiesTheySet)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /login ")
                   ? redirect_to("/home", 302, "Set-Cookie: session=1\r\n")
                   : ok(request);
    };
    Waiting& exchange = complete(following("GET", server.url("/login")));
    EXPECT_TRUE(has(exchange.response.body(), "Cookie: session=1")) << exchange.response.body();
}

// As requests does: the call's cookies go along, the user's take their places on the way, and what
// an answer sets is the user's; what it takes away is gone from both.
TEST_F(ClientRedirectTest, CarryTheCallsCookies)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /login ")
                   ? redirect_to("/home", 302,
                                 "Set-Cookie: session=1; Path=/\r\n"
                                 "Set-Cookie: gone=; Max-Age=0; Path=/\r\n")
                   : ok(request);
    };
    const auto cookie = [](const char* name, const char* value, const char* domain = "") {
        return http::Cookie{.name = name, .value = value, .domain = domain};
    };
    client_->cookies().set(cookie("both", "user's"), 0);
    Waiting& exchange = following("GET", server.url("/login"));
    exchange.jar = std::make_unique<http::CookieJar>(client_->cookies());
    for (const auto& own : {cookie("both", "call's"), cookie("own", "1"),
                            cookie("gone", "1", exchange.request.origin.host.c_str())})
        exchange.jar->set(own, 0);
    complete(exchange);
    ASSERT_EQ(exchange.history.size(), 1u);
    EXPECT_EQ(exchange.history[0].cookies, "both=call's; own=1; gone=1");
    EXPECT_EQ(exchange.cookies, "both=user's; own=1; session=1");
    EXPECT_TRUE(has(exchange.response.body(), "Cookie: both=user's; own=1; session=1\r\n"));
    ASSERT_EQ(client_->cookies().cookies().size(), 2u);
    EXPECT_EQ(client_->cookies().cookies()[1].name, "session");
}

// requests has a new jar for each: where the user's has had cookies and has none now, others come
// first.
TEST_F(ClientRedirectTest, CarryTheCallsCookiesInTheOrderOfANewJar)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /login ")
                   ? redirect_to("/home", 302, "Set-Cookie: session=1; Path=/\r\n")
                   : ok(request);
    };
    Waiting& exchange = following("GET", server.url("/login"));
    exchange.jar = std::make_unique<http::CookieJar>();
    exchange.jar->keep_place({exchange.request.origin.host, "/"});
    http::Cookie own;
    own.name = "own";
    exchange.jar->set(own, 0);
    complete(exchange);
    EXPECT_EQ(exchange.cookies, "own=; session=1");
}

TEST_F(ClientRedirectTest, RememberWhichCookiesWentOut)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /login ")
                   ? redirect_to("/home", 302, "Set-Cookie: session=1\r\n")
                   : ok("", "Set-Cookie: late=1\r\n");
    };
    Waiting& exchange = complete(following("GET", server.url("/login")));
    ASSERT_EQ(exchange.history.size(), 1u);
    EXPECT_EQ(exchange.history[0].cookies, "");
    EXPECT_EQ(exchange.cookies, "session=1");
}

TEST_F(ClientRedirectTest, LeaveTheJarAloneWhenTheCallerKeepsTheCookies)
{
    Server& server = start_server();
    server.answers = [](auto&) { return ok("", "Set-Cookie: session=1\r\n"); };
    Waiting& exchange = get(server);
    exchange.request.keeps_cookies = false;
    complete(exchange);
    EXPECT_TRUE(client_->cookies().empty());
}

TEST_F(ClientRedirectTest, EndAfterTheAllowedNumber)
{
    Server& server = start_server();
    int asked = 0;
    server.answers = [&](auto&) { return redirect_to("/" + std::to_string(++asked)); };
    Waiting& exchange = following("GET", server.url());
    exchange.request.max_redirects = 5;
    complete(exchange);
    EXPECT_EQ(exchange.failure.stage, Stage::redirect);
    EXPECT_EQ(exchange.failure.code, Error::too_many_redirects);
    EXPECT_EQ(exchange.history.size(), 5u);
    EXPECT_EQ(asked, 6);
    EXPECT_EQ(exchange.response.status, 302);
}

TEST_F(ClientRedirectTest, ThatLeadNowhereAreFailures)
{
    Server& server = start_server();
    std::string location;
    server.answers = [&](auto&) { return redirect_to(location); };
    location = "ftp://other/";
    Waiting& scheme = complete(following("GET", server.url()));
    EXPECT_EQ(scheme.failure.code, Error::redirect_scheme);
    EXPECT_EQ(scheme.failure.words, "ftp://other/");
    location = "http://[broken/";
    Waiting& broken = complete(following("GET", server.url()));
    EXPECT_EQ(broken.failure.stage, Stage::redirect);
    EXPECT_EQ(broken.failure.code, Error::invalid_url);
    location = "http://127.0.0.1:" + std::to_string(net::closed_port().port());
    Waiting& refused = complete(following("GET", server.url()));
    EXPECT_EQ(refused.failure.stage, Stage::connect);
    EXPECT_EQ(refused.history.size(), 1u);
}

TEST_F(ClientRedirectTest, WithoutALocationAreAnswers)
{
    Server& server = start_server();
    for (const char* field : {"", "Location:\r\n", "Location: \r\n"})
        for (const bool stream : {false, true}) {
            server.answers = [&](auto&) {
                return "HTTP/1.1 302 Found\r\nContent-Length: 4\r\n" + std::string(field) +
                       "\r\nhere";
            };
            Waiting& exchange = following("GET", server.url());
            exchange.request.stream = stream;
            complete(exchange);
            EXPECT_FALSE(exchange.failure) << field;
            EXPECT_EQ(exchange.response.body(), "here") << field;
            EXPECT_TRUE(exchange.history.empty()) << field;
        }
}

TEST_F(ClientRedirectTest, OpenANewConnectionWhenTheOldOneEnds)
{
    Server& server = start_server();
    server.answers = [](const std::string& request) {
        return request.starts_with("GET /a ") ? redirect_to("/b", 302, "Connection: close\r\n")
                                              : ok("end");
    };
    EXPECT_EQ(complete(following("GET", server.url("/a"))).response.body(), "end");
    EXPECT_EQ(server.connections.size(), 2u);
}

TEST_F(ClientRedirectTest, AServerThatIsGoneBeforeTheSecondRequestIsAskedOnANewConnection)
{
    Server& server = start_server();
    Waiting& exchange = start(following("POST", server.url("/a")));
    Served& first = next_request(server);
    first.socket->send(redirect_to("/b", 307));
    first.socket->close();
    Served& second = next_request(server);
    EXPECT_TRUE(second.request.starts_with("POST /b "));
    second.socket->send(ok("end"));
    finish(exchange);
    EXPECT_FALSE(exchange.failure) << exchange.failure.code.message();
    EXPECT_EQ(exchange.response.body(), "end");
    EXPECT_EQ(server.connections.size(), 2u);
}

}  // namespace
}  // namespace locustella::client
