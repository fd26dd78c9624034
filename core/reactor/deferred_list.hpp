// What a turn of the reactor runs once, later: completions and sends, as lists of objects that live
// in their owners.
//
//   struct Step : Deferred { void run_deferred() override { ... } } step;
//   list.push(step);                     // a second push does nothing
//   list.withdraw(step);                 // harmless when it is not queued
//   list.run();
//
// Thread: the reactor's alone.
#pragma once

#include <cstddef>
#include <exception>
#include <vector>

namespace locustella::reactor {

// Something that a turn runs once after its phase 1 or 2: a waiting user, or a queued send.
class Deferred {
public:
    Deferred() = default;
    Deferred(const Deferred&) = delete;
    Deferred& operator=(const Deferred&) = delete;

    virtual void run_deferred() = 0;
    // run_deferred() has thrown this. Not called when it was withdrawn by then: it may be gone.
    virtual void on_thrown(const std::exception_ptr&) noexcept {}
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
    // When one throws, that is passed on; a further call goes on with the others.
    std::size_t run();

    // Whose run_deferred() has just thrown; nullptr when it was withdrawn since.
    Deferred* culprit() const { return culprit_; }

private:
    void relocate();

    std::vector<Deferred*> pending_;
    std::vector<Deferred*> running_;
    std::size_t next_ = 0;  // of those
    Deferred* culprit_ = nullptr;
    bool in_run_ = false;
};

}  // namespace locustella::reactor
