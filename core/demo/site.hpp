// The site that the demo target serves: its pages, its state, and the way from a request to a
// reply.
//
//   Site site{{.delay = 5ms}};
//   Reply reply = site.answer(request);        // pure routing: no socket, no clock, no waiting
//   wait(site.delay_of(reply));                // the caller waits, then sends
//
// Thread: one owner, the server's.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "demo/catalogue.hpp"
#include "demo/reply.hpp"
#include "demo/request_parser.hpp"
#include "demo/router.hpp"
#include "demo/sessions.hpp"

namespace locustella::demo {

struct SiteOptions {
    Nanos delay{0};   // before every answer that does not name a delay of its own
    Nanos jitter{0};  // on top of it, uniform in [0, jitter)
    Limits limits{};
};

struct Counters {
    std::uint64_t requests = 0;          // parsed so far, malformed ones included
    std::uint64_t connections = 0;       // accepted so far
    std::uint64_t open_connections = 0;  // now
};

class Site {
public:
    explicit Site(const SiteOptions& options = {});

    // Routes one request: 404 and 405 too, and OPTIONS for every path.
    Reply answer(const Request& request);

    // How long the reply is to be held back. Draws from a generator with a fixed seed, so that two
    // runs under the same load get the same delays.
    Nanos delay_of(const Reply& reply);

    const Limits& limits() const { return options_.limits; }

    const Catalogue catalogue;
    SessionStore sessions;
    Counters counters;
    std::string date_line;  // "Date: ...\r\n", renewed by the owner every second; may be empty

    // Working space of whichever conversation runs: one is enough, and a connection stays small.
    Request request;
    std::string piece;

private:
    SiteOptions options_;
    Router router_;
    std::mt19937_64 random_{20'260'101};
};

}  // namespace locustella::demo
