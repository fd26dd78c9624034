#include "client/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/clock.hpp"
#include "base/prefetch.hpp"
#include "http/error.hpp"
#include "net/tcp_facts.hpp"

namespace locustella::client {

using base::Nanos;
using http::Failure;
using http::Origin;
using http::ProxyKind;
using http::Times;
using http::Upload;
using Status = net::IoResult::Status;

namespace {

constexpr std::uint32_t to_be_seen = EPOLLIN | EPOLLRDHUP;

// What the reactor fetches ahead of the turn of one is all of it.
static_assert(sizeof(Connection) <= reactor::soon_used && sizeof(Exchange) <= reactor::soon_used);

}  // namespace

Connection::Connection(Context& context)
    : reactor_(context.reactor),
      context_(context),
      fsm_(context.limits)
{
}

Connection::~Connection()
{
    shut(/*hard=*/state_ != State::idle);
    reactor_.cancel_timer(*this);
    reactor_.withdraw(*this);
}

bool Connection::can_take(const Exchange& exchange) const
{
    return idle() && !peer_closed_ && same_route(route_, exchange.route) &&
           reaches(exchange.request.origin);
}

// A proxy that forwards takes requests for any origin.
bool Connection::reaches(const Origin& origin) const
{
    return origin_ == origin || (route_->proxy.forwards(origin_) && route_->proxy.forwards(origin));
}

// What has arrived since somebody looked (a closing, an answer to nothing) is seen only in a later
// turn: look at the socket itself, but not in a closed loop, where it would cost a system call for
// every request. An upload cannot be sent a second time.
bool Connection::went_stale(const Exchange& before)
{
    const auto& request = before.request;
    const Nanos seen = std::max(looked_at_, reactor_.seen_until());
    const Nanos most = request.body.empty() ? check_after : check_body_after;
    const bool unseen = base::monotonic_now() - seen > most;
    const bool careful = request.upload != Upload::none;
    return (careful || unseen) && stream_.went_stale();
}

void Connection::take(ConnectionOwner& owner, Exchange& exchange)
{
    // First what may want memory: when it throws, neither knows the other.
    fsm_.prepare(exchange.request, exchange.route->proxy, exchange.cookies, exchange.times);
    arm();
    owner_ = &owner;
    exchange_ = &exchange;
    exchange.connection_ = this;
    exchange.reused = false;
    exchange.wants_body = false;
    reactor_.send_later(*this);
}

void Connection::run_deferred()
{
    if (!exchange_)
        return;
    switch (state_) {
    case State::closed: return open(begin_act());
    case State::opening: return;
    case State::idle: ++context_.counts.reused; return start_serving(begin_act(), /*reused=*/true);
    case State::serving:
        carry_out(fsm_.readable());
        if (state_ == State::serving)
            carry_out(fsm_.writable(now_if_wanted()));
        return;
    }
}

// The first act on the wire for this exchange: its response time starts here.
Nanos Connection::begin_act()
{
    const Nanos now = base::monotonic_now();
    Times& times = exchange_->times;
    if (times.begun) {
        times.leave_out(now - times.ended);  // the redirect has waited for us
    } else {
        times.begun = times.since = now;
        reactor_.lag().send.record(now - times.asked);
    }
    return now;
}

void Connection::start_serving(Nanos now, bool reused)
{
    exchange_->reused = reused;
    state_ = State::serving;
    stream_.set_floor(now);
    sent_before_ = stream_.bytes_sent();
    carry_out(fsm_.start(now, reused));
}

Nanos Connection::now_if_wanted() const
{
    return fsm_.wants_time() ? base::monotonic_now() : 0;
}

void Connection::carry_out(Step step)
{
    for (;;) {
        switch (step) {
        case Step::wait: return arm();
        case Step::write: step = write(); break;
        case Step::read: step = read(); break;
        case Step::yield: reactor_.send_later(*this); return arm();
        case Step::ask_for_body: ask_for_body(); return arm();
        case Step::judge_head: step = judge_head(); break;
        case Step::tell_owner:
            reactor_.resume_later(*exchange_);
            step = fsm_.go_on();
            break;
        case Step::done: return complete();
        case Step::failed: return fail();
        }
    }
}

Connection::Step Connection::write()
{
    if (fsm_.goes_on() && stream_.sent_all())
        fsm_.went_on_late();
    const auto result = stream_.write(fsm_.unsent());
    switch (result.status) {
    case Status::done: return fsm_.wrote(result.size, now_if_wanted());
    case Status::again: return fsm_.write_blocked(now_if_wanted());
    case Status::closed: return fsm_.write_failed({}, stream_.tls_failure());
    case Status::error: break;
    }
    return fsm_.write_failed(result.error, stream_.tls_failure());
}

Connection::Step Connection::read()
{
    auto& buffer = reactor_.scratch();
    const auto result = stream_.read({buffer.data(), buffer.size()});
    switch (result.status) {
    case Status::again: return fsm_.read_blocked(now_if_wanted());
    case Status::closed:
        peer_closed_ = true;
        return fsm_.closed({.at = stream_.arrival(), .certainty = stream_.certainty()});
    case Status::error: return fsm_.read_failed(result.error, stream_.tls_failure());
    case Status::done: break;
    }
    // A short read of a plain socket has emptied it; the next byte raises a new edge.
    const bool emptied = !stream_.is_tls() && result.size < buffer.size() && !peer_closed_;
    return look_behind(fsm_.received({buffer.data(), result.size},
                                     {.at = stream_.arrival(),
                                      .certainty = stream_.certainty(),
                                      .early = stream_.arrived_early(),
                                      .emptied = emptied},
                                     now_if_wanted()));
}

// The kernel has one time for all that waits in a socket, that of the last of it. So where an
// answer may have lain there for a while, what is behind its end has put its own time on it.
Connection::Step Connection::look_behind(Step step)
{
    const bool followed = fsm_.is_followed() || peer_closed_;
    if (!fsm_.has_just_ended() || (!followed && !stream_.may_hold_more()))
        return step;
    if (exchange_->times.certainty == base::Certainty::kernel &&
        stream_.arrival() - reactor_.unseen_since() > reactor::Lookout::at_once &&
        (followed || stream_.went_stale()))
        exchange_->times.doubt(base::Certainty::upper_bound);
    return step;
}

Connection::Step Connection::judge_head()
{
    if (owner_->follows(*exchange_, fsm_.response()))
        return fsm_.follow();
    exchange_->head_announced_ = true;
    return fsm_.announce(exchange_->response);
}

void Connection::ask_for_body()
{
    exchange_->wants_body = true;
    exchange_->asked_for_body_ = true;
    reactor_.resume_later(*exchange_);
}

void Connection::take_body(Exchange& exchange)
{
    if (exchange_ == &exchange && fsm_.announced())
        carry_out(fsm_.take_body(exchange.response, now_if_wanted()));
}

void Connection::send_body(Exchange& exchange, std::string_view bytes, bool last)
{
    if (exchange_ != &exchange)
        return;
    exchange.wants_body = false;
    carry_out(fsm_.send_body(bytes, last));
}

void Connection::on_ready(std::uint32_t events)
{
    const bool hung_up = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    const bool readable = hung_up || (events & EPOLLIN);
    switch (state_) {
    case State::closed: return;
    case State::opening:
        // Before, it may be an address that lost, or the proxy's.
        if (opener_->phase() == net::Opener::Phase::securing)
            peer_closed_ |= hung_up;
        opener_->on_ready(events);
        // An overloaded server answers before it is asked, and there will be no second edge for
        // that.
        if (state_ == State::serving && readable && !stream_.is_tls()) {
            peer_closed_ |= hung_up;
            carry_out(fsm_.readable());
        }
        return;
    case State::serving:
        looked_at_ = reactor_.polled_at();
        // While read() waits for the system: the half that an answer is written into.
        base::prefetch(&exchange_->response, sizeof(Exchange) / 2);
        peer_closed_ |= hung_up;
        // First the answer: one that refuses the body may have a reset behind it, which writing
        // runs into.
        if (readable)
            carry_out(fsm_.readable());
        if (state_ == State::serving && (events & EPOLLOUT))
            carry_out(fsm_.writable(now_if_wanted()));
        return;
    case State::idle:
        peer_closed_ |= hung_up;
        if (hung_up || stream_.went_stale())
            shut(/*hard=*/false);
        return;
    }
}

void Connection::complete()
{
    fsm_.take_response(exchange_->response);
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.connection_ = nullptr;
    const bool followed = stream_.may_hold_more() && stream_.went_stale();
    if (fsm_.reusable() && !peer_closed_ && !followed) {
        state_ = State::idle;
    } else {
        shut(/*hard=*/false);
    }
    owner_->finished(*this, exchange);
}

void Connection::fail()
{
    const bool stale = was_stale() || fsm_.may_repeat();
    fsm_.take_response(exchange_->response);
    give_up(fsm_.take_failure(), stale, base::monotonic_now());
}

// Whoever reads of the failure has to know that it was the proxy that could not be reached.
void Connection::name_proxy(Failure& failure) const noexcept
{
    try {
        if (failure.words.empty())
            failure.words = "proxy " + route_->proxy.place();
    } catch (const std::bad_alloc&) {  // the failure is told all the same
    }
}

// The exchange ends here and now, whatever it was doing.
void Connection::give_up(Failure failure, bool stale, Nanos now)
{
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.connection_ = nullptr;
    if (opener_)
        count_opening(exchange.times, now);
    if (!exchange.head_announced_)
        exchange.times.end(now);
    if (opener_ && !opener_->stands()) {
        ++context_.counts.failed;
        if (route_->proxy.kind == ProxyKind::http)
            name_proxy(failure);
    }
    shut(/*hard=*/true);
    owner_->failed(*this, exchange, std::move(failure), stale);
}

// Whether the server had closed a kept connection before it could see this request: then nothing of
// the request was acknowledged. A server that took the request and closed without an answer has
// failed, and that counts.
bool Connection::was_stale() const
{
    const bool unsent = stream_.bytes_sent() == sent_before_;
    if (!fsm_.perhaps_stale(peer_closed_, unsent) || !stream_.is_open())
        return false;
    if (unsent)
        return true;
    const auto acknowledged = net::bytes_acknowledged(stream_.fd());
    return acknowledged && *acknowledged <= sent_before_;
}

void Connection::abandon(Exchange& exchange)
{
    if (exchange_ != &exchange)
        return;
    exchange_ = nullptr;
    exchange.connection_ = nullptr;
    if (exchange.times.begun) {
        const Nanos now = base::monotonic_now();
        if (opener_)
            count_opening(exchange.times, now);
        exchange.times.end(now);
    }
    reactor_.withdraw(*this);
    shut(/*hard=*/true);
}

bool Connection::abandon_all_of(const ConnectionOwner& owner)
{
    if (!exchange_ || owner_ != &owner)
        return false;
    abandon(*exchange_);
    return true;
}

void Connection::close()
{
    shut(/*hard=*/false);
}

void Connection::shut(bool hard)
{
    stop_opening();
    if (!exchange_)
        fsm_.abandon();  // else it waits for its send turn, and opens the connection anew
    if (stream_.is_open()) {
        reactor_.forget(stream_.fd(), *this);
        hard ? stream_.reset() : stream_.close();
    }
    if (std::exchange(counted_open_, false))
        ++context_.counts.closed;
    state_ = State::closed;
}

// The timer is not moved at every request: it strikes, and finds out how long there is still to
// wait.
void Connection::arm()
{
    const Nanos deadline = fsm_.deadline();
    if (deadline && (!armed() || due() > deadline))
        reactor_.add_timer(*this, deadline);
}

// What came later than seen_until() has not been read yet. What came before may lie in the socket,
// too, where we had our reasons not to read it all: then there is no event to come.
void Connection::on_timer(Nanos)
{
    const Nanos deadline = exchange_ ? fsm_.deadline() : 0;
    if (deadline == 0)
        return;
    if (deadline <= reactor_.seen_until() && state_ == State::serving) {
        const Exchange* const judged = exchange_;
        const Nanos last = stream_.arrival();
        if (stream_.may_hold_more())
            carry_out(fsm_.readable());
        else
            reactor_.look(stream_.fd(), *this, to_be_seen);
        if (exchange_ != judged || state_ != State::serving || fsm_.deadline() == 0)
            return;
        // There may be still more of what came in time.
        const bool more = stream_.arrival() != last && stream_.may_hold_more();
        if (more && stream_.arrival() <= fsm_.deadline())
            return reactor_.add_timer(*this, fsm_.deadline());
    }
    carry_out(fsm_.timed_out(reactor_.seen_until()));
}

void Connection::on_thrown(const std::exception_ptr&) noexcept
{
    if (!exchange_)
        return;
    try {
        const auto no_memory = std::make_error_code(std::errc::not_enough_memory);
        give_up({http::Stage::receive, no_memory, {}}, /*stale=*/false, base::monotonic_now());
    } catch (...) {  // nor is there any to say so with: its timeout will
    }
}

}  // namespace locustella::client
