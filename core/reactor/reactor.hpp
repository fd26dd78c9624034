// The event loop of one thread: sockets, timers, letters from other threads, and the order of a
// turn.
//
//   Reactor reactor;
//   reactor.watch(fd, connection);            // edge-triggered, both directions, until forget()
//   reactor.timers().add(timer, due);
//   ...                                       // somebody waits until reactor.fd() is readable, then:
//   reactor.turn();
//
// A turn does, in this order:
//   1. every ready descriptor's on_ready(): read, timestamp, parse (at most `batch` of them)
//   2. the due timers and the letters of other threads
//   3. every completion queued meanwhile: resume(), which hands control to whoever waited
//   4. every send queued meanwhile: the requests of one batch of users leave together
//   5. whoever was handed to dispose_later() is destroyed: nobody's function is on the stack now
// so that nothing a user does comes between a byte's arrival and its timestamp. What is left over
// keeps fd() readable: a turn is bounded, and the owner of the thread's loop gets its say in
// between.
//
// Under gevent the hub's loop watches fd(), and calls turn() (see bindings); a thread of our own
// calls run(). Sockets are registered once with an epoll set of ours; docs/decisions/0003 says why
// not with Asio's.
//
// Thread: the one that turns it; post() alone may be called from any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "reactor/graveyard.hpp"
#include "reactor/lag_meter.hpp"
#include "reactor/mailbox.hpp"
#include "reactor/timer_queue.hpp"

namespace locustella::reactor {

// Something with a descriptor. `events` are epoll's (EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, ...).
class Watcher {
public:
    virtual void on_ready(std::uint32_t events) = 0;

protected:
    ~Watcher() = default;  // the owner calls Reactor::forget first
};

// Something that a turn runs once after its phase 1 or 2: a waiting user, or a queued send.
class Deferred {
public:
    Deferred() = default;
    Deferred(const Deferred&) = delete;
    Deferred& operator=(const Deferred&) = delete;

    virtual void run_deferred() = 0;
    bool queued() const { return place_ != nullptr; }

protected:
    ~Deferred() = default;  // the owner calls Reactor::withdraw first

private:
    friend class DeferredList;
    Deferred** place_ = nullptr;  // our place in a list of this turn
};

// A list that may be appended to and withdrawn from while it is being run.
class DeferredList {
public:
    ~DeferredList();
    void push(Deferred& item);
    void withdraw(Deferred& item);
    bool empty() const { return pending_.empty(); }
    // Runs what is queued at the call; later pushes wait for the next call. Returns how many ran.
    std::size_t run();

private:
    void relocate();

    std::vector<Deferred*> pending_;
    std::vector<Deferred*> running_;
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

    Reactor();  // throws std::system_error when the process is out of descriptors
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // The reactor of the calling thread, or nullptr. Set by whoever owns it.
    static Reactor* current();
    static void set_current(Reactor* reactor);

    // In a forked child: lets go of what the parent goes on using (an epoll set is shared across
    // fork, so that a child that forgets a descriptor would take it from the parent). The reactor
    // is of no use afterwards.
    void leave_to_parent();

    int fd() const { return epoll_fd_; }
    void turn();
    // Turns until stop() is called or `until` (monotonic nanoseconds) has passed.
    void run(Nanos until);
    void stop() { stopped_ = true; }

    // Throws std::system_error when the kernel refuses (out of memory or of watches).
    void watch(int fd, Watcher& watcher);
    // Before the descriptor is closed; also drops what this turn has already harvested for it.
    void forget(int fd, Watcher& watcher);

    void add_timer(Timer& timer, Nanos due);
    void cancel_timer(Timer& timer) { timers_.cancel(timer); }
    std::size_t armed_timers() const { return timers_.size(); }

    void post(Mailbox::Letter letter) { mailbox_.post(std::move(letter)); }

    // Queues a completion or a send for this turn, or, outside of one, for the next.
    void resume_later(Deferred& waiter);
    void send_later(Deferred& sender);
    void withdraw(Deferred& item);
    // Destroys the object when the turn is over: for one whose own function may be running. It must
    // have ended what it had under way.
    template <typename Object>
    void dispose_later(std::unique_ptr<Object> object)
    {
        graveyard_.bury(std::move(object));
        ask_for_a_turn();
    }
    bool anything_queued() const { return !completions_.empty() || !sends_.empty(); }
    bool in_turn() const { return in_turn_; }

    GeneratorLag& lag() { return lag_; }
    std::uint64_t turns() const { return turns_; }

    // A buffer that whoever reads may use until it returns: idle connections keep none of their
    // own.
    std::vector<char>& scratch() { return scratch_; }

private:
    void harvest();
    void fire_timers();
    void arm_clock();
    void ask_for_a_turn();

    int epoll_fd_;
    int clock_fd_;
    Nanos clock_armed_for_ = 0;  // 0: not armed
    Mailbox mailbox_;
    TimerQueue timers_;
    DeferredList completions_;
    DeferredList sends_;
    Graveyard graveyard_;
    std::vector<Watcher*> ready_;  // of the batch being dispatched; forgotten ones are nulled
    std::vector<char> scratch_;
    GeneratorLag lag_;
    std::uint64_t turns_ = 0;
    bool in_turn_ = false;
    bool stopped_ = false;
};

}  // namespace locustella::reactor
