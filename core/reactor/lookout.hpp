// Since when something may lie in a descriptor without anybody having looked.
//
//   Lookout lookout;
//   lookout.waits(now);              // the thread's loop is about to wait for the descriptors
//   lookout.wakes(when);             // ... and was woken then; others may get their turn first
//   lookout.polls(now);              // a turn looks what is ready
//   lookout.unseen_since()           // what is found now was not there before, by all we know
//   lookout.saw_all();               // ... and all of it has been read
//
// The kernel's time of a socket's last bytes is one for all that waits there: what follows an
// answer (a closing, the body behind a streamed head, bytes that nobody asked for) may put its own
// time on it. Who reads when the answer comes has read it before; so what a stamp is worth depends
// on whether this thread was there:
//
//   event      before                       what is known then
//   ---------  ---------------------------  ---------------------------------------------------
//   waits(p)   waits(o), no polls() since   nothing was ready at o: that wait has found nothing
//   polls(t)   waits(p), at once after      whatever came since p has woken the thread: unseen
//              what is known                since wakes(), or, if nothing was said of that, t
//   polls(t)   waits(p), later than that    unseen since what is known: it may have come while
//              by more than `at_once`       other work was done
//   polls(t)   no waits()                   unseen since what is known
//   saw_all()                               nothing was ready at the poll but what has been read
//
// Thread: any one at a time; the times are given, no clock is read.
#pragma once

#include <algorithm>

#include "base/nanos.hpp"

namespace locustella::reactor {

class Lookout {
public:
    using Nanos = base::Nanos;

    static constexpr Nanos at_once = base::nanos_per_milli / 10;

    void waits(Nanos now)
    {
        clear_ = std::max(clear_, waits_);
        waits_ = now;
    }

    void wakes(Nanos when) { woke_ = std::max(when, waits_); }

    void polls(Nanos now)
    {
        const bool woken = waits_ != 0 && waits_ - clear_ <= at_once;
        const Nanos woke = woke_ >= waits_ ? woke_ : now;
        unseen_since_ = woken ? woke : clear_;
        polled_ = now;
        waits_ = 0;
    }

    void saw_all() { clear_ = polled_; }

    Nanos unseen_since() const { return unseen_since_; }

private:
    Nanos clear_ = 0;  // nothing was ready then that has not been read
    Nanos waits_ = 0;  // the present wait began; 0: there has been a poll since
    Nanos woke_ = 0;   // ... and ended
    Nanos polled_ = 0;
    Nanos unseen_since_ = 0;
};

}  // namespace locustella::reactor
