#include "net/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace locustella::net {
namespace {

Addresses addresses(const std::vector<std::string>& texts)
{
    Addresses found;
    for (const auto& text : texts)
        found.push_back(boost::asio::ip::make_address(text));
    return found;
}

std::string order(const Addresses& found, std::uint64_t turn)
{
    std::string text;
    for (const auto& endpoint : attempt_order(found, 80, turn)) {
        EXPECT_EQ(endpoint.port(), 80);
        text += (text.empty() ? "" : " ") + endpoint.address().to_string();
    }
    return text;
}

TEST(InTurn, BeginsOneAddressFurtherEachTime)
{
    const auto found = addresses({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
    EXPECT_EQ(order(found, 0), "10.0.0.1 10.0.0.2 10.0.0.3");
    EXPECT_EQ(order(found, 1), "10.0.0.2 10.0.0.3 10.0.0.1");
    EXPECT_EQ(order(found, 2), "10.0.0.3 10.0.0.1 10.0.0.2");
    EXPECT_EQ(order(found, 3), order(found, 0));
}

TEST(InTurn, InterleavesTheFamilies)
{
    const auto six_first =
        addresses({"2001:db8::1", "2001:db8::2", "10.0.0.1", "10.0.0.2", "10.0.0.3"});
    EXPECT_EQ(order(six_first, 0), "2001:db8::1 10.0.0.1 2001:db8::2 10.0.0.2 10.0.0.3");
    EXPECT_EQ(order(six_first, 1), "2001:db8::2 10.0.0.2 2001:db8::1 10.0.0.3 10.0.0.1");
    EXPECT_EQ(order(addresses({"10.0.0.1", "10.0.0.2", "::1"}), 0), "10.0.0.1 ::1 10.0.0.2");
}

TEST(InTurn, StaysInThePreferredFamilyHoweverManyTurns)
{
    const auto found = addresses({"::1", "127.0.0.1"});
    for (const std::uint64_t turn : {0ull, 1ull, 2ull, 3ull, ~0ull})
        EXPECT_EQ(order(found, turn), "::1 127.0.0.1");
}

TEST(InTurn, HasNoOrderToFindForOneOrNone)
{
    EXPECT_EQ(order(addresses({"10.0.0.1"}), 7), "10.0.0.1");
    EXPECT_EQ(order({}, 7), "");
}

}  // namespace
}  // namespace locustella::net
