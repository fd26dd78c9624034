// How a Connection comes about, as net::Opener does it: what HTTP asks of the opener, and what it
// makes of its times and failures.
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "client/connection.hpp"
#include "client/proxy_talk.hpp"
#include "http/error.hpp"
#include "net/tls.hpp"

namespace locustella::client {

using base::Nanos;
using http::Error;
using http::Failure;
using http::Phases;
using http::Proxy;
using http::ProxyKind;
using http::Stage;
using http::Timeouts;
using http::Times;
using Phase = net::Opener::Phase;

namespace {

// Of the time limits for opening and for all of it, the one that comes first; 0: none.
Nanos opening_deadline(const Timeouts& timeouts, const Times& times, Nanos now)
{
    const Nanos opened = timeouts.connect ? now + timeouts.connect : 0;
    const Nanos over = timeouts.total ? times.begun + timeouts.total : 0;
    return opened && over ? std::min(opened, over) : std::max(opened, over);
}

Failure failure_in_talk(const net::Opener::Failure& failure)
{
    if (failure.code.category() == http::http_category())
        return {Stage::connect, failure.code, failure.words};
    if (failure.code == net::OpenError::closed_in_talk)
        return {Stage::connect, Error::proxy_closed, {}};
    return {Stage::connect, Error::proxy_closed, failure.code.message()};
}

}  // namespace

void Connection::open(Nanos now)
{
    const http::Request& request = exchange_->request;
    origin_ = request.origin;
    route_ = exchange_->route;
    state_ = State::opening;
    peer_closed_ = false;
    const Proxy& proxy = route_->proxy;
    const bool proxied = proxy.kind != ProxyKind::none;
    net::Opener::Target target{
        .host = proxied ? proxy.host : origin_.host,
        .port = proxied ? proxy.port : origin_.port,
        .sources = route_->sources ? route_->sources : context_.sources,
        .next_after = context_.next_attempt_after,
        .deadline = opening_deadline(request.timeouts, exchange_->times, now),
    };
    if (proxy.tunnels(origin_))
        target.talk = std::make_unique<ProxyTalk>(proxy, origin_);
    if (origin_.tls) {
        target.tls = route_->tls;
        target.tls_host = origin_.host;
    }
    opener_ = std::make_unique<net::Opener>(
        reactor_, context_.resolver, context_.tls, *this, stream_,
        [this](const net::Opener::Failure& failure) { on_opened(failure); });
    opener_->start(std::move(target), exchange_->times.since);
}

void Connection::on_opened(const net::Opener::Failure& failure)
{
    const Nanos now = base::monotonic_now();
    if (failure)
        return give_up(failure_of(failure, now), /*stale=*/false, now);
    count_opening(exchange_->times, now);
    stop_opening();
    start_serving(now, /*reused=*/false);
    // What the server has said behind its part of the opening raises no edge of its own.
    if (state_ == State::serving && (peer_closed_ || stream_.may_hold_more()))
        carry_out(fsm_.readable());
}

// The opener's times become the exchange's.
void Connection::count_opening(Times& times, Nanos now)
{
    const auto spent = opener_->spent(now);
    times.phases.lookup += spent.looking_up;
    times.phases.connect += spent.connecting + spent.tunnelling;
    times.phases.tls += spent.securing;
    times.own += spent.late;
    times.doubt(spent.certainty);
    times.phase = origin_.tls ? &Phases::tls : &Phases::connect;
    times.since = times.ended = now;
}

void Connection::stop_opening()
{
    if (!opener_)
        return;
    counted_open_ = opener_->stands();
    context_.counts.opened += counted_open_;
    opener_->stop();
    reactor_.dispose_later(std::move(opener_));  // it may be the one that calls
}

Failure Connection::failure_of(const net::Opener::Failure& failure, Nanos now) const
{
    const Timeouts& timeouts = exchange_->request.timeouts;
    if (failure.code == net::OpenError::timed_out) {
        if (timeouts.total && now >= exchange_->times.begun + timeouts.total)
            return {Stage::receive, Error::total_timeout, {}};
        const bool in_talk = failure.phase == Phase::tunnelling;
        return {Stage::connect, in_talk ? Error::proxy_timeout : Error::connect_timeout, {}};
    }
    switch (failure.phase) {
    case Phase::looking_up: return {Stage::lookup, failure.code, failure.words};
    case Phase::tunnelling: return failure_in_talk(failure);
    case Phase::securing:
        if (failure.code == net::TlsError::unusable_settings)
            return {Stage::tls, Error::tls_setup, failure.words};
        return {Stage::tls, failure.code, failure.words};
    case Phase::connecting: break;
    }
    return {Stage::connect, failure.code, failure.words};
}

}  // namespace locustella::client
