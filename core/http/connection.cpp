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
    // A closing that arrived while we slept is seen by epoll only in the next turn: look at the socket
    // itself, but not in a closed loop, where it would cost a system call for every request.
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
    case State::closed:
        look_up();
        break;
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
            send();
        break;
    default:
        break;
    }
}

// The first act on the wire for this exchange: its response time starts here.
void Connection::begin_act()
{
    const Nanos now = base::monotonic_now();
    if (exchange_->times.begun) {
        own_delay(now - exchange_->times.ended);  // the redirect has waited for us
        return;
    }
    exchange_->times.begun = now;
    context_.reactor.lag().send.record(now - exchange_->times.asked);
}

// While a request is under way this process may be late for its next step: a connection stands, or the server's part of
// a TLS handshake is there, and Python keeps the thread. The kernel knows when they came; the difference is ours, not
// the server's, and does not count.
void Connection::own_delay(Nanos nanos)
{
    if (nanos > 0)
        exchange_->times.own += nanos;
}

void Connection::look_up()
{
    const Request& request = exchange_->request;
    begin_act();
    origin_ = request.origin;
    route_ = request.route;
    state_ = State::looking_up;
    set_deadline(request.timeouts.connect);
    const Proxy& proxy = route_->proxy;
    const bool proxied = proxy.kind != ProxyKind::none;
    const std::string& host = proxied ? proxy.host : origin_.host;
    lookup_ = context_.resolver.resolve(
        host, proxied ? proxy.port : origin_.port, [this](std::error_code ec, const net::Endpoints& found) {
            lookup_.reset();
            if (ec)
                return fail(Stage::lookup, ec);
            endpoints_ = found;
            next_endpoint_ = 0;
            open_next();
        });
}

void Connection::open_next()
{
    std::error_code ec;
    while (next_endpoint_ < endpoints_.size()) {
        ec = stream_.open(endpoints_[next_endpoint_++]);
        if (ec)
            continue;
        state_ = State::connecting;
        opened_at_ = base::monotonic_now();
        set_deadline(exchange_->request.timeouts.connect);
        context_.reactor.watch(stream_.fd(), *this);
        return;
    }
    ++context_.counts.failed;
    fail(Stage::connect, ec);
}

void Connection::on_connecting()
{
    const auto result = stream_.connected();
    if (result.status == Status::again)
        return;
    if (result.status == Status::error) {
        context_.reactor.forget(stream_.fd(), *this);
        stream_.close();
        if (next_endpoint_ < endpoints_.size())
            return open_next();
        ++context_.counts.failed;
        return fail(Stage::connect, result.error);
    }
    if (const auto round_trip = net::connect_round_trip(stream_.fd()))
        own_delay(base::monotonic_now() - opened_at_ - *round_trip);
    ++context_.counts.opened;
    counted_open_ = true;
    peer_closed_ = false;
    endpoints_ = {};
    if (route_->proxy.tunnels(origin_))
        return open_tunnel();
    secure();
}

// The way to the server stands: what is left is TLS, where the origin has it.
void Connection::secure()
{
    if (!origin_.tls)
        return start_sending();
    try {
        if (const auto ec = stream_.start_tls(net::TlsContexts::of_this_thread().get(route_->tls), origin_.host))
            return fail(Stage::tls, ec, stream_.tls_failure());
    } catch (const net::TlsSetupError& error) {
        return fail(Stage::tls, make_error_code(Error::tls_setup), error.what());
    }
    state_ = State::handshaking;
    on_handshaking();
}

void Connection::on_handshaking()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    const auto result = stream_.handshake();
    if (stream_.arrival())
        own_delay(began - stream_.arrival());
    switch (result.status) {
    case Status::again:
        return;
    case Status::done:
        return start_sending();
    case Status::closed:
        return fail(Stage::tls, net::TlsError::protocol, "the server closed the connection during the TLS handshake");
    case Status::error:
        return fail(Stage::tls, result.error, stream_.tls_failure());
    }
}

