#include "reactor/deferred_list.hpp"

#include <utility>

namespace locustella::reactor {

DeferredList::~DeferredList()
{
    for (auto* list : {&pending_, &running_})
        for (Deferred* item : *list)
            if (item)
                item->place_ = nullptr;
}

// Items know their place by address, so a growing vector must tell them their new one.
void DeferredList::relocate()
{
    for (auto& place : pending_)
        if (place)
            place->place_ = &place;
}

void DeferredList::push(Deferred& item)
{
    if (item.queued())
        return;
    const bool moves = pending_.size() == pending_.capacity();
    pending_.push_back(&item);
    if (moves)
        relocate();
    else
        item.place_ = &pending_.back();
}

void DeferredList::withdraw(Deferred& item)
{
    if (culprit_ == &item)
        culprit_ = nullptr;
    if (!item.queued())
        return;
    *item.place_ = nullptr;
    item.place_ = nullptr;
}

std::size_t DeferredList::run()
{
    if (in_run_)
        return 0;
    if (next_ ==
        running_.size()) {  // else one of them has thrown, and the others have not had their turn
        running_.clear();
        next_ = 0;
        running_.swap(pending_);  // the addresses of the elements go along
    }
    std::size_t ran = 0;
    in_run_ = true;
    try {
        while (next_ < running_.size()) {
            Deferred* item = std::exchange(running_[next_++], nullptr);
            if (!item)
                continue;
            item->place_ = nullptr;
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
