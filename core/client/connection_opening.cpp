// How a Connection comes about: TCP, the agreement of a proxy, TLS.
#include <algorithm>
#include <utility>

#include "client/client.hpp"
#include "client/connection.hpp"
#include "http/error.hpp"

namespace locustella::client {

using base::Nanos;
using http::Error;
using http::Phases;
using http::Proxy;
using http::ProxyKind;
using http::Request;
using http::Stage;
using http::Times;

using net::IoResult;
using Status = IoResult::Status;

void Connection::connect()
{
    const Request& request = exchange_->request;
    begin_act();
    origin_ = request.origin;
    route_ = exchange_->route;
    state_ = State::connecting;
    // for all of it, the proxy's agreement and the TLS handshake included
    set_deadline(request.timeouts.connect);
    const Proxy& proxy = route_->proxy;
    const bool proxied = proxy.kind != ProxyKind::none;
    connector_ = std::make_unique<net::Connector>(context_.reactor, context_.resolver, *this,
                                                  [this](std::error_code ec) { on_connected(ec); });
    connector_->start({.host = proxied ? proxy.host : origin_.host,
                       .port = proxied ? proxy.port : origin_.port,
                       .sources = route_->sources ? route_->sources : context_.sources,
                       .next_after = context_.next_attempt_after},
                      exchange_->times.since);
}

void Connection::on_connected(std::error_code ec)
{
    if (ec) {
        const bool no_address = connector_->step() == net::Connector::Step::looking_up;
        return fail(no_address ? Stage::lookup : Stage::connect, ec, connector_->words());
    }
    const Nanos now = connector_->connected_at();
    count_connecting(now);
    stream_.take_over(connector_->stream());
    stream_.set_floor(now);
    connector_.reset();
    ++context_.counts.opened;
    counted_open_ = true;
    peer_closed_ = false;
    if (route_->proxy.tunnels(origin_))
        return open_tunnel();
    on_way_open();
}

// The way to the server stands: what is left is TLS, where the origin has it.
void Connection::on_way_open()
{
    origin_.tls ? secure() : start_sending();
}

void Connection::secure()
{
    state_ = State::handshaking;
    exchange_->times.enter(&Phases::tls, base::monotonic_now());
    try {
        if (const auto ec = stream_.start_tls(context_.tls.get(route_->tls),
                                              origin_.host))
            return fail(Stage::tls, ec, stream_.tls_failure());
    } catch (const net::TlsSetupError& error) {
        return fail(Stage::tls, make_error_code(Error::tls_setup), error.what());
    }
    on_handshaking();
}

void Connection::count_connecting(Nanos now)
{
    Times& times = exchange_->times;
    const auto spent = connector_->spent(now);
    times.phases.lookup += spent.looking_up;
    times.phases.connect += spent.connecting;
    times.own += spent.late;
    times.phase = &Phases::connect;
    times.since = now;
}

void Connection::on_handshaking()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    const auto result = stream_.handshake();
    if (stream_.arrival())
        exchange_->times.leave_out(began - stream_.arrival());
    switch (result.status) {
    case Status::again: return;
    case Status::done:
        start_sending();
        // What the server has said behind its part of the handshake raises no edge of its own.
        if ((peer_closed_ || stream_.may_hold_more()) &&
            (state_ == State::sending || state_ == State::receiving))
            receive(peer_closed_);
        return;
    case Status::closed:
        return fail(Stage::tls, net::TlsError::protocol,
                    "the server closed the connection during the TLS handshake");
    case Status::error: return fail(Stage::tls, result.error, stream_.tls_failure());
    }
}

void Connection::open_tunnel()
{
    state_ = State::tunnelling;
    tunnel_ = std::make_unique<Tunnel>(route_->proxy, origin_);
    on_tunnelling();
}

void Connection::look_up_for_proxy()
{
    if (!lookup_)
        lookup_ = context_.resolver.resolve(
            origin_.host, origin_.port,
            [this](const net::Resolver::Answer& answer) { on_origin_address(answer); });
}

void Connection::on_origin_address(const net::Resolver::Answer& answer)
{
    lookup_.reset();
    if (answer.answered) {  // since the proxy's connection stood, a question was under way
        Times& times = exchange_->times;
        const Nanos now = base::monotonic_now();
        times.leave_out(now - std::max(answer.answered, times.since));
        times.phase = &Phases::lookup;
        times.enter(&Phases::connect, now);
    }
    if (answer.error)
        return fail(Stage::lookup, answer.error);
    tunnel_->set_address(answer.endpoints.front());
    on_tunnelling();
}

void Connection::on_tunnelling()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    auto& buffer = context_.reactor.scratch();
    const auto result = tunnel_->advance(stream_, {buffer.data(), buffer.size()});
    if (stream_.arrival())
        exchange_->times.leave_out(began - stream_.arrival());
    if (result.status == Status::again)
        return tunnel_->needs_address() ? look_up_for_proxy() : void();
    const std::string words = std::exchange(tunnel_, nullptr)->words();
    if (result.status == Status::done)
        return on_way_open();
    if (result.error.category() == http::http_category())
        return fail(Stage::connect, result.error, words);
    fail(Stage::connect, Error::proxy_closed, result.error.message());
}

}  // namespace locustella::client
