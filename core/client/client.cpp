#include "client/client.hpp"

#include <netdb.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "http/cookie_host.hpp"
#include "http/error.hpp"
#include "http/field_gate.hpp"
#include "http/header_block.hpp"
#include "http/location.hpp"
#include "http/redirect.hpp"

namespace locustella::client {

using http::cookie_origin;
using http::drops_body;
using http::equal_ignoring_case;
using http::Error;
using http::Failure;
using http::HeaderBlock;
using http::Hop;
using http::is_redirect;
using http::next_request;
using http::Request;
using http::Response;
using http::Stage;
using http::Times;
using http::unsendable_part;
using http::Upload;
namespace {

// Of a URL without a host. The system would take its name for this machine's.
Failure no_such_name()
{
    return {Stage::lookup, std::error_code(EAI_NONAME, net::name_lookup_category()), {}};
}

Failure no_memory()
{
    return {Stage::receive, std::make_error_code(std::errc::not_enough_memory), {}};
}

// Of a place whose proxy the environment has come to name only when a redirect led there: what goes
// out before is looked at by who sends it.
std::string not_spoken(const http::Origin& origin)
{
    return "the environment's proxy for " + http::Url{origin, {}, {}, {}}.text() +
           " is of a kind that is not spoken: only http://, socks5:// and socks5h:// are";
}

// An empty Location leads nowhere: both of Locust's clients take such a response as it is.
std::optional<std::string_view> location_to_follow(const Request& request, const Response& response)
{
    if (!request.follow || !is_redirect(response.status))
        return std::nullopt;
    const auto location = HeaderBlock(response.head()).find("location");
    return location && !location->empty() ? location : std::nullopt;
}

}  // namespace

Client::~Client()
{
    if (pool_)
        pool_->forget(*this);
}

bool Client::use(SharedPool pool)
{
    if (!pool->bind_to(context_))
        return false;
    pool_ = std::move(pool);
    return true;
}

void Client::start(Exchange& exchange)
{
    exchange.response = Response{};
    exchange.history.clear();
    exchange.failure = Failure{};
    exchange.decoding_.reset();
    exchange.times = Times{};
    exchange.times.asked = base::monotonic_now();
    exchange.done = false;
    exchange.head_announced_ = false;
    exchange.asked_for_body_ = false;
    dispatch(exchange);
}

// False, with the exchange's failure set, for what has nowhere to go and what the gate refuses.
bool Client::may_go_out(Exchange& exchange) const
{
    const Request& request = exchange.request;
    if (request.origin.host.empty()) {
        exchange.failure = no_such_name();
        return false;
    }
    std::string cookies;
    if (const auto& jar = jar_of(exchange); jar.has_unsendable() && !request.names_cookie)
        cookies = cookies_for(exchange);
    if (const auto bad = unsendable_part(request, cookies))
        exchange.failure = {Stage::send, Error::unsendable_head, std::string(*bad)};
    return !exchange.failure;
}

std::string Client::cookies_for(const Exchange& exchange) const
{
    const Request& request = exchange.request;
    http::Origin made;
    return jar_of(exchange).header_for(cookie_origin(request, made), request.target,
                                       base::wall_seconds());
}

void Client::dispatch(Exchange& exchange)
{
    if (!may_go_out(exchange))
        return done(exchange);
    // A pool of one's own, with its line, is made when somebody may have to wait, which hardly
    // anybody ever does.
    if (most_at_once_ != 0 && !pool_ && connections_.size() >= most_at_once_) {
        SharedPool own(new Pool({.most_at_once = most_at_once_, .most_idle = most_at_once_}));
        own->adopt(connections_);
        use(std::move(own));
    }
    if (pool_)
        return pool_->take(*this, exchange);
    lent(connection_for(exchange), exchange);
}

void Client::lent(Connection& connection, Exchange& exchange)
{
    exchange.cookies.clear();
    // Which geventhttpclient does for each request; requests asks a copy of its jar.
    if (exchange.request.dialect == http::Dialect::geventhttpclient && !cookies_.empty())
        cookies_.forget_expired(base::wall_seconds());
    if (const auto& jar = jar_of(exchange); !jar.empty() && !exchange.request.names_cookie)
        exchange.cookies = cookies_for(exchange);
    exchange.times.head = 0;
    connection.take(*this, exchange);
}

void Client::not_lent(Exchange& exchange) noexcept
{
    exchange.failure = no_memory();
    done(exchange);
}

Connection& Client::connection_for(const Exchange& exchange)
{
    Connection* closed = nullptr;
    std::size_t idle = 0;
    for (auto& connection : connections_) {
        if (connection->can_take(exchange)) {
            if (!connection->went_stale(exchange))
                return *connection;
            connection->close();
        }
        if (connection->closed())
            closed = connection.get();
        idle += connection->idle();
    }
    if (closed)
        return *closed;
    if (idle >= most_idle) {
        const auto oldest = std::find_if(connections_.begin(), connections_.end(),
                                         [](const auto& c) { return c->idle(); });
        dispose_of(std::move(*oldest), context_.reactor);
        connections_.erase(oldest);
    }
    return *connections_.emplace_back(std::make_unique<Connection>(context_));
}

void Client::abandon(Exchange& exchange)
{
    context_.reactor.withdraw(exchange);
    Connection* connection = exchange.connection_;
    if (connection)
        connection->abandon(exchange);
    if (pool_)
        connection ? pool_->released(*connection) : pool_->leave(exchange);
    exchange.decoding_.reset();
    exchange.done = true;
}

void Client::take_body(Exchange& exchange)
{
    if (exchange.connection_)
        exchange.connection_->take_body(exchange);
}

void Client::send_body(Exchange& exchange, std::string_view bytes, bool last)
{
    if (exchange.wants_body && exchange.connection_)
        exchange.connection_->send_body(exchange, bytes, last);
}

void Client::close_idle_connections()
{
    if (pool_)
        pool_->close_idle();
    for (auto& connection : connections_)
        if (connection->idle() || connection->closed())
            dispose_of(std::move(connection), context_.reactor);
    std::erase(connections_, nullptr);
}

void Client::leave_to_parent(Client& successor)
{
    if (!pool_ || pool_->is_bound_to(context_))  // else it is the child's already
        close_idle_connections();
    successor.cookies_ = std::move(cookies_);
}

void Client::store_cookies(const Exchange& exchange, const Response& response)
{
    if (exchange.jar)
        exchange.jar->forget_empty_places();  // each redirect has a copy of requests' own
    if (!response.sets_cookies || !exchange.request.keeps_cookies)
        return;
    std::vector<std::string_view> set;
    for (const auto& [name, value] : HeaderBlock(response.head()))
        if (equal_ignoring_case(name, "set-cookie"))
            set.push_back(value);
    const double now = base::wall_seconds();
    http::Origin made;
    const http::Origin& origin = cookie_origin(exchange.request, made);
    cookies_.store(set, origin, exchange.request.target, now);
    if (exchange.jar)
        exchange.jar->store(set, origin, exchange.request.target, now);
}

bool Client::follows(const Exchange& exchange, const Response& head)
{
    if (location_to_follow(exchange.request, head))
        return true;
    store_cookies(exchange, head);
    return false;
}

// Of a request that a redirect has just been made into. False, with the exchange's failure set,
// where there is none.
bool Client::choose_route(Exchange& exchange)
{
    if (!exchange.choice)
        return true;
    std::string why;
    const RouteChoice* choice = exchange.choice->after(exchange.request, why);
    const SharedRoute route = choice ? choice->lead(exchange.request) : nullptr;
    if (!route) {
        exchange.cookies.clear();  // it did not go out
        exchange.failure = {Stage::redirect, Error::no_route,
                            choice ? not_spoken(exchange.request.origin) : std::move(why)};
        return false;
    }
    exchange.choice = choice;
    exchange.route = route;
    exchange.history.back().login = choice->login;
    return true;
}

// True when the exchange goes on at another place, or has come to nothing there.
bool Client::follow_redirect(Exchange& exchange)
{
    Request& request = exchange.request;
    const auto location = location_to_follow(request, exchange.response);
    if (!location)
        return false;
    // geventhttpclient looks at the scheme first.
    const bool refused =
        request.dialect == http::Dialect::geventhttpclient && http::names_other_scheme(*location);
    if (static_cast<long>(exchange.history.size()) >= request.max_redirects && !refused) {
        exchange.failure = {Stage::redirect, Error::too_many_redirects, {}};
        return false;
    }
    const bool uploads_again =
        request.upload != Upload::none && !drops_body(exchange.response.status);
    if (uploads_again && !request.rewinds) {
        exchange.failure = {Stage::redirect, Error::body_gone, std::string(*location)};
        return false;
    }
    exchange.wants_body = false;  // an early answer's
    if (!uploads_again)
        request.upload = Upload::none;
    Hop hop;
    hop.method = request.method;
    hop.url = request.url();
    hop.elapsed = exchange.times.head - exchange.times.sent;
    hop.cookies = exchange.cookies;
    if (const auto ec = next_request(request, exchange.response.status, *location)) {
        exchange.failure = {Stage::redirect, ec, std::string(*location)};
        return false;
    }
    if (exchange.jar)  // where both have one, a redirect takes the user's
        exchange.jar->merge(cookies_, base::wall_seconds());
    hop.response = std::move(exchange.response);
    exchange.response = Response{};
    exchange.history.push_back(std::move(hop));
    if (choose_route(exchange))
        dispatch(exchange);
    else
        done(exchange);
    return true;
}

// False when it goes on in later turns.
bool Client::decode(Exchange& exchange)
{
    const Response& response = exchange.response;
    if (response.body().empty())
        return true;
    std::string codings;  // several fields are one list
    for (const auto& [name, value] : HeaderBlock(response.head()))
        if (equal_ignoring_case(name, "content-encoding"))
            codings.append(codings.empty() ? "" : ", ").append(value);
    auto decoding = std::make_unique<Decoding>(context_, exchange, codings);
    if (decoding->go_on(Decoding::first_slice))
        return true;
    exchange.decoding_ = std::move(decoding);
    return false;
}

void Client::finished(Connection& connection, Exchange& exchange)
{
    if (pool_)
        pool_->released(connection);
    try {
        if (goes_on(exchange))
            return;
    } catch (const std::bad_alloc&) {  // its user must not wait for ever
        exchange.failure = no_memory();
    }
    done(exchange);
}

// Somewhere else, after a redirect, or with the decoding of its body.
bool Client::goes_on(Exchange& exchange)
{
    if (exchange.head_announced_)
        return false;
    store_cookies(exchange, exchange.response);
    if (exchange.response.status / 100 == 3 && follow_redirect(exchange))
        return true;
    return exchange.response.coded && !exchange.request.stream && !decode(exchange);
}

void Client::failed(Connection& connection, Exchange& exchange, Failure failure, bool stale)
{
    // The server has not seen it, or may see it twice: it is sent again, until a new connection
    // takes it. But a body whose first piece was asked for is gone.
    if (stale && !exchange.asked_for_body_) {
        ++context_.counts.repeated;
        try {
            if (pool_ && connection.closed())
                return lent(connection, exchange);
            return dispatch(exchange);
        } catch (const std::bad_alloc&) {
            failure = no_memory();
        }
    }
    if (pool_)
        pool_->released(connection);
    exchange.failure = std::move(failure);
    done(exchange);
}

void Client::done(Exchange& exchange) noexcept
{
    exchange.done = true;
    context_.reactor.resume_later(exchange);
}

}  // namespace locustella::client
