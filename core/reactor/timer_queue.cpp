#include "reactor/timer_queue.hpp"

#include <algorithm>

namespace locustella::reactor {

bool TimerQueue::before(const Timer& a, const Timer& b)
{
    return a.due_ != b.due_ ? a.due_ < b.due_ : a.order_ < b.order_;
}

void TimerQueue::place(Timer& timer, std::size_t at)
{
    heap_[at] = &timer;
    timer.place_ = static_cast<std::uint32_t>(at);
}

void TimerQueue::sift_up(std::size_t at)
{
    Timer& moving = *heap_[at];
    for (; at > 0; at = (at - 1) / 2) {
        Timer& parent = *heap_[(at - 1) / 2];
        if (!before(moving, parent))
            break;
        place(parent, at);
    }
    place(moving, at);
}

void TimerQueue::sift_down(std::size_t at)
{
    Timer& moving = *heap_[at];
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size())
            break;
        if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child]))
            ++child;
        if (!before(*heap_[child], moving))
            break;
        place(*heap_[child], at);
        at = child;
    }
    place(moving, at);
}

void TimerQueue::remove_at(std::size_t at)
{
    heap_[at]->place_ = Timer::none;
    Timer& last = *heap_.back();
    heap_.pop_back();
    if (at == heap_.size())
        return;
    place(last, at);
    sift_up(at);
    sift_down(last.place_);
}

void TimerQueue::add(Timer& timer, Nanos due)
{
    cancel(timer);
    timer.due_ = std::max(due, not_before_);
    timer.order_ = added_++;
    heap_.push_back(&timer);
    sift_up(heap_.size() - 1);
}

void TimerQueue::cancel(Timer& timer)
{
    if (running_ == &timer)
        running_ = nullptr;
    if (timer.armed())
        remove_at(timer.place_);
}

std::size_t TimerQueue::fire_due(Nanos now, std::size_t most)
{
    not_before_ = now + 1;
    std::size_t fired = 0;
    try {
        while (fired < most && !heap_.empty() && heap_.front()->due_ <= now) {
            Timer& first = *heap_.front();
            remove_at(0);
            ++fired;
            running_ = &first;
            first.on_timer(now - first.due_);
        }
    } catch (...) {
        not_before_ = always;
        throw;
    }
    running_ = nullptr;
    not_before_ = always;
    return fired;
}

}  // namespace locustella::reactor
