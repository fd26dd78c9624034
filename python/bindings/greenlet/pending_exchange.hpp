// An exchange that a greenlet waits for.
//
//   auto exchange = std::make_shared<PendingExchange>(*hub);  // never on a stack: those move
//   client.start(*exchange);
//   if (!exchange->waiter.wait(exchange->hub)) client.abandon(*exchange);  // with a Python error
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "client/profile.hpp"
#include "greenlet/hub.hpp"
#include "greenlet/under_way.hpp"

namespace locustella::bindings {

class PendingExchange final : public client::Exchange, public UnderWayHook {
public:
    explicit PendingExchange(Hub& h) : hub(h) {}
    ~PendingExchange()
    {
        if (queued())
            hub.reactor().withdraw(*this);
    }

    void run_deferred() override
    {
        if (times.ended && !handed_out)
            hub.reactor().lag().wake.record(base::monotonic_now() - times.ended);
        waiter.wake(hub);
    }

    Hub& hub;
    Waiter waiter;
    const client::Profile* prepared_for =
        nullptr;  // request.* but for method and target is this profile's
    // the last call has put its own fields, body or timeouts into the request
    bool altered = false;
    bool busy = false;
    bool handed_out = false;  // the response has its times; what follows is the rest of a stream
};

}  // namespace locustella::bindings
