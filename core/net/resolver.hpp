// Host names to addresses, without ever blocking the reactor.
//
//   Resolver resolver(reactor);
//   auto lookup = resolver.resolve("shop.test", 80, [](Resolver::Answer answer) {...});
//   lookup.reset();                      // no longer wanted: the callback will not be called
//
// What is asked for:                      is answered by:
//
//   a name or address that the settings    the addresses given there, before resolve() returns
//   have an answer for                     (and it returns no lookup then)
//   a numeric address                      itself, before resolve() returns
//   a name that was answered within the    the same addresses, before resolve() returns
//   last `time_to_live`
//   any other name                         getaddrinfo, through Asio's resolver on a thread of the
//                                          resolver's own; the answer comes back by the reactor's
//                                          mailbox
//
// Lookups of a name that is being looked up share that question, so that ten thousand users who
// start together ask once; a `time_to_live` of 0 says that everybody asks for himself. Each answer
// begins at another of the name's addresses: see endpoint.hpp.
//
// Where the thread cannot be started (a limit of processes), or there is no memory for the
// question, the answer is an error like any other; the next question tries again.
//
// Thread: the reactor's. The callback runs there too.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "net/endpoint.hpp"
#include "reactor/reactor.hpp"

namespace locustella::net {

using base::Nanos;

struct ResolverSettings {
    // Stands in for what the system would say of this host, as curl's --resolve does.
    struct Fixed {
        std::string host;        // "*": every host that has no entry of its own
        std::uint16_t port = 0;  // 0: every port that has no entry of its own
        Addresses addresses;
        Nanos lifetime = 0;  // from configure() on; 0: for ever

        bool operator==(const Fixed&) const = default;
    };

    Nanos time_to_live = base::nanos_per_second;  // 0: nothing is kept
    std::vector<Fixed> fixed{};

    bool operator==(const ResolverSettings&) const = default;
};

class Resolver {
public:
    struct Answer {
        std::error_code error;
        Endpoints endpoints;  // in the order in which to try them
        Nanos answered = 0;   // when the system's answer was there; 0: nobody had to be asked
    };
    using Callback = std::function<void(Answer)>;

    struct Lookup {
        std::uint16_t port = 0;
        Callback callback;
    };

    explicit Resolver(reactor::Reactor& reactor);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // Holds from the next resolve() on.
    void configure(const ResolverSettings& settings);

    // `host` without brackets. nullptr: the callback has been called already.
    [[nodiscard]] std::shared_ptr<Lookup> resolve(const std::string& host, std::uint16_t port,
                                                  Callback callback);

    // The reactor's thread ends: nobody is asked any more. Waits for the thread that asks, for as
    // long as the system takes over its present question.
    void release();

    // Whether the system has not answered yet: release() would wait for it.
    bool is_asking() const;
    // How often the system was asked.
    std::uint64_t questions() const { return questions_; }

private:
    static constexpr std::size_t most_names = 4096;

    struct Worker;
    struct Question {
        std::string host;
        std::vector<std::weak_ptr<Lookup>> waiting;
    };
    struct Name {
        Addresses found;
        Nanos found_at = 0;
        std::uint64_t uses = 0;
        std::shared_ptr<Question> question;  // under way
    };
    struct FixedName {
        Addresses addresses;
        Nanos until = 0;
        std::uint64_t uses = 0;
    };

    FixedName* fixed_for(const std::string& host, std::uint16_t port);
    Name& name_of(const std::string& host);
    std::shared_ptr<Question> ask(const std::string& host);
    void answered(const std::shared_ptr<Question>& question, std::error_code ec,
                  const Addresses& found, Nanos at);

    reactor::Reactor& reactor_;
    Nanos time_to_live_ = ResolverSettings{}.time_to_live;
    std::unordered_map<std::string, FixedName> fixed_;
    std::unordered_map<std::string, Name> names_;
    std::uint64_t questions_ = 0;
    // started by the first name that has to be asked for
    std::unique_ptr<Worker> worker_;
    std::shared_ptr<Resolver*> alive_;  // letters of the worker look here first
};

// The category of getaddrinfo's errors (EAI_NONAME, ...), with gai_strerror's words.
const std::error_category& name_lookup_category();

}  // namespace locustella::net
