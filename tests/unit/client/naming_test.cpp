#include "client/naming.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using locustella::client::entry_name;
using locustella::http::Dialect;

TEST(Naming, AnHttpUsersEntryIsThePathWithItsQuery)
{
    EXPECT_EQ(entry_name(Dialect::requests, {.target = "/api/items?id=7", .given = "/items"}),
              "/api/items?id=7");
}

TEST(Naming, AFastHttpUsersEntryIsTheUrlAsGiven)
{
    EXPECT_EQ(
        entry_name(Dialect::geventhttpclient, {.target = "/api/items?id=7", .given = "/items"}),
        "/items");
    EXPECT_EQ(
        entry_name(Dialect::geventhttpclient, {.target = "/x", .given = "http://other.test/x"}),
        "http://other.test/x");
}

TEST(Naming, TheCallsNameComesBeforeTheSessions)
{
    for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient}) {
        EXPECT_EQ(entry_name(dialect, {"item", "session", "/target", "/given"}), "item");
        EXPECT_EQ(entry_name(dialect, {"", "session", "/target", "/given"}), "session");
    }
}

TEST(Naming, TheAnswerIsOneOfTheTextsGiven)
{
    const std::string target = "/api/items";
    EXPECT_EQ(entry_name(Dialect::requests, {.target = target}).data(), target.data());
}

}  // namespace
