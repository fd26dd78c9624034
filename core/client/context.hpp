// What the clients of one thread share.
//
//   Context context(reactor);
//   context.limits.body = 64 << 20;      // before the first connection
//
// Thread: the reactor's.
#pragma once

#include <cstdint>
#include <memory>

#include "http/limits.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/source_addresses.hpp"
#include "net/tls.hpp"
#include "reactor/reactor.hpp"

namespace locustella::client {

// What happened to connections, for the report and for the tests' balance.
struct ConnectionCounts {
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t failed = 0;    // never came to be: no such name, refused, timed out
    std::uint64_t reused = 0;    // requests that found one open
    std::uint64_t repeated = 0;  // ... that was closed under them, and that were sent again
};

struct Context {
    explicit Context(reactor::Reactor& r) : reactor(r), resolver(r) {}

    reactor::Reactor& reactor;
    net::Resolver resolver;
    net::TlsContexts tls;
    ConnectionCounts counts;
    http::Limits limits;
    // of routes that name none; nullptr: the system chooses
    std::shared_ptr<const net::SourceAddresses> sources;
    std::uint64_t decoded_in_turn = 0;  // the reactor's last in which a body was decoded further
    base::Nanos next_attempt_after = net::Connector::next_after_default;
    // In a forked child: all this is its parent's, and only idle connections are closed any more.
    bool left_to_parent = false;
};

}  // namespace locustella::client
