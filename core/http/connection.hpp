// One connection to a server, serving one request after another.
//
//   state       event                         next         does
//   ---------   ---------------------------   ----------   ------------------------------------------
//   closed      begin(), send turn            connecting   name and addresses: see net/connector.hpp
//   connecting  a TCP connection stands       tunnelling   (a proxy's), handshaking (TLS), else sending
//   tunnelling  the proxy has agreed          handshaking  (TLS), else sending
//   handshaking finished                      sending      checks the certificate on the way
//   idle        begin(), send turn            sending      writes head and body
//   sending     all written, body goes on     sending      asks the owner for the next piece
//   sending     all written                   receiving
//   sending     readable                      receiving    a server may answer early
//   receiving   response complete             idle         or closed, when it cannot be used again
//   idle        readable or hung up           closed
//   any         failure, timeout, abandon()   closed       abandon() and timeouts close with a reset
//
// A request leaves in the reactor's send phase, so that all requests of one batch of users go
// together.
//
// Thread: the reactor's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/exchange.hpp"
#include "http/limits.hpp"
#include "http/response_parser.hpp"
#include "http/tunnel.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/source_addresses.hpp"
#include "net/stream.hpp"
#include "reactor/reactor.hpp"

namespace locustella::http {

class Client;

// What happened to connections, for the report and for the tests' balance.
struct ConnectionCounts {
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t failed = 0;    // never came to be: no such name, refused, timed out
    std::uint64_t reused = 0;    // requests that found one open
    std::uint64_t repeated = 0;  // ... that was closed under them, and that were sent again
};

// What the clients of one thread share.
struct Context {
    explicit Context(reactor::Reactor& r) : reactor(r), resolver(r) {}

    reactor::Reactor& reactor;
    net::Resolver resolver;
    ConnectionCounts counts;
    Limits limits;
    // of routes that name none; nullptr: the system chooses
    std::shared_ptr<const net::SourceAddresses> sources;
    Nanos next_attempt_after = net::Connector::next_after_default;
};

class Connection final : public reactor::Watcher, public reactor::Timer, public reactor::Deferred {
public:
    explicit Connection(Context& context);
    ~Connection();

    // Takes the exchange to its end; the client's finished() or failed() is called then. The
    // connection must be closed or idle, and, if idle, to the exchange's origin.
    void begin(Client& client, Exchange& exchange, std::string_view cookies);
    void abandon();
    void close();  // an idle one

    // Free for another exchange. One that has begun but not been sent yet is neither.
    bool idle() const { return state_ == State::idle && !exchange_; }
    bool closed() const { return state_ == State::closed && !exchange_; }
    // Of the exchange under way, or of the last one.
    const Client* client() const { return client_; }
    const Origin& origin() const { return exchange_ ? exchange_->request.origin : origin_; }
    const SharedRoute& route() const { return exchange_ ? exchange_->request.route : route_; }
    // Idle, to this origin, and as far as we know still open.
    bool serves(const Request& request);

    // A streamed body: what has come so far is taken out of exchange.response by its owner; this
    // asks for more.
    void read_on();
    // An upload that wants its next piece: takes it.
    void send_body(std::string_view bytes, bool last);

    void on_ready(std::uint32_t events) override;
    void on_timer(Nanos late_by) override;
    void run_deferred() override;

private:
    enum class State : std::uint8_t {
        closed,
        connecting,
        tunnelling,
        handshaking,
        sending,
        receiving,
        idle
    };

    static constexpr int most_reads = 16;  // in one go: 1 MiB
    static constexpr std::size_t stream_high_water = 256 * 1024;
    static constexpr Nanos check_after_idle = 10 * base::nanos_per_milli;

    bool reaches(const Origin& origin) const;
    void connect();
    void on_connected(std::error_code ec);
    void on_way_open();
    void open_tunnel();
    void look_up_for_proxy();
    void on_origin_address(const net::Resolver::Answer& answer);
    void on_tunnelling();
    void secure();
    void on_handshaking();
    void start_sending();
    void send();
    void go_on_sending();
    void receive(bool peer_closed);
    bool take(std::string_view bytes);
    void begin_answer();
    void announce_head();
    void ask_for_body();
    void on_closed();
    void complete(bool reusable);
    void fail(Stage stage, std::error_code code, std::string words = {});
    bool was_stale(std::error_code code) const;
    bool may_repeat(std::error_code code) const;
    void shut(bool hard);
    void begin_act();
    Nanos arrived() const;
    void end_act();
    void count_connecting(Nanos now);
    void set_deadline(Nanos timeout);
    bool reached_high_water() const;

    Context& context_;
    Client* client_ = nullptr;
    Exchange* exchange_ = nullptr;
    net::Stream stream_;
    ResponseParser parser_;
    std::string out_;
    std::string pending_;                        // read but not yet parsable
    std::unique_ptr<net::Connector> connector_;  // while connecting
    std::unique_ptr<Tunnel> tunnel_;             // while tunnelling
    // ... of the origin's address, for a SOCKS5 proxy
    std::shared_ptr<net::Resolver::Lookup> lookup_;
    Origin origin_;
    SharedRoute route_ = default_route();
    std::size_t written_ = 0;
    std::uint64_t sent_before_ = 0;  // bytes on this connection before the present request
    Nanos deadline_ = 0;  // of the present silence; the timer may be armed for an earlier one
    Nanos idle_since_ = 0;
    State state_ = State::closed;
    bool counted_open_ = false;
    bool peer_closed_ = false;
    bool paused_ = false;
    bool body_ended_ = true;  // of an upload: nothing will come behind `out_`
};

}  // namespace locustella::http
