// Whether the peer may have been kept waiting because this process did not read.
//
//   Backlog backlog;
//   backlog.begin();                                          // a request leaves
//   backlog.read({.size = n, .arrived = stamp, .now = now, .emptied = n < room},
//                [&] { return window.may_hold_up(fd, n); });  // after every read
//   backlog.held_up()                     // since begin(): what came may have come too late
//
// While nobody reads, a peer cannot send more than the receive window, and often less (see
// receive_window.hpp). What it sends when it may again has the kernel's stamp, but the stamp holds
// our lateness too. Some of it comes when we read, and some before, when the kernel's timer for
// acknowledgements strikes. So it is not enough to look at what comes after a late read: who has
// let much lie for long doubts the arrival of all that he reads then and later.
//
//   read at once                             nobody was kept waiting
//   ... late, but less than worth a look     every peer may send so much unasked
//   ... late, and more                       as the kernel says, asked at the first read and, while
//                                            the socket does not get empty, every half megabyte
//
// Sans-I/O: times and sizes in, no clock. Thread: any one at a time.
#pragma once

#include <cstddef>

#include "base/nanos.hpp"

namespace locustella::net {

class Backlog {
public:
    using Nanos = base::Nanos;

    static constexpr std::size_t worth_a_look = 4 * 1024;
    // Kept waiting for no longer than that nobody was.
    static constexpr Nanos tolerance = base::nanos_per_milli / 10;

    struct Read {
        std::size_t size = 0;
        Nanos arrived = 0;  // the last of it, by the kernel; 0: not known
        Nanos now = 0;      // at its end
        bool emptied = false;
    };

    void begin() { held_up_ = false; }

    // `asks_kernel`: whether what waits, with what was just read, may hold the peer up.
    template <class AsksKernel>
    void read(const Read& read, AsksKernel asks_kernel)
    {
        const bool late = read.now - read.arrived > tolerance;
        if (late && !held_up_ && !asked_ && (!read.emptied || read.size > worth_a_look)) {
            held_up_ = asks_kernel();
            asked_ = true;
            since_asked_ = 0;
        }
        since_asked_ += read.size;
        asked_ = asked_ && !read.emptied && since_asked_ < ask_again;
    }
    // There was nothing more to read.
    void blocked() { asked_ = false; }

    bool held_up() const { return held_up_; }

private:
    static constexpr std::size_t ask_again = 512 * 1024;

    bool held_up_ = false;
    bool asked_ = false;  // of what waits now
    std::size_t since_asked_ = 0;
};

}  // namespace locustella::net
