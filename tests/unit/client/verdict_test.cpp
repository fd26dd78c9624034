#include "client/verdict.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>

namespace {

using namespace locustella::client;
using locustella::http::Dialect;

TEST(Verdict, RequestsFailsFrom400To599)
{
    for (const int status : {100, 200, 226, 299, 304, 305, 399, 600, 999})
        EXPECT_TRUE(accepts(Dialect::requests, status)) << status;
    for (const int status : {400, 404, 499, 500, 503, 599})
        EXPECT_FALSE(accepts(Dialect::requests, status)) << status;
}

TEST(Verdict, GeventhttpclientHasAList)
{
    const std::set<int> good = {200, 201, 202, 203, 204, 205, 206, 207,
                                208, 226, 301, 302, 303, 304, 307, 308};
    for (int status = 0; status < 1000; ++status)
        EXPECT_EQ(accepts(Dialect::geventhttpclient, status), good.contains(status)) << status;
}

TEST(Verdict, AStatusHasTheWordsOfItsDialect)
{
    EXPECT_EQ(words_of_status(Dialect::requests, 404, "Not Found", "/items"),
              "HTTPError('404 Client Error: Not Found for url: /items')");
    EXPECT_EQ(words_of_status(Dialect::requests, 503, "Service Unavailable", "cart"),
              "HTTPError('503 Server Error: Service Unavailable for url: cart')");
    EXPECT_EQ(words_of_status(Dialect::geventhttpclient, 404, "Not Found", "/items"),
              "LocustBadStatusCode(code=404)");
    EXPECT_EQ(words_of_status(Dialect::requests, 200, "OK", "/"), "");
    EXPECT_EQ(words_of_status(Dialect::geventhttpclient, 308, "", "/"), "");
}

TEST(Verdict, WordsAreQuotedAsPythonDoes)
{
    EXPECT_EQ(words_of_status(Dialect::requests, 404, "isn't here", "/"),
              "HTTPError(\"404 Client Error: isn't here for url: /\")");
    EXPECT_EQ(words_of_status(Dialect::requests, 404, "'a' and \"b\"", "\\"),
              R"(HTTPError('404 Client Error: \'a\' and "b" for url: \\'))");
}

TEST(Verdict, ABlockIsEnteredByWhoAskedForIt)
{
    for (const auto block : {Block::caught, Block::entered})
        for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient})
            EXPECT_TRUE(may_enter(dialect, block));
    EXPECT_FALSE(may_enter(Dialect::requests, Block::unasked));
    EXPECT_TRUE(may_enter(Dialect::geventhttpclient, Block::unasked));
}

TEST(Verdict, OnlyInTheBlockIsItJudged)
{
    EXPECT_TRUE(may_judge(block_of(true, true)));
    EXPECT_FALSE(may_judge(block_of(true, false)));
    EXPECT_FALSE(may_judge(block_of(false, true)));
    EXPECT_FALSE(may_judge(block_of(false, false)));
}

TEST(Verdict, EveryWayOutOfABlock)
{
    struct Way {
        Said said;
        Raised raised;
        BlockEnd end;
    };
    for (const auto& [said, raised, end] : std::initializer_list<Way>{
             {Said::nothing, Raised::nothing, {Outcome::by_status, true}},
             {Said::nothing, Raised::response_error, {Outcome::by_exception, true}},
             {Said::nothing, Raised::other, {Outcome::unrecorded, false}},
             {Said::success, Raised::nothing, {Outcome::success, true}},
             {Said::success, Raised::response_error, {Outcome::success, false}},
             {Said::success, Raised::other, {Outcome::success, false}},
             {Said::failure, Raised::nothing, {Outcome::failure, true}},
             {Said::failure, Raised::response_error, {Outcome::failure, false}},
             {Said::failure, Raised::other, {Outcome::failure, false}},
         }) {
        EXPECT_EQ(end_of_block(Block::entered, said, raised), end);
        EXPECT_EQ(end_of_block(Block::caught, said, raised), end);
        EXPECT_EQ(end_of_block(Block::unasked, said, raised),
                  (BlockEnd{Outcome::unrecorded, false}));
    }
}

}  // namespace
