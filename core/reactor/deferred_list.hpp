// What a turn of the reactor runs once, later: completions and sends, as lists of objects that live
// in their owners.
//
//   struct Step : Deferred { void run_deferred() override { ... } } step;
//   list.push(step);                     // a second push does nothing
//   list.withdraw(step);                 // harmless when it is not queued
//   list.run();
//
// The objects are strung together by themselves, so none of this takes memory, and nothing but a
// run_deferred() can fail: who has to be told that there is no memory can be.
//
// Thread: the reactor's alone.
#pragma once

#include <cstddef>
#include <exception>

namespace locustella::reactor {

// Bytes of what is deferred or watched that are fetched ahead of its turn: see base/prefetch.hpp.
inline constexpr std::size_t soon_used = 640;

// A link of a ring; alone in none.
struct DeferredLink {
    DeferredLink* before = nullptr;
    DeferredLink* after = nullptr;
};

// Something that a turn runs once after its phase 1 or 2: a waiting user, or a queued send.
class Deferred : private DeferredLink {
public:
    Deferred() = default;
    Deferred(const Deferred&) = delete;
    Deferred& operator=(const Deferred&) = delete;

    virtual void run_deferred() = 0;
    // run_deferred() has thrown this. Not called when it was withdrawn by then: it may be gone.
    virtual void on_thrown(const std::exception_ptr&) noexcept {}
    // Of one that only switches to a waiting greenlet: marks it as woken and returns it, for the
    // caller to switch. nullptr: nothing has been done, run_deferred() is to be called.
    virtual void* hand_over() noexcept { return nullptr; }
    bool queued() const { return after != nullptr; }

protected:
    ~Deferred() = default;  // the owner calls Reactor::withdraw first

private:
    friend class DeferredList;
};

// A list that may be appended to and withdrawn from while it is being run.
class DeferredList {
public:
    DeferredList() = default;
    ~DeferredList();
    DeferredList(const DeferredList&) = delete;
    DeferredList& operator=(const DeferredList&) = delete;

    void push(Deferred& item) noexcept;
    void withdraw(Deferred& item) noexcept;
    bool empty() const { return pending_.after == &pending_; }
    // Runs what is queued at the call; later pushes wait for the next call. Returns how many it ran
    // itself, without those that next_in_run() gave out. When one throws, that is passed on; a
    // further call goes on with the others.
    std::size_t run();
    // For somebody whom this run() has called, and who has nothing more to do: to whom he can hand
    // the thread himself, as run() would next. nullptr: to run().
    void* next_in_run() noexcept;

    // Whose run_deferred() has just thrown; nullptr when it was withdrawn since.
    Deferred* culprit() const { return culprit_; }

private:
    static void unlink(DeferredLink& link);
    Deferred* take_first();

    // Rings, closed by themselves.
    DeferredLink pending_{&pending_, &pending_};
    DeferredLink running_{&running_, &running_};
    Deferred* culprit_ = nullptr;
    bool in_run_ = false;
};

}  // namespace locustella::reactor
