// The fields of a request from a template and what the caller gives.
#include "http/field_template.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace locustella::http {
namespace {

using Part = FieldTemplate::Part;

FieldTemplate json_post()
{
    FieldTemplate form;
    form.add(Part::standard, "User-Agent: us\r\n");
    form.add(Part::standard, "Accept: */*\r\n");
    form.add(Part::given);
    form.add(Part::cookie);
    form.add(Part::length, "Content-Length: ");
    form.add(Part::fallback, "Content-Type: application/json\r\n");
    form.add(Part::fixed, "Authorization: Basic abc\r\n");
    return form;
}

struct Composed {
    bool taken;
    std::string text;
    std::string before_cookie;
};

Composed compose(std::vector<FieldTemplate::Field> given, std::size_t size = 12)
{
    std::string out = "what was there before";
    const auto at = json_post().compose({.given = given, .body_size = size}, out);
    return {at.has_value(), out, out.substr(0, at.value_or(0))};
}

TEST(FieldTemplate, WithNothingGiven)
{
    const auto composed = compose({}, 0);
    EXPECT_EQ(composed.text,
              "User-Agent: us\r\nAccept: */*\r\nContent-Length: 0\r\n"
              "Content-Type: application/json\r\nAuthorization: Basic abc\r\n");
    EXPECT_EQ(composed.before_cookie, "User-Agent: us\r\nAccept: */*\r\n");
}

TEST(FieldTemplate, GivenFieldsFindTheirPlaces)
{
    const auto composed = compose(
        {{"X-One", "1"}, {"accept", "text/html"}, {"content-TYPE", "text/x"}, {"X-Two", ""}});
    EXPECT_EQ(
        composed.text,
        "User-Agent: us\r\naccept: text/html\r\nX-One: 1\r\ncontent-TYPE: text/x\r\nX-Two: \r\n"
        "Content-Length: 12\r\nAuthorization: Basic abc\r\n");
    EXPECT_TRUE(composed.before_cookie.ends_with("X-Two: \r\n"));
}

TEST(FieldTemplate, TheTypeOfABodyUnlessGiven)
{
    FieldTemplate form;
    form.add(Part::given);
    form.add(Part::length, "Content-Length: ");
    form.add(Part::body_type, "Content-Type: ");
    std::string out;
    ASSERT_TRUE(form.compose({.body_size = 3, .body_type = "text/x"}, out));
    EXPECT_EQ(out, "Content-Length: 3\r\nContent-Type: text/x\r\n");
    const std::vector<FieldTemplate::Field> given = {{"content-type", "mine"}};
    ASSERT_TRUE(form.compose({.given = given, .body_size = 3, .body_type = "text/x"}, out));
    EXPECT_EQ(out, "content-type: mine\r\nContent-Length: 3\r\n");
}

TEST(FieldTemplate, RefusesWhatNeedsMoreThought)
{
    using Given = std::vector<FieldTemplate::Field>;
    for (const Given& given : std::initializer_list<Given>{{{"Host", "x"}},
                                                           {{"cookie", "a=1"}},
                                                           {{"Content-Length", "1"}},
                                                           {{"transfer-encoding", "chunked"}},
                                                           {{"Expect", "100-continue"}},
                                                           {{"authorization", "Bearer x"}},
                                                           {{"X", "1"}, {"x", "2"}},
                                                           {{"", "1"}},
                                                           {{"bad name", "1"}},
                                                           {{"X", " leading"}},
                                                           {{"X", "a\r\nEvil: 1"}},
                                                           {{"X", "a\nb"}},
                                                           {{"X", std::string_view("a\0b", 3)}},
                                                           {{"X", "\xa0 no break"}}})
        EXPECT_FALSE(compose(given).taken) << given.front().first;
}

TEST(FieldTemplate, ValuesMayBeLatin1)
{
    EXPECT_TRUE(compose({{"X", "caf\xe9"}}).taken);
}

TEST(FieldTemplate, AUsualFieldCanBeLeftOut)
{
    const std::string_view accept = "accept";
    std::string out;
    EXPECT_TRUE(json_post().compose({.left_out = {&accept, 1}}, out));
    EXPECT_EQ(out.find("Accept"), std::string::npos);
}

// Whichever of the two was added first.
TEST(FieldTemplate, AFallbackGoesOutInPlaceOfAUsualFieldThatIsLeftOut)
{
    FieldTemplate form;
    form.add(Part::fallback, "User-Agent: python-urllib3\r\n");
    form.add(Part::standard, "User-Agent: us\r\n");
    form.add(Part::standard, "content-type: text/xml\r\n");
    form.add(Part::given);
    form.add(Part::fallback, "Content-Type: application/json\r\n");
    const std::string_view names[] = {"user-AGENT", "Content-Type"};
    const FieldTemplate::Field given[] = {{"Content-Type", "mine"}};
    std::string out;
    ASSERT_TRUE(form.compose({}, out));
    EXPECT_EQ(out, "User-Agent: us\r\ncontent-type: text/xml\r\n");
    ASSERT_TRUE(form.compose({.left_out = names}, out));
    EXPECT_EQ(out, "User-Agent: python-urllib3\r\nContent-Type: application/json\r\n");
    ASSERT_TRUE(form.compose({.given = given, .left_out = {names, 1}}, out));
    EXPECT_EQ(out, "User-Agent: python-urllib3\r\nContent-Type: mine\r\n");
}

TEST(FieldTemplate, SoDoesTheTypeOfABody)
{
    FieldTemplate form;
    form.add(Part::standard, "Content-Type: text/xml\r\n");
    form.add(Part::body_type, "Content-Type: ");
    const std::string_view name = "content-type";
    std::string out;
    ASSERT_TRUE(form.compose({.body_type = "multipart/x"}, out));
    EXPECT_EQ(out, "Content-Type: text/xml\r\n");
    ASSERT_TRUE(form.compose({.left_out = {&name, 1}, .body_type = "multipart/x"}, out));
    EXPECT_EQ(out, "Content-Type: multipart/x\r\n");
}

TEST(FieldTemplate, AGivenFieldStandsInPlaceOfAllLinesOfItsName)
{
    FieldTemplate form;
    form.add(Part::standard, "X-A: 1\r\n");
    form.add(Part::standard, "X-B: 1\r\n");
    form.add(Part::standard, "x-a: 2\r\n");
    form.add(Part::given);
    const FieldTemplate::Field given{"X-A", "mine"};
    std::string out;
    ASSERT_TRUE(form.compose({}, out));
    EXPECT_EQ(out, "X-A: 1\r\nX-B: 1\r\nx-a: 2\r\n");
    ASSERT_TRUE(form.compose({.given = {&given, 1}}, out));
    EXPECT_EQ(out, "X-A: mine\r\nX-B: 1\r\n");
}

TEST(FieldTemplate, NamesWhatASessionHasSettled)
{
    FieldTemplate form;
    form.add(Part::standard, "Accept: */*\r\n");
    form.add(Part::settled, "content-type");
    std::string out;
    ASSERT_TRUE(form.compose({}, out));
    EXPECT_EQ(out, "Accept: */*\r\n");
    EXPECT_TRUE(form.settles("Content-Type"));
    EXPECT_FALSE(form.settles("Accept"));
}

TEST(FieldTemplate, CredentialsOfACallStandInThePlaceOfTheSessions)
{
    const FieldTemplate::Field mine{"authorization", "Bearer x"};
    for (const std::string text : {"", "Authorization: Basic abc\r\n"}) {
        FieldTemplate form;
        form.add(Part::given);
        form.add(Part::credentials, text);
        std::string out;
        EXPECT_TRUE(form.compose({}, out));
        EXPECT_EQ(out, text);
        EXPECT_TRUE(form.compose({.credentials = "Authorization: Basic xyz\r\n"}, out));
        EXPECT_EQ(out, "Authorization: Basic xyz\r\n");
        EXPECT_EQ(form.compose({.given = {&mine, 1}}, out).has_value(), text.empty());
        EXPECT_FALSE(form.compose(
            {.given = {&mine, 1}, .credentials = "Authorization: Basic xyz\r\n"}, out));
    }
}

TEST(FieldTemplate, CredentialsOfACallAreNoAnswerToThoseAmongTheUsualFields)
{
    FieldTemplate form;
    form.add(Part::standard, "Authorization: Bearer of the session\r\n");
    form.add(Part::credentials);
    std::string out;
    EXPECT_TRUE(form.compose({}, out));
    EXPECT_FALSE(form.compose({.credentials = "Authorization: Basic xyz\r\n"}, out));
}

TEST(FieldTemplate, TheHostIsTheSessionsTheCallsOrTheCallers)
{
    FieldTemplate form;
    form.add(Part::given);
    form.add(Part::cookie);
    form.add(Part::host, "Host: shop.test\r\n");
    std::string out;
    EXPECT_EQ(form.compose({}, out), 0u);
    EXPECT_EQ(out, "Host: shop.test\r\n");
    EXPECT_EQ(form.compose({.host = "Host: other.test\r\n"}, out), 0u);
    EXPECT_EQ(out, "Host: other.test\r\n");
    const std::vector<FieldTemplate::Field> mine = {{"host", "mine.test"}, {"Cookie", "a=1"}};
    EXPECT_FALSE(form.compose({.given = mine}, out));
    EXPECT_TRUE(
        form.compose({.given = mine, .host = "Host: other\r\n", .takes_routing = true}, out));
    EXPECT_EQ(out, "host: mine.test\r\nCookie: a=1\r\n");
    const FieldTemplate::Field framing{"Content-Length", "3"};
    EXPECT_FALSE(form.compose({.given = {&framing, 1}, .takes_routing = true}, out));
}

TEST(FieldTemplate, ALoginAmongTheGivenFieldsIsTheOnlyOne)
{
    FieldTemplate form;
    form.add(Part::given);
    form.add(Part::credentials, "Authorization: Basic abc\r\n");
    const FieldTemplate::Field mine{"Authorization", "Basic xyz"};
    std::string out;
    EXPECT_TRUE(form.compose({.given = {&mine, 1}, .has_login = true}, out));
    EXPECT_EQ(out, "Authorization: Basic xyz\r\n");
}

TEST(FieldTemplate, WithoutAPlaceForACookieItGoesLast)
{
    FieldTemplate form;
    form.add(Part::standard, "A: 1\r\n");
    std::string out;
    EXPECT_EQ(form.compose({}, out), 6u);
}

TEST(FieldTemplate, ABlankBeforeAValueIsForWhoTakesIt)
{
    FieldTemplate form;
    form.add(FieldTemplate::Part::given);
    const FieldTemplate::Field blank{"X-One", " 1"};
    std::string out;
    EXPECT_FALSE(form.compose({.given = {&blank, 1}}, out));
    EXPECT_TRUE(form.compose({.given = {&blank, 1}, .takes_blanks = true}, out));
    EXPECT_EQ(out, "X-One:  1\r\n");
}

}  // namespace
}  // namespace locustella::http
