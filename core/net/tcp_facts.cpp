#include "net/tcp_facts.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>

namespace locustella::net {
namespace {

bool read_info(int fd, tcp_info& info)
{
    socklen_t size = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
}

// Of the kernel's clock for what it tells in milliseconds, whose own rounding comes on top.
base::Nanos kernel_tick()
{
    static const base::Nanos tick = [] {
        timespec resolution{};
        ::clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
        const auto nanos = base::to_nanos(resolution);
        return nanos % base::nanos_per_milli ? nanos + base::nanos_per_milli : nanos;
    }();
    return tick;
}

}  // namespace

std::optional<std::uint64_t> bytes_acknowledged(int fd)
{
    tcp_info info{};
    if (!read_info(fd, info) || info.tcpi_bytes_acked == 0)
        return std::nullopt;
    return info.tcpi_bytes_acked - 1;  // the SYN counts as one
}

std::optional<base::Nanos> connect_round_trip(int fd)
{
    tcp_info info{};
    if (!read_info(fd, info) || info.tcpi_rtt == 0 || info.tcpi_total_retrans != 0)
        return std::nullopt;
    return static_cast<base::Nanos>(info.tcpi_rtt) * 1000;  // microseconds
}

// A closing acknowledges something, as every segment does, but carries no data.
base::Nanos latest_closing(int fd, base::Nanos last_data, base::Nanos now)
{
    tcp_info info{};
    if (!read_info(fd, info) || info.tcpi_last_data_recv < info.tcpi_last_ack_recv)
        return now;
    const auto millis = [](std::uint32_t count) {
        return static_cast<base::Nanos>(count) * base::nanos_per_milli;
    };
    const auto after_data = millis(info.tcpi_last_data_recv - info.tcpi_last_ack_recv);
    const auto by_data = last_data + after_data + kernel_tick();
    const auto by_now = now - millis(info.tcpi_last_ack_recv) + kernel_tick();
    return std::max(last_data, std::min({now, by_data, by_now}));
}

bool nothing_unsent(int fd)
{
    int unsent = 0;
    return ::ioctl(fd, SIOCOUTQNSD, &unsent) == 0 && unsent == 0;
}

}  // namespace locustella::net
