// The site as a function from request to reply: what its pages answer, and what visitors leave
// behind.
#include <gtest/gtest.h>

#include "demo/json.hpp"
#include "demo/site.hpp"

namespace locustella::demo {
namespace {

// A visitor with a cookie jar of one cookie.
class Visitor {
public:
    explicit Visitor(Site& site) : site_(site) {}

    Reply get(const std::string& target, const std::string& fields = {})
    {
        return ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + cookie_field() + "\r\n");
    }

    Reply post(const std::string& target, const std::string& body)
    {
        return ask("POST " + target + " HTTP/1.1\r\nHost: a\r\n" + cookie_field() +
                   "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    Reply log_in(const std::string& user, const std::string& password = "secret")
    {
        return post("/login", "username=" + user + "&password=" + password);
    }

    std::string cookie;

private:
    std::string cookie_field() const
    {
        return cookie.empty() ? "" : "Cookie: session=" + cookie + "\r\n";
    }

    Reply ask(const std::string& bytes)
    {
        RequestParser parser{site_.limits()};
        parser.feed(bytes);
        EXPECT_EQ(parser.next(site_.request), RequestParser::Outcome::complete) << bytes;
        auto reply = site_.answer(site_.request);
        static constexpr std::string_view name = "Set-Cookie: session=";
        if (const auto at = reply.fields.find(name); at != std::string::npos) {
            const auto value = reply.fields.substr(at + name.size());
            cookie = value.substr(0, value.find(';'));
        }
        return reply;
    }

    Site& site_;
};

TEST(Shop, ShowsItsProducts)
{
    Site site;
    Visitor visitor{site};
    EXPECT_TRUE(visitor.get("/").prebuilt->body.starts_with("<!DOCTYPE html>"));
    const auto list = parse_json(visitor.get("/products").prebuilt->body);
    ASSERT_TRUE(list);
    EXPECT_EQ(list->find("products")->items.size(), static_cast<std::size_t>(Catalogue::size));
    for (const std::string id : {"1", "60"}) {
        const auto product = parse_json(visitor.get("/products/" + id).prebuilt->body);
        ASSERT_TRUE(product) << id;
        EXPECT_EQ(product->find("id")->whole_number(1, 60), std::stoi(id));
    }
    for (const std::string id : {"0", "61", "-1", "x", "1.0", "99999999999999999999"})
        EXPECT_EQ(visitor.get("/products/" + id).status, 404) << id;
}

TEST(Shop, LetsInWhoKnowsTheWord)
{
    Site site;
    Visitor visitor{site};
    EXPECT_EQ(visitor.get("/account").status, 401);
    EXPECT_EQ(visitor.log_in("ada", "wrong").status, 401);
    EXPECT_EQ(visitor.log_in("").status, 401);
    EXPECT_TRUE(visitor.cookie.empty());
    const auto reply = visitor.log_in("ada+l%C3%B8");
    EXPECT_EQ(reply.status, 303);
    EXPECT_NE(reply.fields.find("Location: /account\r\n"), std::string::npos);
    const auto account = parse_json(visitor.get("/account").body);
    ASSERT_TRUE(account);
    EXPECT_EQ(account->find("user")->string, "ada l\xc3\xb8");
    EXPECT_EQ(visitor.get("/logout").status, 303);
    EXPECT_TRUE(visitor.cookie.empty());
    EXPECT_EQ(visitor.get("/account").status, 401);
    EXPECT_EQ(site.sessions.size(), 0u);
}

TEST(Shop, FillsACartThatOutlivesTheLogin)
{
    Site site;
    Visitor visitor{site};
    EXPECT_EQ(visitor.get("/cart").body, R"({"items": [], "total_cents": 0})");
    EXPECT_EQ(visitor.post("/cart", R"({"product_id": 3, "quantity": 2})").status, 200);
    const auto anonymous = visitor.cookie;
    EXPECT_EQ(visitor.post("/cart", R"({"product_id": 3})").status, 200);
    EXPECT_EQ(visitor.cookie, anonymous);
    visitor.log_in("ada");
    EXPECT_NE(visitor.cookie, anonymous);
    const auto cart = parse_json(visitor.get("/cart").body);
    ASSERT_TRUE(cart);
    ASSERT_EQ(cart->find("items")->items.size(), 1u);
    EXPECT_EQ(cart->find("items")->items[0].find("quantity")->number, 3);
    EXPECT_EQ(cart->find("total_cents")->number, 3 * site.catalogue.find(3)->price_cents);
    EXPECT_EQ(site.sessions.size(), 1u);
}

TEST(Shop, RefusesOrdersThatMakeNoSense)
{
    Site site;
    Visitor visitor{site};
    for (const std::string order :
         {"", "{", "[]", "3", "{}", R"({"product_id": 0})", R"({"product_id": 61})",
          R"({"product_id": "3"})", R"({"product_id": 3, "quantity": 0})",
          R"({"product_id": 3, "quantity": 1.5})"})
        EXPECT_EQ(visitor.post("/cart", order).status, 400) << order;
    EXPECT_EQ(site.sessions.size(), 0u);
}

TEST(Sessions, ForgetTheOldestBeyondTheirCapacity)
{
    SessionStore sessions{3};
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(sessions.open().id);
    EXPECT_EQ(sessions.size(), 3u);
    EXPECT_EQ(sessions.find(ids[1]), nullptr);
    EXPECT_NE(sessions.find(ids[2]), nullptr);
    sessions.close(ids[2]);
    sessions.close("unknown");
    for (int i = 0; i < 10; ++i)
        sessions.open();
    EXPECT_LE(sessions.size(), 3u);
}

TEST(Probes, AnswerAsTheirPathsSay)
{
    Site site;
    Visitor visitor{site};
    EXPECT_EQ(visitor.get("/redirect/0").status, 200);
    EXPECT_NE(visitor.get("/redirect/5").fields.find("Location: /redirect/4\r\n"),
              std::string::npos);
    for (const int code : {200, 201, 204, 205, 299, 304, 404, 418, 500, 599})
        EXPECT_EQ(visitor.get("/status/" + std::to_string(code)).status, code);
    for (const std::string wrong :
         {"/redirect/x", "/status/199", "/status/600", "/delay/x", "/bytes/-1", "/chunked/1000001",
          "/events?count=0", "/events?interval_ms=x", "/slow-headers?ms=x", "/cookies/set"})
        EXPECT_EQ(visitor.get(wrong).status, 400) << wrong;
}

TEST(Probes, CheckBasicCredentials)
{
    Site site;
    Visitor visitor{site};
    EXPECT_EQ(visitor.get("/basic-auth/ada/pass").status, 401);
    EXPECT_EQ(visitor.get("/basic-auth/ada/pass", "Authorization: Basic YWRhOnBhc3M=\r\n").status,
              200);
    EXPECT_EQ(visitor.get("/basic-auth/ada/other", "Authorization: Basic YWRhOnBhc3M=\r\n").status,
              401);
    EXPECT_EQ(visitor.get("/basic-auth/ada/pass", "Authorization: Bearer YWRhOnBhc3M=\r\n").status,
              401);
}

TEST(Probes, EchoAlwaysAnswersInJson)
{
    Site site;
    Visitor visitor{site};
    const auto echo = parse_json(visitor.get("/echo?a=1&b=%ff&a=2", "X-Quote: \"\\\xfe\r\n").body);
    ASSERT_TRUE(echo);
    const auto& query = *echo->find("query");
    EXPECT_EQ(query.names.size(), 2u);
    EXPECT_EQ(query.find("a")->items[1].string, "2");
    EXPECT_EQ(query.find("b")->items[0].kind, JsonValue::Kind::null);
    EXPECT_EQ(echo->find("headers")->find("X-Quote")->items[0].kind, JsonValue::Kind::null);
    const auto binary = parse_json(visitor.post("/echo", "\xff\xfe:").body);
    ASSERT_TRUE(binary);
    EXPECT_EQ(binary->find("body")->kind, JsonValue::Kind::null);
    EXPECT_EQ(binary->find("body_base64")->string, "//46");
}

}  // namespace
}  // namespace locustella::demo
