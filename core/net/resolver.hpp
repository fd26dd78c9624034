// Host names to addresses, without ever blocking the reactor.
//
//   Resolver resolver(reactor);
//   auto lookup = resolver.resolve("shop.test", 80, [](std::error_code ec, const Endpoints& found) {...});
//   lookup.reset();                      // no longer wanted: the callback will not be called
//
// Numeric addresses answer at once, before resolve() returns (and return no lookup). Names go to
// getaddrinfo through Asio's resolver on one thread of the resolver's own; the answer comes back by the
// reactor's mailbox. Lookups for the same name that are under way at the same time share one query, and an
// answer is kept for `time_to_live`, so that ten thousand users who start together ask once.
//
// Thread: the reactor's. The callback runs there too.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "reactor/reactor.hpp"

namespace locustella::net {

using Endpoint = boost::asio::ip::tcp::endpoint;
using Endpoints = std::vector<Endpoint>;

class Resolver {
public:
    using Callback = std::function<void(std::error_code, const Endpoints&)>;

    class Lookup {
    public:
        Callback callback;
    };

    static constexpr base::Nanos time_to_live = base::nanos_per_second;

    explicit Resolver(reactor::Reactor& reactor);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // `host` without brackets. nullptr: the callback has been called already.
    [[nodiscard]] std::shared_ptr<Lookup> resolve(const std::string& host, std::uint16_t port,
                                                  Callback callback);

private:
    struct Worker;
    struct Name {
        std::vector<std::weak_ptr<Lookup>> waiting;
        Endpoints found;
        base::Nanos found_at = 0;
        bool asking = false;
    };

    void ask(const std::string& host, std::uint16_t port);
    void answered(const std::string& key, std::error_code ec, Endpoints found);

    reactor::Reactor& reactor_;
    std::unordered_map<std::string, Name> names_;
    std::unique_ptr<Worker> worker_;            // started by the first name that is not numeric
    std::shared_ptr<Resolver*> alive_;          // letters of the worker look here first
};

// The category of getaddrinfo's errors (EAI_NONAME, ...), with gai_strerror's words.
const std::error_category& name_lookup_category();

}  // namespace locustella::net
