// The composition root of a process: its settings, and every thread that runs a reactor under them.
//
//   Engine engine;
//   engine.change([](Settings& settings) { settings.resolver.time_to_live = 0; });
//   ThreadContext hub(engine);                            // a thread that turns its reactor itself
//   ReactorThread worker(engine, report);                 // a thread of our own
//
// A change is published whole, and each thread's context takes it over on its own thread: the
// caller's at once, every other at the beginning of its next turn. Nothing on the way of a request
// is locked or shared.
//
// Thread: any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/settings.hpp"
#include "net/kernel_stamps.hpp"

namespace locustella::engine {

class ThreadContext;

class Engine {
public:
    Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    SharedSettings settings() const;
    // `how` is given a copy, and what it makes of it is published. What `how` throws is passed on,
    // and nothing has changed. It must not call the engine.
    void change(const std::function<void(Settings&)>& how);

    // The addresses of a list, one object for all who give the same list, so that they take turns.
    // nullptr for an empty list, or with `problem` saying what is wrong.
    std::shared_ptr<const net::SourceAddresses> sources(const std::string& list,
                                                        std::string& problem);

private:
    friend class ThreadContext;
    // The settings that the new member begins with.
    SharedSettings join(ThreadContext& context);
    void leave(ThreadContext& context);

    const net::KernelStamps stamps_;
    mutable std::mutex mutex_;
    SharedSettings settings_;
    std::vector<ThreadContext*> contexts_;
    std::map<std::string, std::shared_ptr<const net::SourceAddresses>> sources_;
};

}  // namespace locustella::engine
