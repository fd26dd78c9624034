// What is read before a timer judges: docs of reactor.hpp, "Two kinds of timers".
#include <sys/epoll.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "unit/reactor/reactor_fixture.hpp"

namespace locustella::reactor {
namespace {

class ReactorJudgingTest : public ReactorTest {
protected:
    std::vector<std::unique_ptr<Ear>>& make_ears(int count)
    {
        for (int i = 0; i < count; ++i)
            ears_.push_back(std::make_unique<Ear>(reactor_, log_, "read"));
        settle();
        return ears_;
    }

    auto place_of(const std::string& what) const
    {
        return std::find(log_.begin(), log_.end(), what) - log_.begin();
    }

    // As long as it takes until the clock has passed this.
    static void pass(Nanos due)
    {
        while (base::monotonic_now() <= due) {
        }
    }

    std::vector<std::unique_ptr<Ear>> ears_;
};

TEST_F(ReactorJudgingTest, ADeadlineThatPassesWhileOthersAreReadIsJudgedAfterTheNextLook)
{
    Ear first(reactor_, log_, "read of first"), second(reactor_, log_, "read of second");
    Alarm deadline(log_, "deadline");
    settle();
    // Reading the first takes so long that the second's deadline passes; its answer came in time.
    first.then = [&] {
        const Nanos due = base::monotonic_now();
        reactor_.add_timer(deadline, due);
        second.speak();
        pass(due);
    };
    first.speak();
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"read of first"}));
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"read of first", "read of second", "deadline"}));
}

TEST_F(ReactorJudgingTest, DeadlinesWaitUntilEveryReadyBatchHasBeenRead)
{
    constexpr int many = 3 * Reactor::batch - 10;
    auto& ears = make_ears(many);
    Alarm deadline(log_, "deadline");
    for (auto& ear : ears)
        ear->speak();
    reactor_.add_timer(deadline, base::monotonic_now());
    for (int i = 0; i < 4; ++i)
        reactor_.turn();
    ASSERT_EQ(log_.size(), static_cast<std::size_t>(many) + 1);
    EXPECT_EQ(place_of("deadline"), many);
}

TEST_F(ReactorJudgingTest, WaitsDoNotWaitForThem)
{
    constexpr int many = 3 * Reactor::batch - 10;
    auto& ears = make_ears(many);
    Alarm wait(log_, "wait");
    for (auto& ear : ears)
        ear->speak();
    reactor_.add_wait(wait, base::monotonic_now());
    reactor_.turn();
    EXPECT_EQ(place_of("wait"), Reactor::batch);
}

TEST_F(ReactorJudgingTest, AWaitThatPassesWhileOthersAreReadStrikesInTheSameTurn)
{
    Ear ear(reactor_, log_, "read");
    Alarm wait(log_, "wait");
    settle();
    ear.then = [&] {
        const Nanos due = base::monotonic_now();
        reactor_.add_wait(wait, due);
        pass(due);
    };
    ear.speak();
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"read", "wait"}));
}

// More than a batch is ready at every look, for ever: a deadline is judged all the same, once
// whatever was ready when it passed has been read.
TEST_F(ReactorJudgingTest, DescriptorsThatAreAlwaysReadyDoNotPutADeadlineOffForEver)
{
    constexpr int many = 2 * Reactor::batch;
    auto& ears = make_ears(many);
    Alarm deadline(log_, "deadline");
    for (auto& ear : ears) {
        ear->then = [&ear] { ear->speak(); };
        ear->speak();
    }
    reactor_.add_timer(deadline, base::monotonic_now());
    for (int i = 0; i < 6; ++i)
        reactor_.turn();
    EXPECT_GE(place_of("deadline"), many);
    EXPECT_LT(place_of("deadline"), static_cast<std::ptrdiff_t>(log_.size()));
}

TEST_F(ReactorJudgingTest, WhatWasSeenIsTheTimeOfTheLastCompleteLook)
{
    const Nanos before = base::monotonic_now();
    reactor_.turn();
    const Nanos seen = reactor_.seen_until();
    EXPECT_GE(seen, before);
    EXPECT_LE(seen, base::monotonic_now());
    auto& ears = make_ears(Reactor::batch + 10);
    const Nanos settled = reactor_.seen_until();
    for (auto& ear : ears)
        ear->speak();
    reactor_.turn();
    EXPECT_EQ(reactor_.seen_until(), settled);
    reactor_.turn();
    EXPECT_GT(reactor_.seen_until(), settled);
}

TEST_F(ReactorJudgingTest, LookingCallsTheWatcherWhenSomethingIsThere)
{
    Ear ear(reactor_, log_, "read");
    settle();
    EXPECT_FALSE(reactor_.look(ear.fd(), ear, EPOLLIN | EPOLLRDHUP));
    ear.speak();
    EXPECT_TRUE(reactor_.look(ear.fd(), ear, EPOLLIN | EPOLLRDHUP));
    EXPECT_EQ(log_, (Log{"read"}));
    EXPECT_FALSE(reactor_.look(ear.fd(), ear, EPOLLIN | EPOLLRDHUP));
    ear.hang_up();
    EXPECT_TRUE(reactor_.look(ear.fd(), ear, EPOLLIN | EPOLLRDHUP));
    EXPECT_TRUE(ear.events & EPOLLRDHUP);
}

TEST_F(ReactorJudgingTest, ATimerMovesFromOneKindToTheOther)
{
    Alarm alarm(log_, "timer");
    const Nanos never = base::monotonic_now() + 3600 * base::nanos_per_second;
    reactor_.add_timer(alarm, never);
    reactor_.add_wait(alarm, never);
    EXPECT_EQ(reactor_.armed_timers(), 1u);
    reactor_.add_timer(alarm, base::monotonic_now());
    EXPECT_EQ(reactor_.armed_timers(), 1u);
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"timer"}));
    EXPECT_EQ(reactor_.armed_timers(), 0u);
}

}  // namespace
}  // namespace locustella::reactor
