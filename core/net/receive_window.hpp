// The receive window of a connection: what the peer may send while nobody reads here.
//
//   ReceiveWindow window;
//   window.open(fd);                          // before the connection is made
//   if (window.may_hold_up(fd, size))         // after a late read of so much
//       ...                                   // what comes from now on may come too late
//
// A late reader need not keep the peer waiting: the kernel takes what comes, and acknowledges it,
// as long as it has room. It may keep him waiting when
//
//   - more lies here than a peer sends without a word from us, which is ten segments (RFC 6928),
//   - and the room left is less than the window. Then the kernel acknowledges late: when we read,
//     or when its timer strikes, 40 ms and more after the last. While the window fits into the
//     room, each second segment is acknowledged at once, however many lie here.
//
// The window grows with the bytes that a connection gets, until it takes all of the room; then any
// unread byte leaves less. So where that has kept a peer waiting, who is so near that a smaller
// window is no slower, the window is made smaller. What it was before, the peer may still use up.
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace locustella::net {

class ReceiveWindow {
public:
    // Makes room for some megabytes, which cost nothing until somebody sends so much.
    void open(int fd);

    // True too when the kernel does not say.
    bool may_hold_up(int fd, std::size_t just_read);

private:
    std::size_t room_before(int fd, std::size_t just_read, std::size_t waits);
    void narrow(int fd);

    // At the last question.
    std::uint64_t bytes_ = 0;
    std::uint64_t segments_ = 0;
    std::uint64_t known_from_ = 0;  // the peer knows the present window from this byte on
    int narrowed_to_ = 0;
    double efficiency_ = 0;  // of the memory, what the kernel takes to be payload
};

}  // namespace locustella::net
