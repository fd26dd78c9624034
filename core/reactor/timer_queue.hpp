// Timers of one reactor: a heap of timers that live in their owners.
//
//   struct Pause : Timer { void on_timer(Nanos late_by) override { ... } } pause;
//   queue.add(pause, now + 5'000'000);   // in 5 ms; adding an armed timer again moves it
//   queue.cancel(pause);                 // harmless when it is not armed
//   queue.fire_due(now, 256);            // runs the due ones, earliest first
//
// A timer is disarmed before its on_timer() runs, so on_timer() may add it again or destroy it. The
// clock is the caller's. Cost: O(log n) to add and to cancel, no allocation once the heap has
// grown.
//
// Thread: the reactor's alone.
#pragma once

#include <cstddef>
#include <cstdint>
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

    bool armed() const { return place_ != none; }
    Nanos due() const { return due_; }

protected:
    ~Timer() = default;  // the owner cancels first

private:
    friend class TimerQueue;
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    Nanos due_ = 0;
    std::uint64_t turn_ = 0;  // first come, first served among equals
    std::size_t place_ = none;
};

class TimerQueue {
public:
    void add(Timer& timer, Nanos due);
    void cancel(Timer& timer);

    std::optional<Nanos> next_due() const;
    std::size_t size() const { return heap_.size(); }

    // Runs at most `most` due timers and returns how many it ran. A timer that a callback adds is
    // due after `now` at the earliest, so a callback can neither keep this call busy nor overtake
    // those who wait.
    std::size_t fire_due(Nanos now, std::size_t most);

private:
    static constexpr Nanos always = std::numeric_limits<Nanos>::min();

    static bool before(const Timer& a, const Timer& b);
    void place(Timer& timer, std::size_t at);
    void sift_up(std::size_t at);
    void sift_down(std::size_t at);
    void remove_at(std::size_t at);

    std::vector<Timer*> heap_;
    std::uint64_t turns_ = 0;
    Nanos not_before_ = always;
};

}  // namespace locustella::reactor
