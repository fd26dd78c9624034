// Timers of one reactor: a heap of timers that live in their owners.
//
//   struct Pause : Timer { void on_timer(Nanos late_by) override { ... } } pause;
//   queue.add(pause, now + 5'000'000);   // in 5 ms; adding an armed timer again moves it
//   queue.cancel(pause);                 // harmless when it is not armed
//   queue.fire_due(now, 256);            // runs the due ones, earliest first
//
// A timer is disarmed before its on_timer() runs, so on_timer() may add it again or destroy it.
// When one throws, fire_due() passes that on; a further call goes on with the others. The clock is
// the caller's. Cost: O(log n) to add and to cancel, no allocation once the heap has grown.
//
// Thread: the reactor's alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace locustella::reactor {

using base::Nanos;

class Timer {
public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // `late_by`: nanoseconds between the time asked for and now; never negative.
    virtual void on_timer(Nanos late_by) = 0;
    // on_timer() has thrown this: whatever depends on the timer fails. Not called when on_timer()
    // had cancelled it by then: it may be gone.
    virtual void on_thrown(const std::exception_ptr&) noexcept {}

    bool armed() const { return place_ != none; }
    Nanos due() const { return due_; }

protected:
    ~Timer() = default;  // the owner cancels first

private:
    friend class Reactor;
    friend class TimerQueue;
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    Nanos due_ = 0;
    std::uint64_t order_ = 0;  // first come, first served among equals
    std::uint32_t place_ = none;
    bool is_wait_ = false;  // which of the reactor's queues it was added to last
};

class TimerQueue {
public:
    void add(Timer& timer, Nanos due);
    void cancel(Timer& timer);

    std::optional<Nanos> next_due() const
    {
        return heap_.empty() ? std::nullopt : std::optional{heap_.front()->due_};
    }
    std::size_t size() const { return heap_.size(); }

    // Runs at most `most` due timers and returns how many it ran. A timer that a callback adds is
    // due after `now` at the earliest, so a callback can neither keep this call busy nor overtake
    // those who wait.
    std::size_t fire_due(Nanos now, std::size_t most);

    // Whose on_timer() has just thrown; nullptr when it was cancelled since.
    Timer* culprit() const { return running_; }

private:
    static constexpr Nanos always = std::numeric_limits<Nanos>::min();

    static bool before(const Timer& a, const Timer& b);
    void place(Timer& timer, std::size_t at);
    void sift_up(std::size_t at);
    void sift_down(std::size_t at);
    void remove_at(std::size_t at);

    std::vector<Timer*> heap_;
    Timer* running_ = nullptr;
    std::uint64_t added_ = 0;
    Nanos not_before_ = always;
};

}  // namespace locustella::reactor
