// How a connection comes about: from a target to an open stream, with the time that each step took.
//
//   Opener opener(reactor, resolver, tls_contexts, watcher, stream,
//                 [&](const Opener::Failure& failure) {
//                     failure ? give_up(failure) : talk_over(stream);
//                 });
//   opener.start({.host = "shop.test", .port = 443, .tls = TlsConfig{}, .deadline = end}, now);
//   ...                                   // the watcher is ready: opener.on_ready()
//
//   phase        event                         next         does
//   -----------  ----------------------------  -----------  -------------------------------------
//   looking_up   start()                       looking_up   asks the resolver
//   looking_up   addresses                     connecting   races them: see connector.hpp
//   connecting   a TCP connection stands       tunnelling   (a talk), securing (TLS), else open
//   tunnelling   the talk is done              securing     (TLS), else open
//   securing     the handshake is done         open         checks the certificate on the way
//   open                                                    says so
//   any          failure, or the deadline      failed       says so, with the phase it was in
//
// It says so once, as the last thing it does, perhaps before start() returns; whoever is told must
// not destroy it there and then, but may stop() it and hand it to Reactor::dispose_later. The
// stream is open when it says so without a failure; else whoever has it closes it.
//
// The owner's watcher is registered for the descriptors from the beginning, as the connector has
// it: while the connection comes about, the owner passes on_ready() on.
//
// Thread: the reactor's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/nanos.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/source_addresses.hpp"
#include "net/stream.hpp"
#include "net/talk.hpp"
#include "net/tls.hpp"
#include "net/tls_config.hpp"
#include "reactor/reactor.hpp"

namespace locustella::net {

// What ends an opening, beside the errors of names, sockets and TLS.
enum class OpenError {
    timed_out = 1,
    closed_in_talk,  // the peer went away before the talk was done
};
std::error_code make_error_code(OpenError error);
const std::error_category& open_category();

class Opener final : public reactor::Timer, public reactor::Mortal {
public:
    enum class Phase : std::uint8_t { looking_up, connecting, tunnelling, securing };

    struct Target {
        std::string host;  // to connect to: the server, or the proxy before it; without brackets
        std::uint16_t port = 0;
        // where to come from; nullptr: the system chooses
        std::shared_ptr<const SourceAddresses> sources{};
        Nanos next_after = Connector::next_after_default;
        // what is said over the fresh connection before it is the server's; nullptr: nothing
        std::unique_ptr<Talk> talk{};
        std::optional<TlsConfig> tls{};
        std::string tls_host{};           // whom the certificate must be for; empty: `host`
        std::vector<std::string> alpn{};  // the protocols offered, the best first; empty: none
        Nanos deadline = 0;               // for all of it; 0: for ever
    };

    struct Failure {
        Phase phase = Phase::looking_up;
        std::error_code code{};
        std::string words{};  // more than the code knows, if anything

        explicit operator bool() const { return static_cast<bool>(code); }
    };
    using Told = std::function<void(Failure)>;

    // Where the time since start() has gone. `late` is what this process was late by itself, and is
    // in none of the others: the kernel knows when bytes came, and the resolver when it had its
    // answer.
    struct Spent {
        Nanos looking_up = 0;
        Nanos connecting = 0;
        Nanos tunnelling = 0;
        Nanos securing = 0;
        Nanos late = 0;
        Certainty certainty = Certainty::kernel;  // see Connector::Spent
    };

    Opener(reactor::Reactor& reactor, Resolver& resolver, TlsContexts& contexts,
           reactor::Watcher& watcher, Stream& stream, Told told);
    ~Opener();
    Opener(const Opener&) = delete;
    Opener& operator=(const Opener&) = delete;

    void start(Target target, Nanos now);
    // Ends what is under way, and nothing is said. The stream stays as it is.
    void stop();
    // `events` are epoll's.
    void on_ready(std::uint32_t events);
    void on_timer(Nanos late_by) override;

    Phase phase() const;
    // There is a TCP connection: the stream is open.
    bool stands() const { return connector_ == nullptr; }
    Spent spent(Nanos now) const;

private:
    void on_connected(std::error_code ec);
    void talk();
    void look_up_for_talk();
    void on_talk_address(const Resolver::Answer& answer);
    IoResult advance_talk();
    void secure();
    void shake_hands();
    void fail(std::error_code code, std::string words = {});
    void tell(Failure failure);
    void enter(Phase next, Nanos now);
    void leave_out(Nanos nanos);
    static Nanos& time_of(Spent& spent, Phase phase);

    reactor::Reactor& reactor_;
    Resolver& resolver_;
    TlsContexts& contexts_;
    reactor::Watcher& watcher_;
    Stream& stream_;
    Told told_;
    Target target_;
    std::unique_ptr<Connector> connector_;  // while looking up and connecting
    // ... of an address that the talk wants
    std::shared_ptr<Resolver::Lookup> lookup_;
    base::TalkStep step_;      // of the talk
    std::size_t written_ = 0;  // of its bytes
    Spent spent_;              // in the phases before this one
    Nanos since_ = 0;          // when this one began
    Phase phase_ = Phase::looking_up;
};

}  // namespace locustella::net

template <>
struct std::is_error_code_enum<locustella::net::OpenError> : std::true_type {
};
