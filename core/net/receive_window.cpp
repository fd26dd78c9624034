#include "net/receive_window.hpp"

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>

namespace locustella::net {
namespace {

bool read_facts(int fd, tcp_info& info, std::size_t& unread)
{
    socklen_t size = sizeof info;
    int bytes = 0;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ::ioctl(fd, SIOCINQ, &bytes) != 0)
        return false;
    unread = static_cast<std::size_t>(bytes);
    return true;
}

ReceiveMemory receive_memory(int fd)
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> facts{};
    socklen_t size = sizeof facts;
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, facts.data(), &size) != 0)
        return {};
    return {facts[SK_MEMINFO_RMEM_ALLOC], facts[SK_MEMINFO_RCVBUF]};
}

// The most that the kernel would ever give; 0: it does not say.
int window_clamp(int fd)
{
    int window = 0;
    socklen_t size = sizeof window;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window, &size) == 0 ? window : 0;
}

}  // namespace

// Asking for so much at once makes the kernel provide the room, without an end to its tuning as by
// SO_RCVBUF, and beyond what that allows. Only before the connection is made the peer hears of it
// from the beginning.
void ReceiveWindow::open(int fd)
{
    past_.reset();
    constexpr int wanted = 4 << 20;
    for (const int bytes : {wanted, 1})
        ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
    ::setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &first_clamp, sizeof first_clamp);
}

bool ReceiveWindow::may_hold_up(int fd, std::size_t just_read)
{
    if (!past_)
        past_.reset(new (std::nothrow) Past);
    return !past_ || holds_up(fd, just_read, *past_);
}

bool ReceiveWindow::holds_up(int fd, std::size_t just_read, Past& past)
{
    constexpr std::size_t initial_window = 10;  // segments
    tcp_info info{};
    std::size_t waits = 0;
    if (!read_facts(fd, info, waits))
        return true;
    // Segments may be smaller than the largest, which the kernel tells.
    const auto segments = std::max<std::uint64_t>(info.tcpi_data_segs_in - past.segments, 1);
    const auto segment = std::min<std::uint64_t>(
        info.tcpi_rcv_mss, (info.tcpi_bytes_received - past.bytes) / segments);
    past.segments = info.tcpi_data_segs_in;
    past.bytes = info.tcpi_bytes_received;
    const std::size_t window = info.tcpi_rcv_ssthresh, unread = just_read + waits;
    if (unread <= std::min<std::size_t>(initial_window * segment, window))
        return false;
    const ReceiveMemory memory = receive_memory(fd);
    // While the peer may use up a larger one, the kernel acknowledges late in any case.
    const bool used_up = past.bytes <= past.narrowed_at || past.bytes - unread >= past.known_from;
    const bool held_up = !used_up || room_before(fd, memory, just_read, waits, past) < window;
    constexpr std::uint32_t near_enough = 5000;  // microseconds there and back
    if (info.tcpi_rtt < near_enough)
        narrow(fd, memory, window, past);
    return held_up;
}

// The kernel reckons how much payload the memory left is good for by the efficiency of segments as
// it has seen them (since Linux 6.6), or one half. The largest window that it would give tells
// which; what waits has a say too, to be sure.
std::size_t ReceiveWindow::room_before(int fd, const ReceiveMemory& memory, std::size_t just_read,
                                       std::size_t waits, Past& past)
{
    if (memory.used >= memory.most)
        return 0;
    const auto most = static_cast<double>(memory.most), read = static_cast<double>(just_read);
    if (const int clamp = window_clamp(fd); clamp != past.set_to)
        past.efficiency = clamp / most;
    // What was just read has left the memory, and how much it took of it is not known.
    constexpr double dear = 4, a_bit_dear = 1.25;
    auto used = static_cast<double>(memory.used);
    used += waits < just_read ? dear * read : a_bit_dear * read * used / static_cast<double>(waits);
    const double efficiency =
        std::min(past.efficiency, (read + static_cast<double>(waits)) / std::max(used, 1.0));
    return static_cast<std::size_t>(std::max(most - used, 0.0) * efficiency);
}

void ReceiveWindow::narrow(int fd, const ReceiveMemory& memory, std::size_t window, Past& past)
{
    constexpr std::size_t part = 8, least = 256 * 1024, two_segments = 128 * 1024;
    const auto enough = std::max(memory.most / part, least);
    if (window <= enough + enough / 4)
        return;
    past.set_to = static_cast<int>(enough);
    ::setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &past.set_to, sizeof past.set_to);
    if (past.bytes >= past.known_from)
        past.narrowed_at = past.bytes;
    past.known_from = std::max(past.known_from, past.bytes + window - enough + two_segments);
}

}  // namespace locustella::net
