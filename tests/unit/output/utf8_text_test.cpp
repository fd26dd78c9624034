// Texts of JSON and CSV out of any bytes.
#include "output/utf8_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace locustella::output {
namespace {

using namespace std::string_view_literals;

std::string json(std::string_view text)
{
    std::string out;
    append_json_text(out, text);
    return out;
}

std::string csv(std::string_view text)
{
    std::string out;
    append_csv_text(out, text);
    return out;
}

TEST(Utf8Text, CharactersOfEverySize)
{
    EXPECT_EQ(character_size("a"), 1u);
    EXPECT_EQ(character_size("\0"sv), 1u);
    EXPECT_EQ(character_size("\xc3\xa9"), 2u);
    EXPECT_EQ(character_size("\xe2\x82\xac rest"), 3u);
    EXPECT_EQ(character_size("\xf0\x9f\xa6\x97"), 4u);
    EXPECT_EQ(character_size(""), 0u);
}

TEST(Utf8Text, WhatIsNoCharacter)
{
    for (const auto bytes :
         {"\x80"sv,              // a tail alone
          "\xc3"sv,              // cut
          "\xe2\x82"sv,          // cut
          "\xc0\xaf"sv,          // overlong
          "\xe0\x80\x80"sv,      // overlong
          "\xf0\x80\x80\x80"sv,  // overlong
          "\xed\xa0\x80"sv,      // half of a surrogate pair
          "\xf4\x90\x80\x80"sv,  // beyond U+10FFFF
          "\xf5\x80\x80\x80"sv, "\xff"sv, "\xe2\x28\xa1"sv, "\xf0\x9f\xa6\x28"sv})
        EXPECT_EQ(character_size(bytes), 0u) << testing::PrintToString(bytes);
}

TEST(Utf8Text, JsonEscapesWhatItHasTo)
{
    EXPECT_EQ(json(""), R"("")");
    EXPECT_EQ(json("/basket?id=1"), R"("/basket?id=1")");
    EXPECT_EQ(json("say \"hi\" \\ now"), R"("say \"hi\" \\ now")");
    EXPECT_EQ(json("a\nb\rc\td"), R"("a\nb\rc\td")");
    EXPECT_EQ(json("\0\x1f\x7f"sv), "\"\\u0000\\u001f\x7f\"");
    EXPECT_EQ(json("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
    EXPECT_EQ(json("a\xff\xc3z\xe2\x82"), "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Utf8Text, CsvQuotesWhatItHasTo)
{
    EXPECT_EQ(csv(""), R"("")");
    EXPECT_EQ(csv("/basket?id=1"), "/basket?id=1");
    EXPECT_EQ(csv(" spaces are part of it "), " spaces are part of it ");
    EXPECT_EQ(csv("a,b"), R"("a,b")");
    EXPECT_EQ(csv("say \"hi\""), R"("say ""hi""")");
    EXPECT_EQ(csv("a\nb"), "\"a\nb\"");
    EXPECT_EQ(csv("a\rb"), "\"a\rb\"");
    EXPECT_EQ(csv("a\xff"), "a\xef\xbf\xbd");
}

}  // namespace
}  // namespace locustella::output
