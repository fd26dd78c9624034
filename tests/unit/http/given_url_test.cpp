// What tests/python/test_given_url.py, which holds it against the libraries, does not see.
#include "http/given_url.hpp"

#include <gtest/gtest.h>

namespace locustella::http {
namespace {

TEST(GivenUrl, KeepsTheOddHostBeyondTheText)
{
    GivenUrl url;
    {
        const std::string given =
            "http://user@b\xc3\xbc"
            "cher-of-more-than-a-few-letters.test:80/";
        EXPECT_FALSE(url.read(given, std::nullopt, Dialect::requests));
    }
    EXPECT_EQ(url.odd_host,
              "b\xc3\xbc"
              "cher-of-more-than-a-few-letters.test");
    EXPECT_TRUE(url.read("http://shop.test/", std::nullopt, Dialect::requests));
    EXPECT_EQ(url.odd_host, "");
}

}  // namespace
}  // namespace locustella::http
