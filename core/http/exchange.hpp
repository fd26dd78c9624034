// One request of a user and what became of it: the request, its redirects, the answer, and the
// times.
//
//   struct Waiting : Exchange { void run_deferred() override { wake my user } } exchange;
//   exchange.request.method = "GET"; ...
//   client.start(exchange);              // later, in a turn of the reactor: exchange.run_deferred()
//   exchange.failure, exchange.response, exchange.history, exchange.times
//
// The owner keeps it until it is done or has been handed to Client::abandon.
//
// Thread: the reactor's.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "base/clock.hpp"
#include "http/response_parser.hpp"
#include "http/route.hpp"
#include "http/url.hpp"
#include "reactor/reactor.hpp"

namespace locustella::http {

using base::Nanos;

// Nanoseconds; 0: wait for ever. `read` bounds each silence of the server, not their sum.
struct Timeouts {
    Nanos connect = 0;
    Nanos read = 0;
    Nanos total = 0;
};

// Whose rules a redirect follows: requests' (HttpUser) or geventhttpclient's (FastHttpUser).
enum class RedirectRules : std::uint8_t { none, requests, fast };

// How a body that comes piece by piece goes out; `fields` have to say the same: a Content-Length,
// or Transfer-Encoding: chunked.
enum class Upload : std::uint8_t { none, sized, chunked };

struct Request {
    std::string method = "GET";
    Origin origin;
    std::string target = "/";
    std::string fragment;
    // "Name: value\r\n" lines; Host and Cookie only where named below
    std::string fields;
    std::size_t cookie_at = 0;  // where in `fields` a Cookie line goes
    std::string body;
    Upload upload = Upload::none;  // if any, `body` is empty, and the owner calls Client::send_body
    bool names_host = false;       // `fields` has a Host
    bool host_follows = false;     // that Host is the origin's: a redirect elsewhere replaces it
    bool names_cookie = false;     // `fields` has a Cookie, or none shall go out
    // may be sent again when a kept connection is closed under it: geventhttpclient's rule
    bool repeats = false;
    bool keeps_cookies = true;  // those that the answer sets go into the jar
    // done as soon as the head is there; the body is taken piece by piece
    bool stream = false;
    RedirectRules redirects = RedirectRules::none;
    int max_redirects = 30;
    Timeouts timeouts;
    SharedRoute route = default_route();  // never null

    std::string url() const;
};

// Where a request was when it failed.
enum class Stage : std::uint8_t { none, lookup, connect, tls, send, receive, redirect, decode };

struct Failure {
    Stage stage = Stage::none;
    std::error_code code;
    std::string words;  // more than code.message() knows, if anything

    explicit operator bool() const { return stage != Stage::none; }
};

// An answer on the way to the last one.
struct Hop {
    std::string method;
    std::string url;
    Response response;
    Nanos elapsed = 0;
    std::string cookies;  // the jar's that went out with it
};

// Where the time has gone, in nanoseconds; 0: did not happen. Together they are Times::taken(), so
// those of several hops (redirects, a second try) are summed, and what this process was late by
// itself is in none of them. A failure's time belongs to the phase in which it failed.
struct Phases {
    Nanos lookup = 0;      // of the host name, where the resolver had to ask
    Nanos connect = 0;     // TCP, with all addresses that were tried
    Nanos tls = 0;         // the handshake
    Nanos send = 0;        // until the kernel had taken the request; 0 where it took it at once
    Nanos first_byte = 0;  // from then to the first byte of the answer
    Nanos receive = 0;     // from that to the last; a streamed answer's to the end of its head

    Nanos sum() const { return lookup + connect + tls + send + first_byte + receive; }
};

// Monotonic nanoseconds; 0: did not happen. Those of the last hop, but for the first two, `own` and
// the phases.
struct Times {
    Nanos asked = 0;  // start() was called; without the time in a pool's line, see pool.hpp
    // the first act on the wire: lookup or connect of a new connection, else the send
    Nanos begun = 0;
    Nanos sent = 0;
    Nanos first = 0;  // the first byte reached this machine
    Nanos head = 0;   // the head was complete
    Nanos ended = 0;  // the last byte reached this machine
    Nanos own = 0;    // of all that, what this process was late by itself: see leave_out
    Phases phases;
    Nanos Phases::*phase = &Phases::lookup;  // the present one
    Nanos since = 0;                         // when it began

    // What the server and the network took.
    Nanos taken() const { return begun ? ended - begun - own : 0; }

    // The present phase ends, and the next begins.
    void enter(Nanos Phases::*next, Nanos at)
    {
        phases.*phase += at - since;
        since = at;
        phase = next;
    }
    // While a request is under way this process may be late for its next step: a connection stands,
    // or the server's part of a TLS handshake is there, and Python keeps the thread. The kernel
    // knows when they came; the difference is ours, not the server's, and does not count.
    void leave_out(Nanos nanos)
    {
        if (nanos <= 0)
            return;
        own += nanos;
        since += nanos;
    }
};

class Connection;

class Exchange : public reactor::Deferred {
public:
    Request request;

    Response response;
    std::vector<Hop> history;
    std::string cookies;  // the jar's that went out with the last request
    Failure failure;
    Times times;
    bool done = false;        // no more will come
    bool wants_body = false;  // an upload: the next piece of its body is due
    bool reused = false;      // went out on a connection that had served before

    // Done, or streamed and its head is there.
    bool answered() const { return done || head_announced_; }

protected:
    ~Exchange() = default;

private:
    friend class Client;
    friend class Connection;

    Connection* connection_ = nullptr;
    bool head_announced_ = false;
    bool asked_for_body_ = false;
};

}  // namespace locustella::http
