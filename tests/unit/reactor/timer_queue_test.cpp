#include "reactor/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace locustella::reactor {
namespace {

constexpr std::size_t no_limit = 1'000'000;

struct Recorder : Timer {
    explicit Recorder(std::vector<int>& fired, int id = 0) : fired_(&fired), id_(id) {}

    void on_timer(Nanos late_by) override
    {
        late = late_by;
        fired_->push_back(id_);
        if (then)
            then();
    }

    Nanos late = -1;
    std::function<void()> then;

private:
    std::vector<int>* fired_;
    int id_;
};

// The same queue, as simply as it can be written: a list in order of adding.
class NaiveQueue {
public:
    void add(int id, Nanos due)
    {
        cancel(id);
        timers_.push_back({id, due});
    }

    void cancel(int id)
    {
        std::erase_if(timers_, [id](const Armed& t) { return t.id == id; });
    }

    std::vector<int> fire(Nanos now, std::size_t most)
    {
        auto order = timers_;
        std::stable_sort(order.begin(), order.end(),
                         [](auto& a, auto& b) { return a.due < b.due; });
        std::vector<int> fired;
        for (const auto& timer : order) {
            if (timer.due > now || fired.size() == most)
                break;
            fired.push_back(timer.id);
            cancel(timer.id);
        }
        return fired;
    }

    std::size_t size() const { return timers_.size(); }

private:
    struct Armed {
        int id;
        Nanos due;
    };
    std::vector<Armed> timers_;
};

TEST(TimerQueue, DoesWhatANaiveListDoes)
{
    std::mt19937 random{7};
    const auto pick = [&random](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    std::vector<int> fired;
    std::vector<std::unique_ptr<Recorder>> timers;
    for (int id = 0; id < 64; ++id)
        timers.push_back(std::make_unique<Recorder>(fired, id));
    TimerQueue queue;
    NaiveQueue naive;
    Nanos now = 0;
    for (int step = 0; step < 20'000; ++step) {
        const int id = pick(64);
        if (const int what = pick(10); what < 6) {
            const Nanos due = now + pick(50);  // many share a due time
            queue.add(*timers[id], due);
            naive.add(id, due);
        } else if (what < 8) {
            queue.cancel(*timers[id]);
            naive.cancel(id);
        } else {
            now += pick(20);
            const std::size_t most = 1 + pick(12);
            fired.clear();
            const auto count = queue.fire_due(now, most);
            ASSERT_EQ(count, fired.size()) << "step " << step;
            ASSERT_EQ(fired, naive.fire(now, most)) << "step " << step;
        }
        ASSERT_EQ(queue.size(), naive.size()) << "step " << step;
    }
    for (auto& timer : timers)
        queue.cancel(*timer);
    EXPECT_EQ(queue.next_due(), std::nullopt);
}

TEST(TimerQueue, TellsTheEarliestDueTime)
{
    std::vector<int> fired;
    Recorder a(fired), b(fired);
    TimerQueue queue;
    EXPECT_EQ(queue.next_due(), std::nullopt);
    queue.add(a, 30);
    queue.add(b, 20);
    EXPECT_EQ(queue.next_due(), 20);
    queue.cancel(b);
    EXPECT_EQ(queue.next_due(), 30);
    queue.add(a, 40);
    EXPECT_EQ(queue.next_due(), 40);
    EXPECT_EQ(queue.size(), 1u);
}

TEST(TimerQueue, FiresAtTheDueTimeAndSaysHowLateItIs)
{
    std::vector<int> fired;
    Recorder exact(fired, 1), late(fired, 2);
    TimerQueue queue;
    queue.add(exact, 100);
    queue.add(late, 60);
    EXPECT_EQ(queue.fire_due(59, no_limit), 0u);
    EXPECT_EQ(queue.fire_due(100, no_limit), 2u);
    EXPECT_EQ(fired, (std::vector{2, 1}));
    EXPECT_EQ(exact.late, 0);
    EXPECT_EQ(late.late, 40);
}

TEST(TimerQueue, ATimerIsDisarmedBeforeItRunsAndMayArmItselfAgain)
{
    std::vector<int> fired;
    Recorder timer(fired);
    TimerQueue queue;
    bool armed_inside = true;
    timer.then = [&] {
        armed_inside = timer.armed();
        queue.add(timer, 20);
    };
    queue.add(timer, 10);
    EXPECT_EQ(queue.fire_due(15, no_limit), 1u);
    EXPECT_FALSE(armed_inside);
    EXPECT_TRUE(timer.armed());
    EXPECT_EQ(queue.next_due(), 20);
    queue.cancel(timer);
}

TEST(TimerQueue, ACallbackCannotKeepOneCallBusy)
{
    std::vector<int> fired;
    Recorder eager(fired);
    TimerQueue queue;
    eager.then = [&] { queue.add(eager, 0); };
    queue.add(eager, 0);
    EXPECT_EQ(queue.fire_due(1000, no_limit), 1u);
    EXPECT_EQ(queue.fire_due(1000 + 1, no_limit), 1u);
    queue.cancel(eager);
}

TEST(TimerQueue, ATimerThatIsAlwaysOverdueDoesNotStarveTheOthers)
{
    std::vector<int> fired;
    Recorder eager(fired, 1), patient(fired, 2);
    TimerQueue queue;
    eager.then = [&] { queue.add(eager, 0); };
    queue.add(eager, 0);
    queue.add(patient, 5);
    queue.fire_due(1000, no_limit);
    EXPECT_EQ(fired, (std::vector{1, 2}));
    queue.cancel(eager);
}

TEST(TimerQueue, ACallbackMayCancelOthersThatAreDue)
{
    std::vector<int> fired;
    Recorder first(fired, 1), second(fired, 2), third(fired, 3);
    TimerQueue queue;
    first.then = [&] { queue.cancel(second); };
    queue.add(first, 1);
    queue.add(second, 2);
    queue.add(third, 3);
    EXPECT_EQ(queue.fire_due(10, no_limit), 2u);
    EXPECT_EQ(fired, (std::vector{1, 3}));
    EXPECT_FALSE(second.armed());
}

TEST(TimerQueue, ACallbackMayDestroyItsTimerAndOthers)
{
    std::vector<int> fired;
    TimerQueue queue;
    auto self = std::make_unique<Recorder>(fired, 1);
    auto other = std::make_unique<Recorder>(fired, 2);
    queue.add(*self, 1);
    queue.add(*other, 2);
    self->then = [&] {
        queue.cancel(*other);
        other.reset();
        const auto doomed = std::move(self);
    };
    EXPECT_EQ(queue.fire_due(10, no_limit), 1u);
    EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, WhatIsLeftOverFiresInTheNextCall)
{
    std::vector<int> fired;
    std::vector<std::unique_ptr<Recorder>> timers;
    TimerQueue queue;
    for (int id = 0; id < 10; ++id) {
        timers.push_back(std::make_unique<Recorder>(fired, id));
        queue.add(*timers.back(), id);
    }
    EXPECT_EQ(queue.fire_due(100, 4), 4u);
    EXPECT_EQ(queue.fire_due(100, 4), 4u);
    EXPECT_EQ(queue.fire_due(100, 4), 2u);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST(TimerQueue, CancellingWhatIsNotArmedDoesNothing)
{
    std::vector<int> fired;
    Recorder timer(fired);
    TimerQueue queue;
    queue.cancel(timer);
    queue.add(timer, 1);
    queue.cancel(timer);
    queue.cancel(timer);
    EXPECT_EQ(queue.fire_due(10, no_limit), 0u);
}

}  // namespace
}  // namespace locustella::reactor
