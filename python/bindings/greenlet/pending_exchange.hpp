// An exchange that a greenlet waits for, and the list of all that are waited for.
//
//   auto exchange = std::make_shared<PendingExchange>(*hub);  // never on a stack: those move
//   exchange->request.method = "GET"; ...
//   if (!exchange->perform(client)) return nullptr;           // with a Python error
//   exchange->response, exchange->failure ...
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "client/client.hpp"
#include "client/profile.hpp"
#include "greenlet/hub.hpp"

namespace locustella::bindings {

using AutoUnlink = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;

// In the list of those that wait for their answer, while it does.
struct UnderWayHook : boost::intrusive::list_base_hook<AutoUnlink> {
    base::Nanos asked = 0;  // monotonic
};

struct Unanswered {
    std::size_t count = 0;
    base::Nanos longest = 0;  // how long one of them has waited at most
};

// The requests of this thread that wait for their answer, and those that were given up:
//
//   under_way().add(exchange, now);          // a greenlet begins to wait for it
//   exchange.unlink();                       // answered, or
//   under_way().give_up(exchange, now);      // its user was stopped, or lost patience
//   under_way().waiting(now)                 // {how many, how long the oldest has waited}
//   under_way().given_up()                   // {how many, how long the most patient had waited}
//
// Users are stopped, and tests end, while requests are under way. These are in no entry, as they
// have neither an answer nor a failure; a target that hangs would look as if it had never been
// asked. So they are counted here. A request that was given up and fails by that is in an entry: it
// is not. A request's way in and out costs a few pointers; only the question walks the list.
class UnderWay {
public:
    void add(UnderWayHook& hook, base::Nanos now);
    void give_up(UnderWayHook& hook, base::Nanos now);

    // Those given up before no longer count: a further run begins, or the end of this one.
    void forget_given_up() { given_up_ = {}; }

    // In a forked child: what is under way is the parent's.
    void leave_to_parent();

    Unanswered waiting(base::Nanos now) const;
    const Unanswered& given_up() const { return given_up_; }

private:
    static void count(Unanswered& into, const UnderWayHook& hook, base::Nanos now);

    boost::intrusive::list<UnderWayHook, boost::intrusive::constant_time_size<false>> waiting_;
    Unanswered given_up_;
};

// This thread's.
UnderWay& under_way();

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
        note_lateness();
        waiter.wake(hub);
    }
    void* hand_over() noexcept override
    {
        PyGreenlet* const whom = waiter.call(hub);
        if (whom)
            note_lateness();
        return whom;
    }

    Hub& hub;
    Waiter waiter;
    // request.* but for method and target is this profile's, with what its session said beside
    std::shared_ptr<const client::Profile> prepared_for;
    std::shared_ptr<const void> prepared_with;
    // the last call has put its own fields, body or timeouts into the request
    bool altered = false;
    bool handed_out = false;  // the response has its times; what follows is the rest of a stream

private:
    void note_lateness()
    {
        if (times.ended && !handed_out)
            hub.reactor().lag().wake.record(base::monotonic_now() - times.ended);
    }
    bool refuse();
    bool give_up(client::Client& client, const Terms& terms);
};

// Exchanges that serve nobody, of one thread: a user holds one while it waits for an answer, and
// none while it thinks.
//
//   auto exchange = spares.take(hub, profile);    // most often prepared for just this profile
//   spares.give_back(std::move(exchange));
class SpareExchanges {
public:
    std::unique_ptr<PendingExchange> take(Hub& hub,
                                          const std::shared_ptr<const client::Profile>& profile);
    void give_back(std::unique_ptr<PendingExchange> exchange) noexcept;

    // None is kept any more.
    void close();

private:
    static constexpr std::size_t looked_at = 16;             // for one of the profile's
    static constexpr std::size_t worth_keeping = 64 * 1024;  // bytes of a body

    std::vector<std::unique_ptr<PendingExchange>> spares_;
    bool closed_ = false;
};

// Hands the pieces of a body to a started exchange, and waits until it is answered. See upload.cpp.
bool send_pieces(client::Client& client, PendingExchange& exchange, PyObject* pieces);

// gevent.Timeout; told by Python.
void set_timeout_class(PyObject* type);

}  // namespace locustella::bindings
