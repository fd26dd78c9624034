#include "reactor/deferred_list.hpp"

#include <initializer_list>

#include "base/prefetch.hpp"

namespace locustella::reactor {

DeferredList::~DeferredList()
{
    for (auto* ring : {&pending_, &running_})
        while (ring->after != ring)
            unlink(*ring->after);
}

void DeferredList::unlink(DeferredLink& link)
{
    link.before->after = link.after;
    link.after->before = link.before;
    link.before = link.after = nullptr;
}

void DeferredList::push(Deferred& item) noexcept
{
    if (item.queued())
        return;
    item.before = pending_.before;
    item.after = &pending_;
    item.before->after = &item;
    pending_.before = &item;
}

void DeferredList::withdraw(Deferred& item) noexcept
{
    if (culprit_ == &item)
        culprit_ = nullptr;
    if (item.queued())
        unlink(item);
}

Deferred* DeferredList::take_first()
{
    DeferredLink* const first = running_.after;
    if (first == &running_)
        return nullptr;
    unlink(*first);
    base::prefetch(running_.after, soon_used);
    return static_cast<Deferred*>(first);
}

void* DeferredList::next_in_run() noexcept
{
    DeferredLink* const first = running_.after;
    if (!in_run_ || first == &running_)
        return nullptr;
    void* const whom = static_cast<Deferred*>(first)->hand_over();
    if (!whom)
        return nullptr;
    unlink(*first);
    base::prefetch(running_.after, soon_used);
    return whom;
}

std::size_t DeferredList::run()
{
    if (in_run_)
        return 0;
    // Else one of them has thrown, and the others have not been run yet.
    if (running_.after == &running_ && !empty()) {
        running_ = pending_;
        running_.before->after = running_.after->before = &running_;
        pending_ = {&pending_, &pending_};
    }
    std::size_t ran = 0;
    in_run_ = true;
    try {
        while (Deferred* const item = take_first()) {
            ++ran;
            culprit_ = item;
            item->run_deferred();
        }
    } catch (...) {
        in_run_ = false;
        throw;
    }
    in_run_ = false;
    culprit_ = nullptr;
    return ran;
}

}  // namespace locustella::reactor
