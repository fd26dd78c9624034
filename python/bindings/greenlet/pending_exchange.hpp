// An exchange that a greenlet waits for.
//
//   auto exchange = std::make_shared<PendingExchange>(*hub);  // never on a stack: those move
//   exchange->request.method = "GET"; ...
//   if (!exchange->perform(client)) return nullptr;           // with a Python error
//   exchange->response, exchange->failure ...
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "client/client.hpp"
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

    struct Terms {
        // The iterator over an upload's body, advanced in this greenlet whenever a piece can be
        // sent; what it raises is raised here.
        PyObject* pieces = nullptr;
        // A gevent.Timeout meanwhile fails the request, and goes no further.
        bool fails_by_timeout = false;
    };

    // Starts it and waits for its end (or, streamed, its head). False with a Python error set, when
    // something was thrown into the greenlet, or for a request that may not go out: it has been
    // given up then.
    bool perform(client::Client& client, const Terms& terms);

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

private:
    bool refuse();
    bool give_up(client::Client& client, const Terms& terms);
};

// Hands the pieces of a body to a started exchange, and waits until it is answered. See upload.cpp.
bool send_pieces(client::Client& client, PendingExchange& exchange, PyObject* pieces);

// gevent.Timeout; told by Python.
void set_timeout_class(PyObject* type);

}  // namespace locustella::bindings
