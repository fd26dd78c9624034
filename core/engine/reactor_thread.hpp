// A thread that runs a reactor until it is told to stop: for users that need no Python.
//
//   ReactorThread thread(engine, [](const std::exception_ptr& error) { ... });
//   thread.post([](ThreadContext& context) { ... });      // runs on the thread
//   thread.stop();                                        // from any thread, as often as one likes
//   thread.join();
//
//   state    event                 next      does
//   -------  --------------------  -------   ----------------------------------------------------
//   running  post()                running   the letter runs in the next turn
//   running  a callback throws     running   its object is told, then the error callback: Reactor
//   running  stop()                ending    the present turn is the last
//   ending   the turn is over      ended     letters that have not run will not
//   ended    join()                ended     the context is the caller's: clients may be destroyed
//
// stop() overtakes letters: who wants his letters done first posts one that stops. The error
// callback runs on the thread; what it throws is dropped. The destructor stops and joins.
//
// Thread: any for post() and stop(); join() and the destructor are the owner's.
#pragma once

#include <functional>
#include <thread>

#include "engine/thread_context.hpp"

namespace locustella::engine {

class ReactorThread {
public:
    using Task = std::function<void(ThreadContext&)>;

    // Throws std::system_error when there is no descriptor or no thread to be had.
    ReactorThread(Engine& engine, reactor::Reactor::ExceptionSink on_error);
    ~ReactorThread();
    ReactorThread(const ReactorThread&) = delete;
    ReactorThread& operator=(const ReactorThread&) = delete;

    void post(Task task);
    void stop() { context_.reactor().stop(); }
    void join();

    // Once joined; before that only what ThreadContext allows to any thread.
    ThreadContext& context() { return context_; }

private:
    void run() noexcept;

    ThreadContext context_;
    std::thread thread_;  // last: it uses the others
};

}  // namespace locustella::engine
