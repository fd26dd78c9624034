// How a TCP connection comes about: from a host's name to the first of its addresses that answers
// (RFC 8305).
//
//   Connector connector(reactor, resolver, watcher, [&](std::error_code ec) {
//       ec ? give_up(connector.step(), ec, connector.words())
//          : stream.take_over(connector.stream());
//   });
//   connector.start({.host = "shop.test", .port = 443}, now);
//   ...                                   // the watcher is ready: connector.on_ready()
//
//   state       event                        next         does
//   ----------  ---------------------------  ----------   -----------------------------------------
//   new         start()                      looking_up   asks the resolver
//   looking_up  addresses                    connecting   opens to the first
//   looking_up  no addresses                 over         says so
//   connecting  `next_after` has passed      connecting   opens to the next beside those under way
//   connecting  one fails, addresses left    connecting   opens to the next at once
//   connecting  the last one fails           over         says so, with its error
//   connecting  one stands                   over         closes the others, says so
//
// It says so once, as the last thing it does, perhaps before start() returns; whoever is told must
// not destroy it there and then, but may hand it to Reactor::dispose_later. It has no timeout of
// its own.
//
// The owner's watcher is registered for the descriptors from the beginning, so that the connection
// that wins needs no second registration: while it connects, the owner passes on_ready() on. After
// a race the winner is registered anew, because an event may have gone with the losers'.
//
// Thread: the reactor's.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <system_error>

#include "base/clock.hpp"
#include "net/endpoint.hpp"
#include "net/resolver.hpp"
#include "net/source_addresses.hpp"
#include "net/stream.hpp"
#include "reactor/reactor.hpp"

namespace locustella::net {

class Connector final : public reactor::Timer, public reactor::Mortal {
public:
    static constexpr Nanos next_after_default = 250 * base::nanos_per_milli;

    enum class Step : std::uint8_t { looking_up, connecting };

    struct Target {
        std::string host;  // without brackets
        std::uint16_t port = 0;
        // where to come from; nullptr: the system chooses
        std::shared_ptr<const SourceAddresses> sources{};
        Nanos next_after = next_after_default;
    };
    using Told = std::function<void(std::error_code)>;

    // Where the time since start() has gone. `late` is what this process was late by itself: the
    // kernel knows how long the connection took, and the resolver when it had its answer.
    struct Spent {
        Nanos looking_up = 0;
        Nanos connecting = 0;
        Nanos late = 0;
        // Of `connecting`: an upper bound where the kernel does not say how long it took, a SYN
        // having been repeated, and this process may have looked late.
        Certainty certainty = Certainty::kernel;
    };

    Connector(reactor::Reactor& reactor, Resolver& resolver, reactor::Watcher& watcher, Told told);
    ~Connector();
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    void start(const Target& target, Nanos now);
    void on_ready();
    // Ends what is under way, and nothing is said.
    void stop();
    void on_timer(Nanos late_by) override;

    Step step() const { return step_; }
    // What the error code does not know, if anything.
    const std::string& words() const { return words_; }
    // Once it is over without an error: the connection, and when we saw that it stood.
    Stream& stream() { return attempts_.front().stream; }
    Nanos connected_at() const { return connected_at_; }
    Spent spent(Nanos now) const;

private:
    struct Attempt {
        Stream stream;
        Nanos opened_at = 0;
        Nanos late = 0;  // it should have begun so much earlier
    };
    using Attempts = std::list<Attempt>;

    void on_addresses(Resolver::Answer answer);
    bool leave_out_unreachable();
    bool open_next();
    std::error_code open(Attempt& attempt, const Endpoint& endpoint);
    void stands(Attempts::iterator winner);
    void give_up(Attempt& attempt);
    void tell(std::error_code ec);

    reactor::Reactor& reactor_;
    Resolver& resolver_;
    reactor::Watcher& watcher_;
    Told told_;
    std::shared_ptr<Resolver::Lookup> lookup_;
    std::shared_ptr<const SourceAddresses> sources_;
    Endpoints endpoints_;
    std::size_t next_ = 0;   // of them
    Attempts attempts_;      // those under way, the oldest first
    std::error_code error_;  // of the last one that failed
    std::string words_;
    Nanos next_after_ = 0;
    Nanos started_ = 0;
    Nanos looked_up_ = 0;         // the resolver had its answer
    Nanos connecting_since_ = 0;  // ... and we went on
    Nanos connected_at_ = 0;
    Nanos late_ = 0;  // since then
    Certainty certainty_ = Certainty::kernel;
    Step step_ = Step::looking_up;
    bool raced_ = false;
};

}  // namespace locustella::net
