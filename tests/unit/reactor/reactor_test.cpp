#include "unit/reactor/reactor_fixture.hpp"

#include <sys/epoll.h>

#include <memory>
#include <vector>

namespace locustella::reactor {
namespace {

TEST_F(ReactorTest, ATurnReadsThenFiresTimersThenCompletesThenSends)
{
    Step completion(log_, "completion"), send(log_, "send"),
        later_send(log_, "send of a completion");
    Alarm alarm(log_, "timer");
    Ear first(reactor_, log_, "read"), second(reactor_, log_, "read");
    settle();
    for (Ear* ear : {&first, &second})
        ear->then = [&] {
            reactor_.send_later(send);
            reactor_.resume_later(completion);
        };
    completion.then = [&] { reactor_.send_later(later_send); };
    reactor_.add_timer(alarm, base::monotonic_now());
    first.speak();
    second.speak();
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"read", "read", "timer", "completion", "send", "send of a completion"}));
}

TEST_F(ReactorTest, LettersComeBeforeCompletions)
{
    Step completion(log_, "completion");
    reactor_.resume_later(completion);
    reactor_.post([this] { log_.push_back("letter"); });
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"letter", "completion"}));
}

TEST_F(ReactorTest, AnIdleReactorIsNotReadable)
{
    EXPECT_FALSE(readable(at_once));
    reactor_.turn();
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, AskingForATurnMakesItReadableAndTheTurnEndsThat)
{
    Step completion(log_, "completion"), send(log_, "send");
    reactor_.resume_later(completion);
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_FALSE(readable(at_once));
    reactor_.send_later(send);
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_FALSE(readable(at_once));
    EXPECT_EQ(log_, (Log{"completion", "send"}));
}

TEST_F(ReactorTest, ATimerAddedAfterAskingForATurnDoesNotPutTheTurnOff)
{
    Step send(log_, "send");
    Alarm alarm(log_, "timer");
    reactor_.send_later(send);
    reactor_.add_timer(alarm, base::monotonic_now() + 3600 * base::nanos_per_second);
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"send"}));
    reactor_.cancel_timer(alarm);
}

TEST_F(ReactorTest, AskingForATurnDoesNotLoseTheTimers)
{
    Step send(log_, "send");
    Alarm alarm(log_, "timer");
    reactor_.add_timer(alarm, base::monotonic_now() + 20 * base::nanos_per_milli);
    reactor_.send_later(send);
    reactor_.turn();
    for (int i = 0; i < 100 && log_.size() < 2 && readable(long_enough_ms); ++i)
        reactor_.turn();
    EXPECT_EQ(log_, (Log{"send", "timer"}));
}

TEST_F(ReactorTest, WhatACompletionQueuesForAnotherCompletionWaitsForTheNextTurn)
{
    Step first(log_, "first"), second(log_, "second");
    first.then = [&] { reactor_.resume_later(second); };
    reactor_.resume_later(first);
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"first"}));
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"first", "second"}));
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, WithdrawnItemsDoNotRun)
{
    Step completion(log_, "completion"), send(log_, "send");
    reactor_.resume_later(completion);
    reactor_.send_later(send);
    reactor_.withdraw(completion);
    reactor_.withdraw(send);
    reactor_.turn();
    EXPECT_TRUE(log_.empty());
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, AForgottenWatcherOfTheSameHarvestIsNotCalled)
{
    Ear one(reactor_, log_, "one"), two(reactor_, log_, "two");
    settle();
    one.then = [&] { two.forget(); };
    two.then = [&] { one.forget(); };
    one.speak();
    two.speak();
    reactor_.turn();
    EXPECT_EQ(log_.size(), 1u);  // whichever came first, it silenced the other
    reactor_.turn();
    EXPECT_EQ(log_.size(), 1u);
}

TEST_F(ReactorTest, AWatcherMayBeDestroyedByAnEarlierOneOfTheSameHarvest)
{
    auto one = std::make_unique<Ear>(reactor_, log_, "one");
    auto two = std::make_unique<Ear>(reactor_, log_, "two");
    settle();
    one->then = [&] { two.reset(); };
    two->then = [&] { one.reset(); };
    one->speak();
    two->speak();
    reactor_.turn();
    EXPECT_EQ(log_.size(), 1u);
}

