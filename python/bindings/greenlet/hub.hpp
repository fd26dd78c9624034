// The native reactor on the gevent hub's thread, and how a greenlet waits for it.
//
//   Hub* hub = Hub::of_this_thread();          // made at the first call; nullptr: a Python error
//   Waiter waiter(*hub);
//   hub->reactor().... waiter.wake() ...       // some time later, in a turn of the reactor
//   if (!waiter.wait()) return nullptr;        // the greenlet was killed or timed out: clean up
//
// One io watcher of the hub's loop watches the reactor's descriptor and runs its turns. It holds a
// reference to the loop only while somebody waits, so that gevent still notices a deadlock and
// gevent.wait() still returns.
//
// Greenlet stacks move when greenlets switch: a Waiter lives on the heap or in a static place,
// never on the stack of the greenlet that waits, and no native code keeps a pointer into such a
// stack.
//
// What a callback throws in a turn (no memory, above all) never reaches gevent's loop: it is
// printed, once for each kind, and the test goes on.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <greenlet/greenlet.h>

#include <array>
#include <cstdint>
#include <memory>

#include "engine/thread_context.hpp"

namespace locustella::bindings {

class SpareExchanges;

class Hub {
public:
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    static Hub* of_this_thread();

    // What the calling thread has, and nullptr without an error where it has none.
    static Hub* existing();

    reactor::Reactor& reactor() { return context_.reactor(); }
    client::Context& http() { return context_.http(); }
    PyGreenlet* greenlet() const { return greenlet_; }
    SpareExchanges& spares() { return *spares_; }

    // How many greenlets wait: the watcher is referenced while it is not zero.
    void begin_wait();
    void end_wait();
    std::size_t waiting() const { return waiting_; }

    // Switches from native code count: a task loop asks whether its task has yielded.
    std::uint64_t switches() const { return switches_; }
    void count_switch() { ++switches_; }

    // In a forked child: see Reactor::leave_to_parent.
    void leave_to_parent();
    // Whether this is such a child, and the hub its parent's.
    bool is_of_parent() const;
    // Its thread, or that thread's gevent hub, has ended: the descriptors go, the object stays,
    // because sessions of other threads may still point to it. They are told that they are on a
    // wrong thread.
    void retire();

private:
    Hub();
    void attach(PyObject* gevent_hub);
    void watch_waits();
    void stop_watchers();
    // Whether gevent's hub still has its loop: a worker thread of gevent's pool loses it with every
    // task.
    bool usable() const;

    engine::ThreadContext context_;
    std::unique_ptr<SpareExchanges> spares_;
    PyGreenlet* greenlet_ = nullptr;
    PyObject* watcher_ = nullptr;
    // ... of the loop's waits, before and behind each; nullptr: nobody has asked
    std::array<PyObject*, 2> of_waits_{};
    std::size_t waiting_ = 0;
    std::uint64_t switches_ = 0;
    std::uint32_t forks_before_;  // it was made
    bool retired_ = false;
    bool lasting_ = false;  // the main thread's: its loop lives as long as the process
};

// A greenlet that waits for something native.
class Waiter {
public:
    Waiter() = default;
    ~Waiter() { Py_XDECREF(greenlet_); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Switches away until wake() or call(): to the greenlet that the reactor's turn would resume
    // next, or to the hub. False, with the Python error set, when something was thrown into the
    // greenlet meanwhile or when it is the hub itself.
    bool wait(Hub& hub);

    // Switches to the waiting greenlet at once; from the reactor's completion phase only. Returns
    // when it blocks again or ends. Harmless when nobody waits.
    void wake(Hub& hub);

    // Woken, but for the switch, which is the caller's: the greenlet; nullptr when nobody waits.
    PyGreenlet* call(Hub& hub) noexcept;

    bool waiting() const { return greenlet_ != nullptr; }

private:
    PyGreenlet* greenlet_ = nullptr;
    bool woken_ = false;
};

}  // namespace locustella::bindings
