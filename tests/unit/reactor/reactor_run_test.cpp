// A reactor that a thread of its own runs: until when, and who may end it.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "unit/reactor/reactor_fixture.hpp"

namespace locustella::reactor {
namespace {

class ReactorRunTest : public ReactorTest {};

std::ptrdiff_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

// A reactor has an epoll set, a clock and a mailbox.
TEST_F(ReactorRunTest, OneThatIsShortOfDescriptorsLeavesNoneBehind)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const auto open = open_descriptors();
    for (const int left : {0, 1, 2}) {
        const rlimit few{static_cast<rlim_t>(lowest_free + left), before.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
        EXPECT_THROW(Reactor(), std::system_error) << left;
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
        EXPECT_EQ(open_descriptors(), open) << left;
    }
}

TEST_F(ReactorRunTest, EndsWhenALetterStopsIt)
{
    std::thread other([this] { reactor_.post([this] { reactor_.stop(); }); });
    reactor_.run(base::monotonic_now() + 60 * base::nanos_per_second);
    other.join();
    EXPECT_GT(reactor_.turns(), 0u);
}

TEST_F(ReactorRunTest, EndsWhenTheTimeIsUp)
{
    const Nanos until = base::monotonic_now() + 5 * base::nanos_per_milli;
    reactor_.run(until);
    EXPECT_GE(base::monotonic_now(), until);
    EXPECT_EQ(reactor_.armed_timers(), 0u);
}

TEST_F(ReactorRunTest, ForEverEndsWhenAnotherThreadStopsIt)
{
    std::thread runner([this] { reactor_.run(); });
    reactor_.stop();
    runner.join();
    EXPECT_TRUE(reactor_.stopped());
}

TEST_F(ReactorRunTest, ASleepingOneIsWokenToStop)
{
    std::atomic<bool> sleeps = false;
    Alarm alarm(log_, "never");
    reactor_.add_timer(alarm, base::monotonic_now() + 3600 * base::nanos_per_second);
    std::thread runner([&] { reactor_.run(); });
    reactor_.post([&] { sleeps = true; });
    while (!sleeps)
        std::this_thread::yield();
    reactor_.stop();
    runner.join();
    reactor_.cancel_timer(alarm);
    EXPECT_TRUE(log_.empty());
}

TEST_F(ReactorRunTest, StoppedBeforeAndTwiceItDoesNotBegin)
{
    Step step(log_, "step");
    reactor_.stop();
    reactor_.stop();
    reactor_.resume_later(step);
    reactor_.run();
    reactor_.run(base::monotonic_now() + 60 * base::nanos_per_second);
    EXPECT_TRUE(log_.empty());
    reactor_.withdraw(step);
}

TEST_F(ReactorRunTest, NoStopIsLostHoweverItMeetsTheTurns)
{
    for (int round = 0; round < 300; ++round) {
        Reactor reactor;
        std::thread runner([&] { reactor.run(); });
        for (int i = 0; i < round % 7; ++i)
            reactor.post([] {});
        reactor.stop();
        runner.join();
    }
}

TEST_F(ReactorRunTest, EveryLetterPostedWhileItRunsArrives)
{
    constexpr int letters = 2000;
    int arrived = 0;
    std::thread writer([&] {
        for (int i = 0; i < letters; ++i)
            reactor_.post([&] {
                if (++arrived == letters)
                    reactor_.stop();
            });
    });
    reactor_.run();
    writer.join();
    EXPECT_EQ(arrived, letters);
}

TEST_F(ReactorRunTest, TimersAndSocketsAreServedWhileItRuns)
{
    Alarm alarm(log_, "timer");
    Ear ear(reactor_, log_, "read");
    settle();
    alarm.then = [&] { ear.speak(); };
    ear.then = [&] { reactor_.stop(); };
    reactor_.add_wait(alarm, base::monotonic_now() + base::nanos_per_milli);
    reactor_.run();
    EXPECT_EQ(log_, (Log{"timer", "read"}));
}

TEST_F(ReactorRunTest, AReleasedOneTakesLettersAndStopsAndDropsThem)
{
    Alarm alarm(log_, "timer");
    Ear ear(reactor_, log_, "read");
    settle();
    reactor_.add_timer(alarm, 1);
    reactor_.release();
    reactor_.post([this] { log_.push_back("letter"); });
    reactor_.stop();
    ear.speak();
    reactor_.turn();
    EXPECT_EQ(reactor_.fd(), -1);
    reactor_.cancel_timer(alarm);
    EXPECT_EQ(log_, (Log{"timer"}));  // a turn would still do it: but nobody turns it
}

}  // namespace
}  // namespace locustella::reactor