TEST_F(ReactorTest, AWatcherMayForgetItselfAndWatchAnother)
{
    Ear one(reactor_, log_, "one");
    std::unique_ptr<Ear> successor;
    settle();
    one.then = [&] {
        one.forget();
        successor = std::make_unique<Ear>(reactor_, log_, "successor");
        successor->speak();
    };
    one.speak();
    reactor_.turn();
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"one", "successor"}));
}

TEST_F(ReactorTest, ATurnIsBoundedAndTheRestKeepsItReadable)
{
    constexpr int many = Reactor::batch + 100;
    std::vector<std::unique_ptr<Ear>> ears;
    for (int i = 0; i < many; ++i)
        ears.push_back(std::make_unique<Ear>(reactor_, log_, "read"));
    settle();
    for (auto& ear : ears)
        ear->speak();
    reactor_.turn();
    EXPECT_EQ(log_.size(), static_cast<std::size_t>(Reactor::batch));
    EXPECT_TRUE(readable(at_once));
    reactor_.turn();
    EXPECT_EQ(log_.size(), static_cast<std::size_t>(many));
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, TimersAreBoundedToo)
{
    constexpr int many = Reactor::batch + 10;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < many; ++i)
        reactor_.add_timer(*alarms.emplace_back(std::make_unique<Alarm>(log_, "timer")), i);
    reactor_.turn();
    EXPECT_EQ(log_.size(), static_cast<std::size_t>(Reactor::batch));
    EXPECT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_EQ(log_.size(), static_cast<std::size_t>(many));
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, ATimerMakesItReadableWhenItIsDue)
{
    Alarm alarm(log_, "timer");
    const Nanos due = base::monotonic_now() + 5 * base::nanos_per_milli;
    reactor_.add_timer(alarm, due);
    ASSERT_TRUE(readable(long_enough_ms));
    EXPECT_GE(base::monotonic_now(), due);
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"timer"}));
    EXPECT_FALSE(readable(at_once));
}

TEST_F(ReactorTest, AnEarlierTimerOvertakesTheOneTheClockWasSetFor)
{
    Alarm late(log_, "late"), early(log_, "early");
    const Nanos now = base::monotonic_now();
    reactor_.add_timer(late, now + 3600 * base::nanos_per_second);
    reactor_.add_timer(early, now + base::nanos_per_milli);
    ASSERT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"early"}));
    reactor_.cancel_timer(late);
}

TEST_F(ReactorTest, TimersOfThePastAreDueAtOnce)
{
    Alarm alarm(log_, "timer");
    for (const Nanos due : {Nanos{0}, Nanos{1}, Nanos{-5}, base::monotonic_now() - 1}) {
        log_.clear();
        reactor_.add_timer(alarm, due);
        EXPECT_TRUE(readable(long_enough_ms)) << due;
        reactor_.turn();
        EXPECT_EQ(log_, (Log{"timer"})) << due;
    }
}

TEST_F(ReactorTest, TheClockOfACancelledTimerCostsOneIdleTurnAtMost)
{
    Alarm alarm(log_, "timer");
    reactor_.add_timer(alarm, base::monotonic_now() + base::nanos_per_milli);
    reactor_.cancel_timer(alarm);
    readable(20);
    reactor_.turn();
    EXPECT_FALSE(readable(at_once));
    EXPECT_TRUE(log_.empty());
}

TEST_F(ReactorTest, ATurnInsideATurnDoesNothing)
{
    Step outer(log_, "outer"), inner(log_, "inner");
    outer.then = [&] {
        reactor_.resume_later(inner);
        reactor_.turn();
        log_.push_back("end of outer");
    };
    reactor_.resume_later(outer);
    reactor_.turn();
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"outer", "end of outer", "inner"}));
}

TEST_F(ReactorTest, HangUpsAreEvents)
{
    Ear ear(reactor_, log_, "read");
    settle();
    ear.hang_up();
    ASSERT_TRUE(readable(long_enough_ms));
    reactor_.turn();
    EXPECT_TRUE(ear.events & EPOLLRDHUP);
}

TEST_F(ReactorTest, WatchingWhatCannotBeWatchedThrows)
{
    Ear ear(reactor_, log_, "read");
    EXPECT_THROW(reactor_.watch(-1, ear), std::system_error);
}

}  // namespace
}  // namespace locustella::reactor
