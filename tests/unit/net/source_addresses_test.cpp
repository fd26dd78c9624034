#include "net/source_addresses.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locustella::net {
namespace {

const Endpoint four(boost::asio::ip::make_address("10.0.0.99"), 80);
const Endpoint six(boost::asio::ip::make_address("2001:db8::99"), 80);

std::string first(const std::string& list, std::size_t most = 100)
{
    std::string problem, text;
    const auto sources = SourceAddresses::parse(list, problem);
    if (!sources)
        return problem;
    for (const auto& address : sources->first(most))
        text += (text.empty() ? "" : " ") + address.to_string();
    return text;
}

TEST(SourceAddresses, UnderstandsAddressesRangesAndNetworks)
{
    EXPECT_EQ(first("10.0.0.7"), "10.0.0.7");
    EXPECT_EQ(first(" 10.0.0.7 ,10.0.1.1 "), "10.0.0.7 10.0.1.1");
    EXPECT_EQ(first("10.0.0.254-10.0.1.1"), "10.0.0.254 10.0.0.255 10.0.1.0 10.0.1.1");
    EXPECT_EQ(first("10.0.0.1 - 10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(first("10.0.0.0/30"), "10.0.0.1 10.0.0.2");
    EXPECT_EQ(first("10.0.0.7/30"), "10.0.0.5 10.0.0.6");
    EXPECT_EQ(first("10.0.0.6/31"), "10.0.0.6 10.0.0.7");
    EXPECT_EQ(first("10.0.0.6/32"), "10.0.0.6");
    EXPECT_EQ(first("0.0.0.0/0", 2), "0.0.0.1 0.0.0.2");
    EXPECT_EQ(first("2001:db8::7"), "2001:db8::7");
    EXPECT_EQ(first("2001:db8::fe-2001:db8::101"),
              "2001:db8::fe 2001:db8::ff 2001:db8::100 2001:db8::101");
    EXPECT_EQ(first("2001:db8::/126"), "2001:db8::1 2001:db8::2 2001:db8::3");
    EXPECT_EQ(first("2001:db8:0:1::/64", 2), "2001:db8:0:1::1 2001:db8:0:1::2");
    EXPECT_EQ(first("::1, 127.0.0.2"), "127.0.0.2 ::1");
}

TEST(SourceAddresses, SaysWhatIsWrong)
{
    const std::string kinds =
        " is no IP address, range (10.0.0.1-10.0.0.20) or network (10.0.0.0/24)";
    const std::string bits = ": a number of bits from 0 to 32 stands behind /";
    const std::string large = " has more addresses than can be counted: give a smaller one";
    EXPECT_EQ(first(""), "''" + kinds);
    EXPECT_EQ(first("10.0.0.1,"), "''" + kinds);
    EXPECT_EQ(first("10.0.0.1,eth0"), "'eth0'" + kinds);
    EXPECT_EQ(first("10.0.0.256"), "'10.0.0.256'" + kinds);
    EXPECT_EQ(first("10.0.0.0/33"), "'10.0.0.0/33'" + bits);
    EXPECT_EQ(first("10.0.0.0/"), "'10.0.0.0/'" + bits);
    EXPECT_EQ(first("10.0.0.0/2x"), "'10.0.0.0/2x'" + bits);
    EXPECT_EQ(first("10.0.0.0/-1"), "'10.0.0.0/-1'" + bits);
    EXPECT_EQ(first("10.0.0.9-10.0.0.1"), "'10.0.0.9-10.0.0.1': the range ends before it begins");
    for (const char* end :
         {"10.0.0.1-", "10.0.0.1-20", "10.0.0.1-::1", "10.0.0.1-10.0.0.2-10.0.0.3"})
        EXPECT_EQ(first(end),
                  '\'' + std::string(end) +
                      "': a range ends with an address of the same kind as it begins with");
    EXPECT_EQ(first("2001:db8::/63"), "'2001:db8::/63'" + large);
    EXPECT_EQ(first("2001:db8::-2001:db9::"), "'2001:db8::-2001:db9::'" + large);
    EXPECT_EQ(first("2001:db8::/64,2001:db9::/64"), "'2001:db9::/64'" + large);
}

TEST(SourceAddresses, TakeTurnsWithinTheTargetsFamily)
{
    std::string problem;
    const auto sources = SourceAddresses::parse("10.0.0.1-10.0.0.2,2001:db8::1,10.0.9.9", problem);
    std::string fours, sixes;
    for (int i = 0; i < 7; ++i) {
        fours += sources->next(four)->to_string() + ' ';
        sixes += sources->next(six)->to_string() + ' ';
    }
    EXPECT_EQ(fours, "10.0.0.1 10.0.0.2 10.0.9.9 10.0.0.1 10.0.0.2 10.0.9.9 10.0.0.1 ");
    EXPECT_EQ(sixes.substr(0, 24), "2001:db8::1 2001:db8::1 ");
}

TEST(SourceAddresses, HaveNoneForAFamilyThatIsNotAmongThem)
{
    std::string problem;
    const auto sources = SourceAddresses::parse("127.0.0.0/8", problem);
    EXPECT_TRUE(sources->has_family_of(four));
    EXPECT_FALSE(sources->has_family_of(six));
    EXPECT_EQ(sources->next(six), std::nullopt);
    EXPECT_EQ(sources->next(four)->to_string(), "127.0.0.1");
}

}  // namespace
}  // namespace locustella::net
