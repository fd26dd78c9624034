#include "engine/thread_context.hpp"

#include <utility>

namespace locustella::engine {

ThreadContext::ThreadContext(Engine& engine) : engine_(engine)
{
    const SharedSettings settings = engine_.join(*this);
    try {
        take_over(settings);
    } catch (...) {
        engine_.leave(*this);
        throw;
    }
    joined_ = true;
}

ThreadContext::~ThreadContext()
{
    if (joined_)
        engine_.leave(*this);
}

void ThreadContext::release()
{
    if (std::exchange(joined_, false))
        engine_.leave(*this);
    http_.resolver.release();
    reactor_.release();
}

void ThreadContext::leave_to_parent()
{
    if (std::exchange(joined_, false))
        engine_.leave(*this);
    http_.left_to_parent = true;
    reactor_.leave_to_parent();
}

void ThreadContext::take_over(SharedSettings settings)
{
    // A fixed name's lifetime begins when it is told: only when it was told anew.
    if (!settings_ || settings_->resolver != settings->resolver)
        http_.resolver.configure(settings->resolver);
    http_.limits = settings->limits;
    http_.sources = settings->sources;
    http_.next_attempt_after = settings->next_attempt_after;
    settings_ = std::move(settings);
}

}  // namespace locustella::engine
