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
// Left alone the window grows until it takes all of the room, and then any unread byte leaves less.
// So it is made smaller again, where the peer is so near that he is no slower with that. What he
// knew of before, he may still use up, and until then the kernel acknowledges late.
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace locustella::net {

// What the kernel has for what was received and is not read, in bytes.
struct ReceiveMemory {
    std::size_t used = 0;
    std::size_t most = 0;
};

class ReceiveWindow {
public:
    // Offers a megabyte, and makes room for some more, which costs nothing until somebody sends so
    // much.
    void open(int fd);

    // True too when the kernel does not say, or there is no memory to remember what it says.
    bool may_hold_up(int fd, std::size_t just_read);

private:
    static constexpr int first_clamp = 1 << 20;

    // Of a connection that was asked about; most never are.
    struct Past {
        // At the last question.
        std::uint64_t bytes = 0;
        std::uint64_t segments = 0;
        // The window was made smaller at this byte, and the peer has used up the old one at that.
        std::uint64_t narrowed_at = 0;
        std::uint64_t known_from = 0;
        int set_to = first_clamp;  // the largest window that the kernel may give, by our will
        double efficiency = 0.5;   // of the memory, what the kernel takes to be payload
    };

    static bool holds_up(int fd, std::size_t just_read, Past& past);
    static std::size_t room_before(int fd, const ReceiveMemory& memory, std::size_t just_read,
                                   std::size_t waits, Past& past);
    static void narrow(int fd, const ReceiveMemory& memory, std::size_t window, Past& past);

    std::unique_ptr<Past> past_;
};

}  // namespace locustella::net
