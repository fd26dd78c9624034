// Pages that put a client to the test: redirects, statuses, delays, codings, cookies, large and
// slow bodies, connections that end badly. What each answers is in docs/demo-target.md.
//
// Thread: the server's. Each is a function from request to reply.
#pragma once

#include "demo/router.hpp"

namespace locustella::demo::probes {

// Short answers (probes.cpp).
Reply redirect(Site&, const Request&, const Parameters&);
Reply status(Site&, const Request&, const Parameters&);
Reply delay(Site&, const Request&, const Parameters&);
Reply slow_headers(Site&, const Request&, const Parameters&);
Reply close(Site&, const Request&, const Parameters&);
Reply reset(Site&, const Request&, const Parameters&);
Reply basic_auth(Site&, const Request&, const Parameters&);
Reply cookies(Site&, const Request&, const Parameters&);
Reply set_cookies(Site&, const Request&, const Parameters&);
Reply counters(Site&, const Request&, const Parameters&);
Reply echo(Site&, const Request&, const Parameters&);

// Bodies that are coded, large or slow (bodies.cpp).
Reply gzip(Site&, const Request&, const Parameters&);
Reply deflate(Site&, const Request&, const Parameters&);
Reply bytes(Site&, const Request&, const Parameters&);
Reply chunked(Site&, const Request&, const Parameters&);
Reply stream_close(Site&, const Request&, const Parameters&);
Reply events(Site&, const Request&, const Parameters&);

}  // namespace locustella::demo::probes
