#include "load/user_order.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace locustella::load {
namespace {

std::string beginning(const std::vector<double>& weights, int length)
{
    WeightedOrder order;
    for (Column column = 0; column < weights.size(); ++column)
        order.add(column, weights[column]);
    std::string names;
    while (length-- > 0)
        if (const auto next = order.next())
            names += static_cast<char>('A' + *next);
    return names;
}

TEST(WeightedOrder, FollowsTheWeights)
{
    EXPECT_EQ(beginning({5, 1}, 12), "AABAAAAABAAA");
    EXPECT_EQ(beginning({1, 1, 1}, 7), "ABCABCA") << "equals take turns, in the order of adding";
    EXPECT_EQ(beginning({0, 2, -1}, 3), "BBB") << "who weighs nothing does not take part";
    EXPECT_EQ(beginning({0}, 3), "") << "nobody does";
    EXPECT_EQ(beginning({std::nan("")}, 2), "");
}

TEST(WeightedOrder, EveryBeginningIsCloseToTheWeights)
{
    const std::vector<double> weights = {0.5, 10, 0.25};
    WeightedOrder order;
    for (Column column = 0; column < weights.size(); ++column)
        order.add(column, weights[column]);
    std::vector<double> counts(weights.size());
    for (double length = 1; length < 2000; ++length) {
        ++counts[*order.next()];
        for (std::size_t at = 0; at < weights.size(); ++at)
            ASSERT_NEAR(counts[at], weights[at] / 10.75 * length, 1.6) << length;
    }
}

class FixedUsers : public testing::Test {
protected:
    std::string start(int users)
    {
        std::string names;
        while (users-- > 0) {
            const auto column = order_.next(classes_, totals_, look_for_fixed_);
            if (!column)
                return names + ".";
            ++totals_[*column];
            names += static_cast<char>('A' + *column);
        }
        return names;
    }

    std::vector<PlacedClass> classes_ = {{{"A", 1, 0}, 0}, {{"B", 0, 2}, 1}, {{"C", 9, 1}, 2}};
    std::vector<std::int64_t> totals_ = {0, 0, 0};
    UserOrder order_;
    bool look_for_fixed_ = true;
};

TEST_F(FixedUsers, StartFirstWhateverTheyWeigh)
{
    EXPECT_EQ(start(5), "BCBAA");
    EXPECT_FALSE(look_for_fixed_);
}

TEST_F(FixedUsers, ComeBackWhenSomebodyHasLookedForThem)
{
    start(4);
    totals_ = {1, 1, 0};
    EXPECT_EQ(start(1), "A") << "nobody looked";
    look_for_fixed_ = true;
    EXPECT_EQ(start(3), "BCA");
}

TEST_F(FixedUsers, AndNobodyElseIsLeft)
{
    classes_ = {{{"B", 1, 1}, 1}};
    EXPECT_EQ(start(3), "B.");
    classes_[0].user_class.fixed_count = 2;
    look_for_fixed_ = true;
    EXPECT_EQ(start(3), "B.") << "more of them are wanted now";
}

TEST_F(FixedUsers, LessThanNoneOfAClassIsNone)
{
    classes_ = {{{"A", 1, -1}, 0}};
    EXPECT_EQ(start(1), ".");
}

TEST_F(FixedUsers, WeightsCountFromTheFirstChoiceByWeight)
{
    classes_ = {{{"A", 1, 0}, 0}, {{"B", 1, 1}, 1}, {{"C", 1, 0}, 2}};
    EXPECT_EQ(start(1), "B");
    classes_[0].user_class.weight = 0;
    EXPECT_EQ(start(2), "CC");
    classes_[0].user_class.weight = 5;
    EXPECT_EQ(start(2), "CC");
}

}  // namespace
}  // namespace locustella::load
