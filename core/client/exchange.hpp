// One request of a user and what became of it: the request, its redirects, the answer, and the
// times.
//
//   struct Waiting : Exchange { void run_deferred() override { wake my user } } exchange;
//   exchange.request.method = "GET"; ...
//   client.start(exchange);     // later, in a turn of the reactor: exchange.run_deferred()
//   exchange.failure, exchange.response, exchange.history, exchange.times
//
// The owner keeps it until it is done or has been handed to Client::abandon.
//
// Thread: the reactor's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/decoding.hpp"
#include "client/route.hpp"
#include "client/route_choice.hpp"
#include "http/cookie_jar.hpp"
#include "http/failure.hpp"
#include "http/hop.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/times.hpp"
#include "reactor/reactor.hpp"

namespace locustella::client {

class Connection;

class Exchange : public reactor::Deferred {
public:
    http::Request request;
    SharedRoute route = default_route();  // never null
    // Where a redirect may lead by another route; whole, or with `redirects`. The owner keeps it
    // until the exchange is answered. nullptr: all go by `route`.
    const RouteChoice* choice = nullptr;
    // The user's cookies with the call's own over them, which go along with redirects and end with
    // the exchange; null: the user's alone.
    std::unique_ptr<http::CookieJar> jar;

    http::Response response;
    std::vector<http::Hop> history;
    std::string cookies;  // the jar's that went out with the last request
    http::Failure failure;
    http::Times times;
    bool done = false;        // no more will come
    bool wants_body = false;  // an upload: the next piece of its body is due
    bool reused = false;      // went out on a connection that had served before

    // Streamed, and its head was told of: the times are the head's, whatever becomes of the body.
    bool head_is_out() const { return head_announced_; }
    // Done, or streamed and its head is there.
    bool answered() const { return done || head_announced_; }

protected:
    ~Exchange() = default;

private:
    friend class Client;
    friend class Connection;
    friend class Decoding;

    bool head_announced_ = false;  // beside the flags above: every user has an exchange
    bool asked_for_body_ = false;
    Connection* connection_ = nullptr;
    std::unique_ptr<Decoding> decoding_;  // of a body that takes more than one go
};

}  // namespace locustella::client
