#include <gtest/gtest.h>

#include "http/cookie_jar.hpp"

namespace locustella::http {
namespace {

constexpr double when = 784111777;  // 1994-11-06 08:49:37 UTC

TEST(CookieDate, TakesTheThreeFormatsOfHttp)
{
    EXPECT_EQ(parse_cookie_date("Sun, 06 Nov 1994 08:49:37 GMT"), when);
    EXPECT_EQ(parse_cookie_date("Sunday, 06-Nov-94 08:49:37 GMT"), when);
    EXPECT_EQ(parse_cookie_date("Sun Nov  6 08:49:37 1994"), when);
}

TEST(CookieDate, TakesWhatServersWriteInstead)
{
    for (const char* text :
         {"Sun, 06-Nov-1994 08:49:37 GMT", "06 Nov 1994 08:49:37", "Nov 06 1994 8:49:37",
          "1994 06 Nov 08:49:37", "08:49:37 06 nov 1994", "06 NOVEMBER 1994 08:49:37",
          "Sun,06/Nov/1994;08:49:37;GMT", "  Sun, 06 Nov 1994 08:49:37 GMT  ", "06 Nov 94 08:49:37",
          "6 Nov 1994 08:49:37Z", "06th Nov 1994CE 08:49:37.500"})
        EXPECT_EQ(parse_cookie_date(text), when) << text;
}

TEST(CookieDate, TwoDigitYearsTurnAtSeventy)
{
    EXPECT_EQ(parse_cookie_date("01 Jan 70 00:00:00"), 0);
    EXPECT_EQ(parse_cookie_date("01 Jan 69 00:00:00"), 3124224000);
    EXPECT_EQ(parse_cookie_date("01 Jan 00 00:00:00"), 946684800);
    EXPECT_EQ(parse_cookie_date("01 Jan 99 00:00:00"), 915148800);
}

TEST(CookieDate, DatesBeforeTheEpochAreLongPast)
{
    EXPECT_EQ(parse_cookie_date("Mon, 01 Jan 1601 00:00:00 GMT"), 0);
    EXPECT_EQ(parse_cookie_date("Wed, 31 Dec 1969 23:59:59 GMT"), 0);
}

TEST(CookieDate, KnowsLeapYearsAndTheFarFuture)
{
    EXPECT_EQ(parse_cookie_date("29 Feb 2024 12:00:00"), 1709208000);
    EXPECT_EQ(parse_cookie_date("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799.0);
}

// As http.cookiejar.
TEST(CookieDate, TheTimeOfDayMayBeMissingOrShort)
{
    EXPECT_EQ(parse_cookie_date("Sun, 06 Nov 1994"), 784080000);
    EXPECT_EQ(parse_cookie_date("06-Nov-1994 08:49 GMT"), 784111740);
}

TEST(CookieDate, RefusesWhatIsNoDate)
{
    for (const char* text : {"",
                             "0",
                             "-1",
                             "never",
                             "08:49:37",
                             "06 Nov 08:49:37",
                             "Nov 1994 08:49:37",
                             "06 1994 08:49:37",
                             "00 Nov 1994 08:49:37",
                             "32 Nov 1994 08:49:37",
                             "06 Nov 1600 08:49:37",
                             "06 Nov 1994 24:00:00",
                             "06 Nov 1994 08:60:00",
                             "06 Nov 1994 08:49:60",
                             "06 Nov 19945 08:49:37",
                             "06 Nov 1994 008:49:37",
                             "06 Nox 1994 08:49:37",
                             "06 Nov 1994 x8:49:37",
                             "30 Feb 1994 08:49:37",
                             "31 Jun 1994 08:49:37",
                             "29 Feb 2023 12:00:00",
                             "::",
                             ";;;;"})
        EXPECT_LT(parse_cookie_date(text), 0) << text;
}

}  // namespace
}  // namespace locustella::http
