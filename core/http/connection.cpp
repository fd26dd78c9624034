#include "http/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "http/client.hpp"
#include "http/error.hpp"
#include "http/request_text.hpp"
#include "net/tcp_facts.hpp"

namespace locustella::http {

using net::IoResult;
using Status = IoResult::Status;

Connection::Connection(Context& context) : context_(context), parser_(context.limits) {}

Connection::~Connection()
{
    shut(/*hard=*/state_ != State::idle);
    context_.reactor.cancel_timer(*this);
    context_.reactor.withdraw(*this);
}

bool Connection::serves(const Request& request)
{
    if (!idle() || !same_route(route_, request.route) || !reaches(request.origin))
        return false;
    // A closing that arrived while we slept is seen by epoll only in the next turn: look at the
    // socket itself, but not in a closed loop, where it would cost a system call for every request.
    // An upload cannot be sent a second time.
    const bool careful = request.upload != Upload::none;
    const bool rested = careful || base::monotonic_now() - idle_since_ > check_after_idle;
    if (!peer_closed_ && !(rested && stream_.went_stale()))
        return true;
    shut(/*hard=*/false);
    return false;
}

// A proxy that forwards takes requests for any origin.
bool Connection::reaches(const Origin& origin) const
{
    return origin_ == origin || (route_->proxy.forwards(origin_) && route_->proxy.forwards(origin));
}

void Connection::begin(Client& client, Exchange& exchange, std::string_view cookies)
{
    client_ = &client;
    exchange_ = &exchange;
    exchange.connection_ = this;
    exchange.reused = false;
    write_request(exchange.request, cookies, out_);
    written_ = 0;
    paused_ = false;
    body_ended_ = exchange.request.upload == Upload::none;
    exchange.wants_body = false;
    pending_.clear();
    if (exchange.times.begun)
        set_deadline(0);  // another hop or another try: the time for all of them goes on
    context_.reactor.send_later(*this);
}

void Connection::run_deferred()
{
    if (!exchange_)
        return;
    switch (state_) {
    case State::closed: connect(); break;
    case State::idle:
        exchange_->reused = true;
        ++context_.counts.reused;
        begin_act();
        start_sending();
        break;
    case State::sending:
    case State::receiving:
        receive(peer_closed_);
        if (exchange_ && state_ == State::sending)
            go_on_sending();
        break;
    default: break;
    }
}

// The first act on the wire for this exchange: its response time starts here.
void Connection::begin_act()
{
    const Nanos now = base::monotonic_now();
    Times& times = exchange_->times;
    if (times.begun) {
        times.leave_out(now - times.ended);  // the redirect has waited for us
        return;
    }
    times.begun = times.since = now;
    context_.reactor.lag().send.record(now - times.asked);
}

// The exchange ends here and now, whatever it was doing.
void Connection::end_act()
{
    Times& times = exchange_->times;
    times.ended = base::monotonic_now();
    connector_ ? count_connecting(times.ended) : times.enter(times.phase, times.ended);
}

// The arrival of what was just read. An answer that came before it was asked for took no time.
Nanos Connection::arrived() const
{
    return std::max(stream_.arrival(), exchange_->times.sent);
}

void Connection::start_sending()
{
    Times& times = exchange_->times;
    parser_.begin(exchange_->request.method == "HEAD");
    parser_.hold_body(!exchange_->request.stream);
    times.sent = base::monotonic_now();
    times.first = times.head = 0;
    if (!exchange_->reused)
        times.enter(&Phases::send, times.sent);  // until now it was connecting, or TLS
    times.phase = &Phases::send;
    state_ = State::sending;
    stream_.set_floor(times.sent);
    sent_before_ = stream_.bytes_sent();
    send();
    if (state_ == State::receiving)
        times.phase = &Phases::first_byte;  // the kernel has taken it at once
}

void Connection::send()
{
    while (written_ < out_.size()) {
        const auto result = stream_.write(std::string_view(out_).substr(written_));
        if (result.status == Status::again)
            return set_deadline(exchange_->request.timeouts.read);
        if (result.status != Status::done) {
            const bool closed = result.status == Status::closed;
            return fail(Stage::send,
                        closed ? make_error_code(Error::closed_before_response) : result.error,
                        stream_.tls_failure());
        }
        written_ += result.size;
    }
    if (!body_ended_)
        return ask_for_body();
    constexpr std::size_t worth_keeping = 4096;
    if (out_.capacity() > worth_keeping)
        out_ = std::string();
    state_ = State::receiving;
    set_deadline(exchange_->request.timeouts.read);
}

// What the kernel did not take at once.
void Connection::go_on_sending()
{
    send();
    if (state_ == State::receiving && !exchange_->times.first)
        exchange_->times.enter(&Phases::first_byte, base::monotonic_now());
}

void Connection::on_ready(std::uint32_t events)
{
    const bool hung_up = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    const bool readable = hung_up || (events & EPOLLIN);
    if (hung_up && state_ != State::connecting && state_ != State::tunnelling)
        peer_closed_ = true;
    switch (state_) {
    case State::connecting:
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            connector_->on_ready();
        // An overloaded server answers before it is asked, and there will be no second edge for
        // that.
        if (readable && (state_ == State::sending || state_ == State::receiving))
            receive(hung_up);
        break;
    case State::tunnelling:
        on_tunnelling();
        if (readable && (state_ == State::sending || state_ == State::receiving))
            receive(hung_up);
        break;
    case State::handshaking: on_handshaking(); break;
    case State::sending:
        // First the answer: one that refuses the body may have a reset behind it, which writing
        // runs into.
        if (readable)
            receive(hung_up);
        if (state_ == State::sending && (events & EPOLLOUT))
            go_on_sending();
        break;
    case State::receiving: receive(peer_closed_); break;
    case State::idle:
        if (hung_up || stream_.went_stale())
            shut(/*hard=*/false);
        break;
    case State::closed: break;
    }
}

bool Connection::reached_high_water() const
{
    return exchange_->head_announced_ && parser_.response().bytes.size() > stream_high_water;
}

void Connection::receive(bool peer_closed)
{
    auto& buffer = context_.reactor.scratch();
    for (int reads = 0;; ++reads) {
        if (reached_high_water()) {
            paused_ = true;
            return;
        }
        if (reads == most_reads) {
            set_deadline(exchange_->request.timeouts.read);
            return context_.reactor.send_later(*this);  // others first
        }
        const auto result = stream_.read({buffer.data(), buffer.size()});
        switch (result.status) {
        case Status::again:
            if (reads > 0)
                set_deadline(exchange_->request.timeouts.read);
            return;
        case Status::closed: return on_closed();
        case Status::error: return fail(Stage::receive, result.error, stream_.tls_failure());
        case Status::done:
            if (exchange_->reused && !parser_.started() && stream_.arrived_early())
                // of an earlier request, or of none
                return fail(Stage::receive, Error::unasked_response);
            if (!take({buffer.data(), result.size}))
                return;
        }
        // A short read of a plain socket has emptied it; the next byte raises a new edge.
        if (!stream_.is_tls() && result.size < buffer.size() && !peer_closed)
            return set_deadline(exchange_->request.timeouts.read);
    }
}

// False when the exchange is over, one way or the other.
bool Connection::take(std::string_view bytes)
{
    std::error_code ec;
    std::size_t used = 0;
    if (pending_.empty()) {
        used = parser_.put(bytes, ec);
        pending_.assign(bytes.substr(used));
    } else {
        pending_.append(bytes);
        used = parser_.put(pending_, ec);
        pending_.erase(0, used);
    }
    if (ec) {
        fail(Stage::receive, ec, parser_.bad_line());
        return false;
    }
    Times& times = exchange_->times;
    if (!times.first)
        begin_answer();
    if (parser_.has_head() && !times.head)
        times.head = arrived();
    if (parser_.complete()) {
        const bool emptied = !stream_.may_hold_more() || !stream_.went_stale();
        const bool all_sent = written_ >= out_.size() && body_ended_;
        complete(parser_.response().keep_alive && pending_.empty() && all_sent && emptied);
        return false;
    }
    if (parser_.has_head() && exchange_->request.stream)
        announce_head();
    return true;
}

// The first bytes of an answer are there: perhaps before all of the request was out, or before our
// clock said so.
void Connection::begin_answer()
{
    Times& times = exchange_->times;
    times.first = arrived();
    if (times.first < times.since)
        times.phase = &Phases::send;  // which took less, then
    times.enter(&Phases::receive, times.first);
}

void Connection::on_closed()
{
    peer_closed_ = true;
    std::error_code ec;
    parser_.end_of_stream(ec);
    if (ec)
        return fail(Stage::receive, ec);
    complete(/*reusable=*/false);
}

void Connection::complete(bool reusable)
{
    const Nanos last = arrived();
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    Response& response = parser_.response();
    if (exchange.head_announced_) {
        exchange.response.bytes.append(response.bytes);
    } else {
        exchange.times.ended = last;
        exchange.times.enter(&Phases::receive, last);
        exchange.response = std::move(response);
    }
    exchange.connection_ = nullptr;
    deadline_ = 0;
    if (reusable && !peer_closed_) {
        state_ = State::idle;
        idle_since_ = stream_.arrival();
    } else {
        shut(/*hard=*/false);
    }
    client_->finished(*this, exchange);
}

// Whether the server had closed a kept connection before it could see this request: then nothing of
// the request was acknowledged. A server that took the request and closed without an answer has
// failed, and that counts. A reset without a closing before it (the kernel would say EPIPE then)
// may come from a server that has read the request and not yet acknowledged it: that counts too.
bool Connection::was_stale(std::error_code code) const
{
    const bool lost = code == Error::closed_before_response || code == std::errc::broken_pipe ||
                      // such as 408, and then the closing
                      (code == Error::unasked_response && peer_closed_);
    return lost && exchange_->reused && stream_.is_open() &&
           net::bytes_acknowledged(stream_.fd()) <= sent_before_;
}

// Whether geventhttpclient, the client of Locust's FastHttpUser, would send this request again: it
// does no harm twice, and the connection ended without a byte of an answer. It does so for new
// connections too; we do not: a server that accepts a connection and closes it has failed.
bool Connection::may_repeat(std::error_code code) const
{
    const bool lost = code == Error::closed_before_response || code == std::errc::broken_pipe ||
                      code == std::errc::connection_reset;
    return lost && exchange_->reused && exchange_->request.repeats && !parser_.started();
}

void Connection::fail(Stage stage, std::error_code code, std::string words)
{
    const bool stale = was_stale(code) || may_repeat(code);
    end_act();
    context_.counts.failed += connector_ != nullptr;
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.connection_ = nullptr;
    const bool answering = state_ == State::sending || state_ == State::receiving;
    // Whoever reads of the failure has to know that it was the proxy that could not be reached.
    const bool on_the_way = state_ == State::connecting;
    if (on_the_way && words.empty() && route_->proxy.kind == ProxyKind::http)
        words = "proxy " + route_->proxy.place();
    if (answering && parser_.started() && !exchange.head_announced_)
        exchange.response = std::move(parser_.response());
    shut(/*hard=*/true);
    client_->failed(*this, exchange, {stage, code, std::move(words)}, stale);
}

void Connection::abandon()
{
    if (exchange_ && exchange_->times.begun)
        end_act();
    exchange_ = nullptr;
    context_.reactor.withdraw(*this);
    shut(/*hard=*/true);
}

void Connection::close()
{
    shut(/*hard=*/false);
}

void Connection::shut(bool hard)
{
    connector_.reset();
    lookup_.reset();
    tunnel_.reset();
    deadline_ = 0;
    pending_ = std::string();
    if (stream_.is_open()) {
        context_.reactor.forget(stream_.fd(), *this);
        hard ? stream_.reset() : stream_.close();
    }
    if (std::exchange(counted_open_, false))
        ++context_.counts.closed;
    state_ = State::closed;
}

void Connection::set_deadline(Nanos timeout)
{
    const Nanos total = exchange_->request.timeouts.total;
    if (timeout == 0 && total == 0) {
        deadline_ = 0;
        return;
    }
    const Nanos now = base::monotonic_now();
    deadline_ = timeout ? now + timeout : std::numeric_limits<Nanos>::max();
    if (total)
        deadline_ = std::min(deadline_, exchange_->times.begun + total);
    if (!armed() || due() > deadline_)
        context_.reactor.add_timer(*this, deadline_);
}

// The timer is not moved at every request: it strikes, and finds out how long there is still to
// wait.
void Connection::on_timer(Nanos)
{
    if (!exchange_ || deadline_ == 0 || paused_)
        return;
    const Nanos now = base::monotonic_now();
    if (now < deadline_)
        return context_.reactor.add_timer(*this, deadline_);
    const Timeouts& timeouts = exchange_->request.timeouts;
    if (timeouts.total && now >= exchange_->times.begun + timeouts.total)
        return fail(Stage::receive, Error::total_timeout);
    if (exchange_->wants_body)
        return;  // the silence is ours
    const bool connecting = state_ != State::sending && state_ != State::receiving;
    if (state_ == State::tunnelling)
        return fail(Stage::connect, Error::proxy_timeout);
    if (connecting)
        return fail(Stage::connect, Error::connect_timeout);
    fail(Stage::receive, Error::read_timeout);
}

}  // namespace locustella::http