void Connection::start_sending()
{
    state_ = State::sending;
    parser_.begin(exchange_->request.method == "HEAD");
    parser_.hold_body(!exchange_->request.stream);
    exchange_->times.sent = base::monotonic_now();
    stream_.set_floor(exchange_->times.sent);
    sent_before_ = stream_.bytes_sent();
    send();
}

void Connection::send()
{
    while (written_ < out_.size()) {
        const auto result = stream_.write(std::string_view(out_).substr(written_));
        if (result.status == Status::again)
            return set_deadline(exchange_->request.timeouts.read);
        if (result.status != Status::done) {
            const bool closed = result.status == Status::closed;
            return fail(Stage::send, closed ? make_error_code(Error::closed_before_response) : result.error,
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

void Connection::on_ready(std::uint32_t events)
{
    const bool hung_up = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    const bool readable = hung_up || (events & EPOLLIN);
    if (hung_up && state_ != State::connecting && state_ != State::tunnelling)
        peer_closed_ = true;
    switch (state_) {
    case State::connecting:
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            on_connecting();
        // An overloaded server answers before it is asked, and there will be no second edge for that.
        if (readable && (state_ == State::sending || state_ == State::receiving))
            receive(hung_up);
        break;
    case State::tunnelling:
        on_tunnelling();
        if (readable && (state_ == State::sending || state_ == State::receiving))
            receive(hung_up);
        break;
    case State::handshaking:
        on_handshaking();
        break;
    case State::sending:
        // First the answer: one that refuses the body may have a reset behind it, which writing runs into.
        if (readable)
            receive(hung_up);
        if (state_ == State::sending && (events & EPOLLOUT))
            send();
        break;
    case State::receiving:
        receive(peer_closed_);
        break;
    case State::idle:
        if (hung_up || stream_.went_stale())
            shut(/*hard=*/false);
        break;
    case State::closed:
    case State::looking_up:
        break;
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
        case Status::closed:
            return on_closed();
        case Status::error:
            return fail(Stage::receive, result.error, stream_.tls_failure());
        case Status::done:
            if (exchange_->reused && !parser_.started() && stream_.arrived_early())
                return fail(Stage::receive, Error::unasked_response);  // of an earlier request, or of none
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
    if (parser_.has_head() && !exchange_->times.head)
        exchange_->times.head = stream_.arrival();
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
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    Response& response = parser_.response();
    if (exchange.head_announced_) {
        exchange.response.bytes.append(response.bytes);
    } else {
        exchange.times.ended = stream_.arrival();
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

// Whether the server had closed a kept connection before it could see this request: then nothing of the request was
// acknowledged. A server that took the request and closed without an answer has failed, and that counts. A reset
// without a closing before it (the kernel would say EPIPE then) may come from a server that has read the request
// and not yet acknowledged it: that counts too.
bool Connection::was_stale(std::error_code code) const
{
    const bool lost = code == Error::closed_before_response || code == std::errc::broken_pipe ||
                      (code == Error::unasked_response && peer_closed_);  // such as 408, and then the closing
    return lost && exchange_->reused && stream_.is_open() && net::bytes_acknowledged(stream_.fd()) <= sent_before_;
}

void Connection::fail(Stage stage, std::error_code code, std::string words)
{
    const bool stale = was_stale(code);
    Exchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.connection_ = nullptr;
    exchange.times.ended = base::monotonic_now();
    const bool answering = state_ == State::sending || state_ == State::receiving;
    // Whoever reads of the failure has to know that it was the proxy that could not be reached.
    const bool on_the_way = state_ == State::looking_up || state_ == State::connecting;
    if (on_the_way && words.empty() && route_->proxy.kind == ProxyKind::http)
        words = "proxy " + route_->proxy.place();
    if (answering && parser_.started() && !exchange.head_announced_)
        exchange.response = std::move(parser_.response());
    shut(/*hard=*/true);
    client_->failed(*this, exchange, {stage, code, std::move(words)}, stale);
}

void Connection::abandon()
{
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

// The timer is not moved at every request: it strikes, and finds out how long there is still to wait.
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
