#include "greenlet/under_way.hpp"

#include <algorithm>

#include "bindings.hpp"

namespace locustella::bindings {

void UnderWay::add(UnderWayHook& hook, base::Nanos now)
{
    hook.asked = now;
    waiting_.push_back(hook);
}

void UnderWay::give_up(UnderWayHook& hook, base::Nanos now)
{
    hook.unlink();
    count(given_up_, hook, now);
}

void UnderWay::leave_to_parent()
{
    waiting_.clear();
    given_up_ = {};
}

Unanswered UnderWay::unanswered(base::Nanos now) const
{
    Unanswered all = given_up_;
    for (const UnderWayHook& hook : waiting_)
        count(all, hook, now);
    return all;
}

void UnderWay::count(Unanswered& into, const UnderWayHook& hook, base::Nanos now)
{
    ++into.count;
    into.oldest = std::max(into.oldest, now - hook.asked);
}

UnderWay& under_way()
{
    // Left alone at exit: sessions of any thread may outlive the module's own teardown.
    thread_local UnderWay& one = *new UnderWay;
    return one;
}

void bind_under_way(pybind11::module_& core)
{
    core.def(
        "pending_requests",
        [] {
            const auto [count, oldest] = under_way().unanswered(base::monotonic_now());
            return pybind11::make_tuple(count, static_cast<double>(oldest) / 1e9);
        },
        "(How many of this thread's requests have no answer, seconds that the oldest of them has "
        "waited): those under way, and those given up since forget_given_up_requests().");
    core.def(
        "forget_given_up_requests", [] { under_way().forget_given_up(); },
        "From now on pending_requests() counts those whose users are stopped.");
}

}  // namespace locustella::bindings
