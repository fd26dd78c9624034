// Whether the peer may have been kept waiting because this process did not read.
//
//   Backlog backlog;
//   backlog.begin();                                          // a request leaves
//   backlog.read({.size = n, .arrived = stamp, .now = now, .emptied = n < room},
//                [&] { return offered_window(fd); });         // after every read
//   backlog.held_up(stamp)                // what arrived then may have been sent too late
//
// A peer sends until the receive window is full, and goes on when somebody reads. What it sends
// then has the kernel's stamp, but the stamp holds our lateness too. So a go of reads (from a
// socket that has something to a socket that is empty) is looked at:
//
//   what waited in the socket when it began     so far the peer needed nobody to read
//   ... was no small part of the window         else there was room for more, and the peer was slow
//   ... and the last of it had come long ago    else we have kept nobody waiting
//   what has arrived since                      is later than it could be, by at most that long
//
// Sans-I/O: times and sizes in, no clock. Thread: any one at a time.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/nanos.hpp"

namespace locustella::net {

class Backlog {
public:
    using Nanos = base::Nanos;

    // Less than that fits into every window.
    static constexpr std::size_t worth_a_look = 32 * 1024;
    // Kept waiting for no longer than that nobody was.
    static constexpr Nanos tolerance = base::nanos_per_milli / 10;

    struct Read {
        std::size_t size = 0;
        Nanos arrived = 0;  // the last of it, by the kernel; 0: not known
        Nanos now = 0;      // at its end
        bool emptied = false;
    };

    void begin() { *this = {}; }

    // `offered` says how many bytes the window can hold; it is asked at most once a go, and not at
    // all while little waits.
    template <class Offered>
    void read(const Read& read, Offered offered)
    {
        if (!going_ && read.emptied && read.size < worth_a_look)
            return;
        // A go that was left for others in its midst, and taken up late, is another one.
        if (!going_ || (judged_ && read.now - read_at_ > tolerance))
            start(read.now);
        read_at_ = read.now;
        if (!judged_) {
            waited_ += read.size;
            const bool newer = read.arrived == 0 || read.arrived > began_;
            if (!newer)
                last_ = read.arrived;
            if (full_ == 0 && waited_ >= worth_a_look && began_ - last_ > tolerance)
                full_ = std::max(offered() / window_part, worth_a_look);
            if (newer || read.emptied)
                judge();
        }
        going_ = !read.emptied;
    }
    // There was nothing more to read.
    void blocked()
    {
        if (going_ && !judged_)
            judge();
        going_ = false;
    }

    bool held_up(Nanos arrived) const { return held_until_ != 0 && arrived > held_until_; }

private:
    // How full it was when the peer stopped depends on how the bytes were cut: headers of segments
    // take their room too.
    static constexpr std::size_t window_part = 4;

    void start(Nanos now)
    {
        going_ = true;
        judged_ = false;
        began_ = now;
        last_ = 0;
        waited_ = full_ = 0;
    }
    void judge()
    {
        judged_ = true;
        if (full_ != 0 && waited_ >= full_ && began_ - last_ > tolerance)
            held_until_ = began_;
    }

    // Of one go.
    bool going_ = false;
    bool judged_ = false;
    Nanos began_ = 0;
    Nanos read_at_ = 0;       // last
    Nanos last_ = 0;          // the last arrival before that
    std::size_t waited_ = 0;  // bytes that had arrived by then
    std::size_t full_ = 0;    // as many may have filled the window; 0: not asked

    Nanos held_until_ = 0;  // of all goes since begin()
};

}  // namespace locustella::net
