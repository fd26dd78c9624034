// The requests of this thread that wait for their answer, and those that were given up.
//
//   under_way().add(exchange, now);          // a greenlet begins to wait for it
//   exchange.unlink();                       // answered, or
//   under_way().give_up(exchange, now);      // its user was stopped, or lost patience
//   under_way().unanswered(now)              // {how many, how long the oldest has waited}
//
// A load test ends while requests are under way. They are in no entry, as they have neither an
// answer nor a failure; a target that hangs would look as if it had never been asked. So they are
// counted here. A request's way in and out costs a few pointers; only the question walks the list.
//
// The hooks are part of exchanges, which live on the heap: greenlets' stacks move.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <cstddef>

#include <boost/intrusive/list.hpp>

#include "base/clock.hpp"

namespace locustella::bindings {

using AutoUnlink = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;

struct UnderWayHook : boost::intrusive::list_base_hook<AutoUnlink> {
    base::Nanos asked = 0;  // monotonic
};

struct Unanswered {
    std::size_t count = 0;
    base::Nanos oldest = 0;  // how long the oldest has waited, or had when it was given up
};

class UnderWay {
public:
    void add(UnderWayHook& hook, base::Nanos now);
    void give_up(UnderWayHook& hook, base::Nanos now);

    // Those given up before no longer count: at the end of a test only the last ones matter.
    void forget_given_up() { given_up_ = {}; }

    // In a forked child: what is under way is the parent's.
    void leave_to_parent();

    // Those under way now, and those given up.
    Unanswered unanswered(base::Nanos now) const;

private:
    static void count(Unanswered& into, const UnderWayHook& hook, base::Nanos now);

    boost::intrusive::list<UnderWayHook, boost::intrusive::constant_time_size<false>> waiting_;
    Unanswered given_up_;
};

// This thread's.
UnderWay& under_way();

}  // namespace locustella::bindings
