// The event loop of one thread: sockets, timers, letters from other threads, and the order of a
// turn.
//
//   Reactor reactor;
//   reactor.watch(fd, connection);            // edge-triggered, both directions, until forget()
//   reactor.timers().add(timer, due);
//   ...                                  // somebody waits until reactor.fd() is readable, then:
//   reactor.turn();
//
// A turn does, in this order:
//   1. every ready descriptor's on_ready(): read, timestamp, parse (at most `batch` of them)
//   2. the letters of other threads and the due timers
//   3. every completion queued meanwhile: resume(), which hands control to whoever waited
//   4. every send queued meanwhile: the requests of one batch of users leave together
//   5. whoever was handed to dispose_later() is destroyed: nobody's function is on the stack now
// so that nothing a user does comes between a byte's arrival and its timestamp. What is left over
// keeps fd() readable: a turn is bounded, and the owner of the thread's loop gets its say in
// between.
//
// Two kinds of timers, because a late thread must not take its own lateness for a server's:
//
//   add_wait()    a user's pause. Strikes as soon as it is due.
//   add_timer()   whatever judges: a deadline. Strikes when it is due AND every descriptor that was
//                 ready by then has had its on_ready(). However late the thread is, and however
//                 many batches are ready, an answer that came before its deadline is read before.
//                 What the reactor cannot know is what raises no event of its own (a body paused
//                 half read): the timer's owner asks look() before it judges.
//
// What a callback throws (no memory, above all) stays in the reactor: the callback's object is told
// by on_thrown(), the owner of the thread by report_exceptions_to(), and the turn goes on with the
// others. Without somebody to report to, turn() rethrows the first at its end.
//
// Under gevent the hub's loop watches fd(), and calls turn() (see bindings); a thread of our own
// calls run() (see engine/reactor_thread.hpp). Sockets are registered once with an epoll set of
// ours; docs/decisions/0003 says why not with Asio's.
//
// Thread: the one that turns it; post() and stop() may be called from any other.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/run_delay.hpp"
#include "reactor/deferred_list.hpp"
#include "reactor/graveyard.hpp"
#include "reactor/lag_meter.hpp"
#include "reactor/lookout.hpp"
#include "reactor/mailbox.hpp"
#include "reactor/stall_meter.hpp"
#include "reactor/timer_queue.hpp"

namespace locustella::reactor {

// Something with a descriptor. `events` are epoll's (EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, ...).
class Watcher {
public:
    virtual void on_ready(std::uint32_t events) = 0;
    // on_ready() has thrown this: whatever depends on the descriptor fails. Not called when it was
    // forgotten by then: the watcher may be gone.
    virtual void on_thrown(const std::exception_ptr&) noexcept {}

protected:
    ~Watcher() = default;  // the owner calls Reactor::forget first
};

// How late the generator itself runs (nanoseconds): these belong beside every result.
struct GeneratorLag {
    LagMeter timer;  // a wait ended this much after it should have
    LagMeter wake;   // a finished request waited this long for its user's turn
    // a request waited this long, once asked for, before it was handed to the kernel
    LagMeter send;
    // ... and, where the test limits connections, this long for one: that is no lateness
    LagMeter pool;
};

class Reactor {
public:
    static constexpr int batch = 256;
    // While stalls are measured the clock strikes at least so often: an idle thread that is stopped
    // has nothing else to be late for.
    static constexpr Nanos stall_tick = 10 * base::nanos_per_milli;

    using ExceptionSink = std::function<void(const std::exception_ptr&)>;

    Reactor();  // throws std::system_error when the process is out of descriptors
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // In a forked child: lets go of what the parent goes on using (an epoll set is shared across
    // fork, so that a child that forgets a descriptor would take it from the parent). The reactor
    // is of no use afterwards.
    void leave_to_parent();
    // Its thread has ended: gives its descriptors and its buffers back. Whoever is still registered
    // may take itself off; nothing is called any more.
    void release();

    int fd() const { return epoll_.get(); }
    void turn();
    // Turns until stop(), which may have been called before, or until `until` (monotonic
    // nanoseconds) has passed.
    void run();
    void run(Nanos until);
    // Any thread. Ends run() after the present turn, and every run() to come at once.
    void stop();
    bool stopped() const { return stop_asked_.load(std::memory_order_acquire); }

    // Called in a turn, after the callback; what it throws itself is dropped.
    void report_exceptions_to(ExceptionSink sink) { sink_ = std::move(sink); }

    // Throws std::system_error when the kernel refuses (out of memory or of watches).
    void watch(int fd, Watcher& watcher);
    // Before the descriptor is closed; also drops what this turn has already harvested for it.
    void forget(int fd, Watcher& watcher);

    // Whether the watcher's descriptor has any of these events at this very moment (epoll's bits,
    // as poll(2) has them); if so, on_ready() has been called with them. For a timer that is about
    // to judge a silence:
    //     if (reactor.look(stream.fd(), *this, EPOLLIN | EPOLLRDHUP))
    //         return;          // on_ready() has seen to it; it may have ended what we judge
    bool look(int fd, Watcher& watcher, std::uint32_t events);

