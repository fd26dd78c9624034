// When a request did what, and where its time has gone.
//
//   times.enter(&Phases::first_byte, now);   // all is sent: from here on the answer is waited for
//   times.leave_out(late);                   // ... and so much of it was this process's own doing
//   times.taken()                            // what the server and the network took
//
// Thread: any one at a time; the times are given, no clock is read.
#pragma once

#include <algorithm>

#include "base/certainty.hpp"
#include "base/nanos.hpp"

namespace locustella::http {

using base::Certainty;
using base::Nanos;

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
    // of `ended`, and of the ends of the hops before, whose lateness would be in it
    Certainty certainty = Certainty::kernel;
    Phases phases;
    Nanos Phases::*phase = &Phases::lookup;  // the present one
    Nanos since = 0;                         // when it began

    // What the server and the network took.
    Nanos taken() const { return begun ? ended - begun - own : 0; }
    // How long ago it began.
    Nanos age(Nanos now) const { return now - (begun ? begun : asked); }

    // The present phase ends, and the next begins.
    void enter(Nanos Phases::*next, Nanos at)
    {
        phases.*phase += at - since;
        since = at;
        phase = next;
    }
    void doubt(Certainty other) { certainty = std::max(certainty, other); }
    // This is another attempt at what `earlier` was, which came to nothing: both count, and the
    // pause between them does not.
    void go_on_from(const Times& earlier);
    // It is over here and now, whatever it was doing.
    void end(Nanos at)
    {
        ended = at;
        certainty = Certainty::read;
        enter(phase, at);
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

inline void Times::go_on_from(const Times& earlier)
{
    if (!earlier.begun)
        return;
    if (!begun)  // it came to nothing before it had begun
        begun = ended = earlier.ended;
    own += earlier.own + (begun - earlier.ended);
    begun = earlier.begun;
    asked = earlier.asked;
    doubt(earlier.certainty);
    for (const auto one : {&Phases::lookup, &Phases::connect, &Phases::tls, &Phases::send,
                           &Phases::first_byte, &Phases::receive})
        phases.*one += earlier.phases.*one;
}

}  // namespace locustella::http
