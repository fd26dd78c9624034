// One connection to a server, serving one request after another: the sockets' side of a state
// machine that knows HTTP (http/http1_fsm.hpp).
//
//   connection.take(owner, exchange);     // later: owner.finished() or owner.failed()
//   connection.abandon(exchange);         // ... or nobody waits any more
//
//   state     event                          next      does
//   --------  -----------------------------  --------  ------------------------------------------
//   closed    take(), send turn              opening   name, proxy, TLS: see net/opener.hpp
//   opening   the opener is done             serving   what the state machine says
//   idle      take(), send turn              serving   what the state machine says
//   serving   the answer is complete         idle      or closed, when it cannot be used again
//   idle      readable or hung up            closed
//   any       failure, timeout, abandon()    closed    abandon() and timeouts close with a reset
//
// A request leaves in the reactor's send phase, so that all requests of one batch of users go
// together.
//
// HTTP/1.1 has one exchange at a time on a connection, and no way to give it up but to close.
// Whoever uses connections must assume neither: ask full(), load() and closed().
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "client/connection_owner.hpp"
#include "client/context.hpp"
#include "client/exchange.hpp"
#include "http/http1_fsm.hpp"
#include "net/opener.hpp"
#include "net/stream.hpp"
#include "reactor/reactor.hpp"

namespace locustella::client {

class Connection final : public reactor::Watcher,
                         public reactor::Timer,
                         public reactor::Deferred,
                         public reactor::Mortal {
public:
    explicit Connection(Context& context);
    // Not from where its owner is told something.
    ~Connection();

    // Takes the exchange to its end, of which the owner is told. Only if can_take() or closed().
    void take(ConnectionOwner& owner, Exchange& exchange);
    // The exchange is no longer wanted. Nobody is told; others on this connection go on.
    void abandon(Exchange& exchange);
    // All exchanges of this owner are no longer wanted. True if there were any.
    bool abandon_all_of(const ConnectionOwner& owner);
    // One that serves nobody.
    void close();

    // How many exchanges it serves, those included that have not been sent yet.
    std::size_t load() const { return exchange_ ? 1 : 0; }
    // It serves as many as it can.
    bool full() const { return exchange_ != nullptr; }
    // It serves nobody. closed(): nor is it open to any server; idle(): it waits for the next.
    bool closed() const { return state_ == State::closed && !exchange_; }
    bool idle() const { return state_ == State::idle && !exchange_; }
    // Open, and could serve this exchange beside those that it serves, as far as is known.
    bool can_take(const Exchange& exchange) const;
    // Looks at the socket of an idle one, if what is known may be out of date: whether the server
    // has closed it, or said something unasked. Then close() it.
    bool went_stale(const Exchange& before);
    // Where to, and how: of what it serves, or served last.
    const http::Origin& origin() const { return exchange_ ? exchange_->request.origin : origin_; }
    const SharedRoute& route() const { return exchange_ ? exchange_->route : route_; }

    // A streamed body: what has come so far is moved into exchange.response, and more asked for.
    void take_body(Exchange& exchange);
    // An upload that wants its next piece: takes it.
    void send_body(Exchange& exchange, std::string_view bytes, bool last);

    void on_ready(std::uint32_t events) override;
    void on_timer(base::Nanos late_by) override;
    void run_deferred() override;
    // One of the three above has thrown: the exchange fails, for want of memory in all likelihood.
    void on_thrown(const std::exception_ptr&) noexcept override;

private:
    using Step = http::Http1Fsm::Step;
    enum class State : std::uint8_t { closed, opening, serving, idle };

    // How long nobody may have looked at an idle connection before it is used again; a turn with a
    // full batch takes about as long, with TLS.
    static constexpr base::Nanos check_after = 5 * base::nanos_per_milli;
    // ... by a request with a body, which may change something: who is not sure that the server has
    // not seen it, cannot send it again.
    static constexpr base::Nanos check_body_after = base::nanos_per_milli;

    bool reaches(const http::Origin& origin) const;
    base::Nanos begin_act();
    void open(base::Nanos now);
    void on_opened(const net::Opener::Failure& failure);
    void count_opening(http::Times& times, base::Nanos now);
    void stop_opening();
    http::Failure failure_of(const net::Opener::Failure& failure, base::Nanos now) const;
    void start_serving(base::Nanos now, bool reused);
    void carry_out(Step step);
    Step read();
    Step look_behind(Step step);
    Step write();
    Step judge_head();
    void ask_for_body();
    void complete();
    void fail();
    void name_proxy(http::Failure& failure) const noexcept;
    void give_up(http::Failure failure, bool stale, base::Nanos now);
    bool was_stale() const;
    void shut(bool hard);
    void arm();
    base::Nanos now_if_wanted() const;

    reactor::Reactor& reactor_;
    Context& context_;
    ConnectionOwner* owner_ = nullptr;
    Exchange* exchange_ = nullptr;
    net::Stream stream_;
    http::Http1Fsm fsm_;
    std::unique_ptr<net::Opener> opener_;  // while opening
    http::Origin origin_;
    SharedRoute route_ = default_route();
    std::uint64_t sent_before_ = 0;  // bytes on this connection before the present request
    base::Nanos looked_at_ = 0;      // a poll has found its socket ready; what was there is known
    State state_ = State::closed;
    bool counted_open_ = false;
    bool peer_closed_ = false;
};

// Closes one that serves nobody, at once; it may be the one that calls, and goes with its turn.
inline void dispose_of(std::unique_ptr<Connection> connection, reactor::Reactor& reactor)
{
    connection->close();
    reactor.dispose_later(std::move(connection));
}

}  // namespace locustella::client
