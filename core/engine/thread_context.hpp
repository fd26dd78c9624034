// All that one thread needs to make requests: its reactor with the lag meters, and what the HTTP
// clients of the thread share (resolver, TLS contexts, connection counts), under the settings that
// this thread has taken over.
//
//   ThreadContext context(engine);
//   client::Client client(context.http());
//   ... context.reactor().turn() ...
//
// Under gevent the thread's hub turns it (see bindings/greenlet/hub.hpp); a ReactorThread runs it.
// Clients are destroyed before it, or after release().
//
// Thread: the one that made it, or that called adopt_thread() since. Reactor::post and
// Reactor::stop may be called from any.
#pragma once

#include <atomic>
#include <thread>

#include "client/context.hpp"
#include "engine/engine.hpp"
#include "reactor/reactor.hpp"

namespace locustella::engine {

class ThreadContext {
public:
    explicit ThreadContext(Engine& engine);  // throws when the process is out of descriptors
    ~ThreadContext();
    ThreadContext(const ThreadContext&) = delete;
    ThreadContext& operator=(const ThreadContext&) = delete;

    reactor::Reactor& reactor() { return reactor_; }
    client::Context& http() { return http_; }
    const Settings& settings() const { return *settings_; }

    // From now on it is the calling thread's.
    void adopt_thread() { owner_ = std::this_thread::get_id(); }
    // It is nobody's: the next to adopt it has it.
    void leave_thread() { owner_ = std::thread::id(); }
    bool is_of_this_thread() const { return owner_ == std::this_thread::get_id(); }

    // Its thread ends, and clients may still exist: descriptors, threads and buffers go, and
    // nothing is called any more; the clients may be destroyed, on any thread that has the use of
    // them. May wait for the system's answer to a name.
    void release();
    bool has_to_wait_for_release() const { return http_.resolver.is_asking(); }
    // In a forked child: see Reactor::leave_to_parent. Changes no longer reach it.
    void leave_to_parent();

private:
    friend class Engine;
    void take_over(SharedSettings settings);

    Engine& engine_;
    reactor::Reactor reactor_;
    client::Context http_{reactor_};
    SharedSettings settings_;
    std::atomic<std::thread::id> owner_ = std::this_thread::get_id();
    bool joined_ = false;
};

}  // namespace locustella::engine
