#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "reactor/reactor.hpp"

namespace locustella::reactor {
namespace {

struct Item : Deferred {
    explicit Item(std::vector<int>& ran, int id = 0) : ran_(&ran), id_(id) {}

    void run_deferred() override
    {
        ran_->push_back(id_);
        if (then)
            then();
    }

    void* hand_over() noexcept override { return whom; }

    std::function<void()> then;
    void* whom = nullptr;

private:
    std::vector<int>* ran_;
    int id_;
};

class DeferredListTest : public testing::Test {
protected:
    Item& item(int id) { return *items_.emplace_back(std::make_unique<Item>(ran_, id)); }

    std::vector<int> ran_;
    std::vector<std::unique_ptr<Item>> items_;
    DeferredList list_;
};

TEST_F(DeferredListTest, RunsInTheOrderOfPushing)
{
    for (int id = 0; id < 5; ++id)
        list_.push(item(id));
    EXPECT_EQ(list_.run(), 5u);
    EXPECT_EQ(ran_, (std::vector{0, 1, 2, 3, 4}));
    EXPECT_TRUE(list_.empty());
    EXPECT_EQ(list_.run(), 0u);
}

TEST_F(DeferredListTest, AnItemIsQueuedOnceHoweverOftenItIsPushed)
{
    Item& one = item(1);
    list_.push(one);
    list_.push(one);
    EXPECT_TRUE(one.queued());
    EXPECT_EQ(list_.run(), 1u);
    EXPECT_FALSE(one.queued());
}

TEST_F(DeferredListTest, WhoIsNextInARunIsHandedTheThreadInHisTurn)
{
    Item& first = item(0);
    Item& second = item(1);
    Item& third = item(2);
    second.whom = &second;
    for (Item* each : {&first, &second, &third})
        list_.push(*each);
    EXPECT_EQ(list_.next_in_run(), nullptr);  // nothing runs
    first.then = [&] {
        EXPECT_EQ(list_.next_in_run(), &second);
        EXPECT_FALSE(second.queued());
        EXPECT_EQ(list_.next_in_run(), nullptr);  // the third has to be run
        EXPECT_TRUE(third.queued());
    };
    EXPECT_EQ(list_.run(), 2u);
    EXPECT_EQ(ran_, (std::vector{0, 2}));
}

TEST_F(DeferredListTest, WhoIsPushedInARunIsNotNextInIt)
{
    Item& first = item(0);
    Item& late = item(1);
    late.whom = &late;
    list_.push(first);
    first.then = [&] {
        list_.push(late);
        EXPECT_EQ(list_.next_in_run(), nullptr);
    };
    EXPECT_EQ(list_.run(), 1u);
    EXPECT_TRUE(late.queued());
}

TEST_F(DeferredListTest, PushesWhileRunningWaitForTheNextRun)
{
    Item& one = item(1);
    Item& two = item(2);
    one.then = [&] {
        list_.push(one);
        list_.push(two);
    };
    list_.push(one);
    EXPECT_EQ(list_.run(), 1u);
    one.then = nullptr;
    EXPECT_FALSE(list_.empty());
    EXPECT_EQ(list_.run(), 2u);
    EXPECT_EQ(ran_, (std::vector{1, 1, 2}));
}

TEST_F(DeferredListTest, ItemsMayBeWithdrawnBeforeAndWhileTheListRuns)
{
    Item& one = item(1);
    Item& two = item(2);
    Item& three = item(3);
    Item& four = item(4);
    for (Item* each : {&one, &two, &three, &four})
        list_.push(*each);
    list_.withdraw(two);
    list_.withdraw(two);
    one.then = [&] { list_.withdraw(four); };
    EXPECT_EQ(list_.run(), 2u);
    EXPECT_EQ(ran_, (std::vector{1, 3}));
    EXPECT_FALSE(four.queued());
}

TEST_F(DeferredListTest, AWithdrawnItemMayBeDestroyedAndPushedAnewWhileTheListRuns)
{
    Item& one = item(1);
    auto doomed = std::make_unique<Item>(ran_, 2);
    Item& three = item(3);
    one.then = [&] {
        list_.withdraw(*doomed);
        doomed.reset();
        list_.withdraw(three);
        list_.push(three);
    };
    list_.push(one);
    list_.push(*doomed);
    list_.push(three);
    EXPECT_EQ(list_.run(), 1u);
    EXPECT_EQ(list_.run(), 1u);
    EXPECT_EQ(ran_, (std::vector{1, 3}));
}

TEST_F(DeferredListTest, GrowthKeepsEveryPlace)
{
    for (int id = 0; id < 1000; ++id)
        list_.push(item(id));
    for (int id = 0; id < 1000; id += 2)
        list_.withdraw(*items_[id]);
    EXPECT_EQ(list_.run(), 500u);
    for (std::size_t i = 0; i < ran_.size(); ++i)
        ASSERT_EQ(ran_[i], static_cast<int>(2 * i + 1));
}

TEST_F(DeferredListTest, GrowthWhileRunningKeepsBothHalvesApart)
{
    for (int id = 0; id < 100; ++id) {
        Item& each = item(id);
        each.then = [&] { list_.push(each); };
        list_.push(each);
    }
    EXPECT_EQ(list_.run(), 100u);
    for (auto& each : items_) {
        EXPECT_TRUE(each->queued());
        each->then = nullptr;
        list_.withdraw(*each);
    }
    EXPECT_EQ(list_.run(), 0u);
}

TEST_F(DeferredListTest, ARunInsideARunDoesNothing)
{
    Item& one = item(1);
    Item& two = item(2);
    std::size_t inner = 99;
    one.then = [&] {
        list_.push(one);
        inner = list_.run();
        one.then = nullptr;
    };
    list_.push(one);
    list_.push(two);
    EXPECT_EQ(list_.run(), 2u);
    EXPECT_EQ(inner, 0u);
    EXPECT_EQ(ran_, (std::vector{1, 2}));
    EXPECT_EQ(list_.run(), 1u);
}

TEST_F(DeferredListTest, ADestroyedListLeavesItsItemsFree)
{
    Item& one = item(1);
    {
        DeferredList brief;
        brief.push(one);
    }
    EXPECT_FALSE(one.queued());
    list_.push(one);
    EXPECT_EQ(list_.run(), 1u);
}

TEST_F(DeferredListTest, RandomPushesWithdrawalsAndRunsMatchASet)
{
    std::mt19937 random{11};
    std::set<int> queued;
    for (int id = 0; id < 40; ++id)
        item(id);
    for (int step = 0; step < 20'000; ++step) {
        const int id = static_cast<int>(random() % 40);
        switch (random() % 8) {
        case 0:
            ran_.clear();
            list_.run();
            ASSERT_EQ(std::set<int>(ran_.begin(), ran_.end()), queued) << "step " << step;
            ASSERT_EQ(ran_.size(), queued.size());
            queued.clear();
            break;
        case 1:
        case 2:
            list_.withdraw(*items_[id]);
            queued.erase(id);
            break;
        default: list_.push(*items_[id]); queued.insert(id);
        }
        ASSERT_EQ(items_[id]->queued(), queued.contains(id));
    }
}

}  // namespace
}  // namespace locustella::reactor
