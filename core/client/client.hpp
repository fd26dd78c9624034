// The HTTP client of one user: connections kept open, cookies, redirects.
//
//   Client client(context);
//   client.start(exchange);              // exchange.run_deferred() is called when it is done
//   client.abandon(exchange);            // its user is gone: nothing is called
//
// Several exchanges may be under way at once, each on a connection of its own. How many is
// unlimited, unless limit() or the pool that it uses says otherwise: then some stand in line.
//
// Thread: the reactor's.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "client/connection.hpp"
#include "client/connection_owner.hpp"
#include "client/exchange.hpp"
#include "client/pool.hpp"
#include "http/cookie_jar.hpp"

namespace locustella::client {

class Client final : private ConnectionOwner {
public:
    explicit Client(Context& context) : context_(context) {}
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Before the first start(). False when the pool is of clients of another context.
    bool use(SharedPool pool);
    // At most so many connections to each origin serve at once; 0: any number. Has no effect on a
    // pool that is used.
    void limit(std::uint32_t most_at_once) { most_at_once_ = most_at_once; }

    // exchange.request says what; everything else in it is overwritten.
    void start(Exchange& exchange);
    void abandon(Exchange& exchange);

    // A streamed exchange that is not done: moves what has come of the body into exchange.response
    // (behind what is there). When that is nothing, run_deferred() will be called once there is
    // some.
    void take_body(Exchange& exchange);

    // An exchange that wants_body: its next piece, which may be empty, or its end. run_deferred()
    // is called when the piece has gone out and the next one is due, or when the exchange is done,
    // which an early answer or a failure may bring about at any time; then nothing more is wanted.
    void send_body(Exchange& exchange, std::string_view bytes, bool last);

    void close_idle_connections();

    // In a forked child: the user goes on with `successor`, who has its cookies. Its idle
    // connections are closed here, which the parent does not notice. What is under way is the
    // parent's, and this client is not used any more.
    void leave_to_parent(Client& successor);

    http::CookieJar& cookies() { return cookies_; }
    Context& context() { return context_; }

private:
    static constexpr std::size_t most_idle = 10;  // requests' pool_maxsize

    void lent(Connection& connection, Exchange& exchange) override;
    void not_lent(Exchange& exchange) noexcept override;
    void finished(Connection& connection, Exchange& exchange) override;
    void failed(Connection& connection, Exchange& exchange, http::Failure failure,
                bool stale) override;
    bool follows(const Exchange& exchange, const http::Response& head) override;

    bool may_go_out(Exchange& exchange) const;
    std::string cookies_for(const Exchange& exchange) const;
    const http::CookieJar& jar_of(const Exchange& exchange) const
    {
        return exchange.jar ? *exchange.jar : cookies_;
    }
    void dispatch(Exchange& exchange);
    Connection& connection_for(const Exchange& exchange);
    void store_cookies(const Exchange& exchange, const http::Response& response);
    bool goes_on(Exchange& exchange);
    bool choose_route(Exchange& exchange);
    bool follow_redirect(Exchange& exchange);
    bool decode(Exchange& exchange);
    void done(Exchange& exchange) noexcept;

    Context& context_;
    std::vector<std::unique_ptr<Connection>> connections_;
    http::CookieJar cookies_;
    SharedPool pool_;  // in place of `connections_`
    std::uint32_t most_at_once_ = 0;
};

}  // namespace locustella::client
