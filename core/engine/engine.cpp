#include "engine/engine.hpp"

#include <algorithm>
#include <utility>

#include "base/memory.hpp"
#include "engine/thread_context.hpp"

namespace locustella::engine {

Engine::Engine() : settings_(std::make_shared<const Settings>())
{
    base::keep_freed_memory();
}

SharedSettings Engine::settings() const
{
    std::lock_guard lock(mutex_);
    return settings_;
}

void Engine::change(const std::function<void(Settings&)>& how)
{
    std::vector<ThreadContext*> own;
    {
        std::lock_guard lock(mutex_);
        auto changed = std::make_shared<Settings>(*settings_);
        how(*changed);
        settings_ = std::move(changed);
        for (ThreadContext* context : contexts_) {
            if (context->is_of_this_thread())
                own.push_back(context);
            else
                // A letter may arrive behind a later change: it brings what holds by then.
                context->reactor().post([this, context] { context->take_over(settings()); });
        }
    }
    for (ThreadContext* context : own)
        context->take_over(settings());
}

std::shared_ptr<const net::SourceAddresses> Engine::sources(const std::string& list,
                                                            std::string& problem)
{
    if (list.empty())
        return nullptr;
    std::lock_guard lock(mutex_);
    if (const auto known = sources_.find(list); known != sources_.end())
        if (auto shared = known->second.lock())
            return shared;
    std::erase_if(sources_, [](const auto& known) { return known.second.expired(); });
    // Who makes one session after the other goes on in the list, too.
    auto parsed = net::SourceAddresses::parse(list, problem, lists_);
    if (parsed) {
        sources_.emplace(list, parsed);
        ++lists_;
    }
    return parsed;
}

void Engine::after_fork_in_child()
{
    std::erase_if(contexts_, [](ThreadContext* context) { return !context->is_of_this_thread(); });
    mutex_.unlock();
}

SharedSettings Engine::join(ThreadContext& context)
{
    std::lock_guard lock(mutex_);
    contexts_.push_back(&context);
    return settings_;
}

void Engine::leave(ThreadContext& context)
{
    std::lock_guard lock(mutex_);
    std::erase(contexts_, &context);
}

}  // namespace locustella::engine
