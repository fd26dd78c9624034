#include "demo/json.hpp"

#include <gtest/gtest.h>

#include <random>

namespace locustella::demo {
namespace {

TEST(Json, ReadsEveryKindOfValue)
{
    const auto value =
        parse_json(R"( {"a": [null, true, false], "b": -1.5e2, "c": {"d": "x"}, "a": 1} )");
    ASSERT_TRUE(value);
    const auto* list = value->find("a");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->items.size(), 3u);
    EXPECT_EQ(list->items[0].kind, JsonValue::Kind::null);
    EXPECT_TRUE(list->items[1].boolean);
    EXPECT_FALSE(list->items[2].boolean);
    EXPECT_EQ(value->find("b")->number, -150.0);
    EXPECT_EQ(value->find("c")->find("d")->string, "x");
    EXPECT_EQ(value->find("e"), nullptr);
}

TEST(Json, ReadsEscapes)
{
    const auto value = parse_json(R"("\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00")");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->string, "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(Json, RefusesWhatTheGrammarForbids)
{
    for (const std::string text : {"",
                                   " ",
                                   "{",
                                   "[1",
                                   "[1,]",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{a: 1}",
                                   "{\"a\": 1,}",
                                   "[1] 2",
                                   "tru",
                                   "nul",
                                   "01",
                                   "1.",
                                   ".5",
                                   "+1",
                                   "-",
                                   "1e",
                                   "1e+",
                                   "NaN",
                                   "Infinity",
                                   "'a'",
                                   "\"a",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\\u12g4\"",
                                   "\"\\ud800\"",
                                   "\"\\ud800\\u0041\"",
                                   "\"\\udc00\"",
                                   "\"\n\"",
                                   "\"\xff\"",
                                   "\"\xc0\x80\"",
                                   "\"\xed\xa0\x80\"",
                                   "{\"a\": 1 \"b\": 2}"})
        EXPECT_FALSE(parse_json(text)) << text;
}

TEST(Json, BoundsItsDepth)
{
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse_json(nested(60)));
    EXPECT_FALSE(parse_json(nested(100'000)));
}

TEST(Json, TellsWholeNumbersInARange)
{
    const auto whole = [](const char* text) { return parse_json(text)->whole_number(1, 99); };
    EXPECT_EQ(whole("7"), 7);
    EXPECT_EQ(whole("7.0"), 7);
    for (const auto text : {"0", "100", "7.5", "\"7\"", "null", "1e300", "-1e999"})
        EXPECT_EQ(whole(text), std::nullopt) << text;
}

TEST(Json, WhatItWritesItReadsBack)
{
    std::mt19937 random{3};
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (int i = 0; i < 20; ++i)
            text.push_back(static_cast<char>(random() % 128));
        text.append("\xc3\xa9\xf0\x9f\x98\x80");
        std::string json;
        append_json_string(json, text);
        const auto value = parse_json(json);
        ASSERT_TRUE(value) << json;
        ASSERT_EQ(value->string, text);
    }
}

}  // namespace
}  // namespace locustella::demo