    // For who reads in a turn: since when what it finds may have lain there. See lookout.hpp. The
    // first who asks has those told who own the thread's loop, as without their word of its waits
    // nothing that came since the turn before is certain.
    Nanos unseen_since();
    void tell_when_asked_for_waits(std::function<void()> told) { waits_wanted_ = std::move(told); }
    // The loop is about to wait until fd() is readable, or others are; it has waited.
    void waits();
    void wakes();

    // Whatever was ready by then has been read. A timer that judges takes this for the time, not
    // the clock: the clock has gone on since the look.
    Nanos seen_until() const { return seen_until_; }
    // When the present turn, or the last one, looked.
    Nanos polled_at() const { return polled_at_; }

    void add_timer(Timer& timer, Nanos due) { add(timer, due, /*wait=*/false); }
    void add_wait(Timer& timer, Nanos due) { add(timer, due, /*wait=*/true); }
    void cancel_timer(Timer& timer) { (timer.is_wait_ ? waits_ : timers_).cancel(timer); }
    std::size_t armed_timers() const { return timers_.size() + waits_.size(); }

    void post(Mailbox::Letter letter) { mailbox_.post(std::move(letter)); }

    // Queues a completion or a send for this turn, or, outside of one, for the next.
    // Neither takes memory: an error can always be told.
    void resume_later(Deferred& waiter) noexcept;
    void send_later(Deferred& sender) noexcept;
    void withdraw(Deferred& item) noexcept;
    // For a waiting user whom this turn has resumed, and who waits again: whom it would resume
    // next (Deferred::hand_over). He may do so himself, which saves the way by the turn. nullptr:
    // nobody, or the turn has more to do than that.
    void* next_to_resume() noexcept { return completions_.next_in_run(); }
    // Destroys the object when the turn is over: for one whose own function may be running. It must
    // have ended what it had under way.
    template <std::derived_from<Mortal> Object>
    void dispose_later(std::unique_ptr<Object> object) noexcept
    {
        graveyard_.bury(std::move(object));
        ask_for_a_turn();
    }
    bool anything_queued() const { return !completions_.empty() || !sends_.empty(); }
    bool in_turn() const { return in_turn_; }

    GeneratorLag& lag() { return lag_; }
    // Measures stalls from now on, until stop_measuring_stalls().
    void measure_stalls();
    void stop_measuring_stalls();
    // As things stand now, the present turn included.
    StallMeter stalls() const;
    std::uint64_t turns() const { return turns_; }

    // A buffer that whoever reads may use until it returns: idle connections keep none of their
    // own.
    std::vector<char>& scratch() { return scratch_; }

private:
    void add(Timer& timer, Nanos due, bool wait);
    void harvest();
    void note_seen(int harvested);
    void fire_timers();
    std::optional<Nanos> next_due() const;
    void note_stall_before(Nanos poll);
    void end_turn();
    void arm_clock(Nanos now, std::optional<Nanos> next);
    void set_clock(Nanos due) noexcept;
    void ask_for_a_turn() noexcept;
    void wait_for_work();
    template <class Phase, class Culprit>
    void guarded(Phase phase, Culprit culprit);
    void report(const std::exception_ptr& thrown);

    base::Descriptor epoll_;
    base::Descriptor clock_;
    Nanos clock_armed_for_ = 0;  // 0: not armed
    Mailbox mailbox_;
    TimerQueue timers_;
    TimerQueue waits_;
    DeferredList completions_;
    DeferredList sends_;
    Graveyard graveyard_;
    std::vector<Watcher*> ready_;  // of the batch being dispatched; forgotten ones are nulled
    std::vector<char> scratch_;
    GeneratorLag lag_;
    StallMeter stalls_;
    Lookout lookout_;
    base::RunDelay run_delay_;
    Nanos delayed_before_ = 0;
    std::function<void()> waits_wanted_;  // called once
    ExceptionSink sink_;
    std::exception_ptr unreported_;  // where there is no sink
    std::uint64_t turns_ = 0;

    Nanos polled_at_ = 0;   // this turn began to look
    Nanos seen_until_ = 0;  // whatever was ready by then has been read
    Nanos tick_due_ = 0;    // while stalls are measured
    // More than a batch is ready: since when it is being read, and how many there can be at most.
    Nanos sweep_began_ = 0;
    std::ptrdiff_t sweep_left_ = 0;
    std::ptrdiff_t watched_ = 0;  // descriptors

    bool waits_matter_ = false;  // somebody has asked
    bool sweeping_ = false;
    bool found_ = false;      // the last turn has found something ready
    bool left_over_ = false;  // ... and has left something to do at once
    bool in_turn_ = false;
    std::atomic<bool> stop_asked_ = false;
};

}  // namespace locustella::reactor
