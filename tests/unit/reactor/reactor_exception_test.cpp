// What a callback throws: who is told, and that the others have their turn.
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "unit/reactor/reactor_fixture.hpp"

namespace locustella::reactor {
namespace {

[[noreturn]] void no_memory()
{
    throw std::bad_alloc();
}

// A callback's object that writes down what it threw.
template <class Base>
struct Failing : Base {
    using Base::Base;
    void on_thrown(const std::exception_ptr&) noexcept override { ++told; }
    int told = 0;
};

class ReactorExceptionTest : public ReactorTest {
protected:
    ReactorExceptionTest()
    {
        reactor_.report_exceptions_to([this](const std::exception_ptr&) { ++reported_; });
    }

    int reported_ = 0;
};

TEST_F(ReactorExceptionTest, EachCallbackIsToldAndTheOthersHaveTheirTurn)
{
    Failing<Ear> ear(reactor_, log_, "read");
    Failing<Alarm> alarm(log_, "timer"), wait(log_, "wait");
    Failing<Step> completion(log_, "completion"), send(log_, "send");
    Ear good_ear(reactor_, log_, "good read");
    Alarm good_alarm(log_, "good timer");
    Step good_completion(log_, "good completion"), good_send(log_, "good send");
    settle();
    ear.then = alarm.then = wait.then = completion.then = send.then = no_memory;
    ear.speak();
    good_ear.speak();
    reactor_.post([this] {
        log_.push_back("letter");
        no_memory();
    });
    reactor_.post([this] { log_.push_back("good letter"); });
    for (Timer* timer : {static_cast<Timer*>(&alarm), static_cast<Timer*>(&good_alarm)})
        reactor_.add_timer(*timer, base::monotonic_now());
    reactor_.add_wait(wait, base::monotonic_now());
    reactor_.resume_later(completion);
    reactor_.resume_later(good_completion);
    reactor_.send_later(send);
    reactor_.send_later(good_send);
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"read", "good read", "letter", "good letter", "timer", "good timer",
                         "wait", "completion", "good completion", "send", "good send"}));
    EXPECT_EQ(reported_, 6);
    for (const int told : {ear.told, alarm.told, wait.told, completion.told, send.told})
        EXPECT_EQ(told, 1);
    EXPECT_FALSE(reactor_.in_turn());
    reactor_.turn();
    EXPECT_EQ(reported_, 6);
}

TEST_F(ReactorExceptionTest, WhoHasTakenItselfOffIsNotTold)
{
    Failing<Ear> ear(reactor_, log_, "read");
    Failing<Alarm> alarm(log_, "timer");
    Failing<Step> step(log_, "step");
    settle();
    ear.then = [&] {
        ear.forget();
        no_memory();
    };
    alarm.then = [&] {
        reactor_.cancel_timer(alarm);
        no_memory();
    };
    step.then = [&] {
        reactor_.withdraw(step);
        no_memory();
    };
    ear.speak();
    reactor_.add_timer(alarm, base::monotonic_now());
    reactor_.resume_later(step);
    reactor_.turn();
    EXPECT_EQ(reported_, 3);
    EXPECT_EQ(ear.told + alarm.told + step.told, 0);
}

TEST_F(ReactorExceptionTest, ATimerThatThrewMayBeAddedAgain)
{
    Failing<Alarm> alarm(log_, "timer");
    alarm.then = [&] {
        if (log_.size() == 1) {
            reactor_.add_timer(alarm, base::monotonic_now());
            no_memory();
        }
    };
    reactor_.add_timer(alarm, base::monotonic_now());
    for (int i = 0; i < 3; ++i)
        reactor_.turn();
    EXPECT_EQ(log_, (Log{"timer", "timer"}));
    EXPECT_EQ(reactor_.armed_timers(), 0u);
}

TEST_F(ReactorExceptionTest, AReportThatThrowsIsDropped)
{
    reactor_.report_exceptions_to([](const std::exception_ptr&) { no_memory(); });
    Step first(log_, "first"), second(log_, "second");
    first.then = no_memory;
    reactor_.resume_later(first);
    reactor_.resume_later(second);
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"first", "second"}));
}

TEST_F(ReactorExceptionTest, WithNobodyToReportToTheFirstComesOutOfTheTurnAtItsEnd)
{
    reactor_.report_exceptions_to(nullptr);
    Step first(log_, "first"), second(log_, "second"), send(log_, "send");
    first.then = [] { throw std::runtime_error("the first"); };
    second.then = no_memory;
    reactor_.resume_later(first);
    reactor_.resume_later(second);
    reactor_.send_later(send);
    EXPECT_THROW(reactor_.turn(), std::runtime_error);
    EXPECT_EQ(log_, (Log{"first", "second", "send"}));
    reactor_.turn();
}

TEST_F(ReactorExceptionTest, LettersBehindOneThatThrewComeInTheSameTurnAndInTheirOrder)
{
    for (const char* name : {"one", "two", "three"})
        reactor_.post([this, name] {
            log_.push_back(name);
            if (log_.size() < 3)
                no_memory();
        });
    reactor_.turn();
    EXPECT_EQ(log_, (Log{"one", "two", "three"}));
    EXPECT_EQ(reported_, 2);
}

}  // namespace
}  // namespace locustella::reactor
