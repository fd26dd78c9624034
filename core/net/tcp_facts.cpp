#include "net/tcp_facts.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace locustella::net {
namespace {

bool read_info(int fd, tcp_info& info)
{
    socklen_t size = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
}

}  // namespace

std::uint64_t bytes_acknowledged(int fd)
{
    tcp_info info{};
    if (!read_info(fd, info) || info.tcpi_bytes_acked == 0)
        return 0;
    return info.tcpi_bytes_acked - 1;  // the SYN counts as one
}

std::optional<base::Nanos> connect_round_trip(int fd)
{
    tcp_info info{};
    if (!read_info(fd, info) || info.tcpi_rtt == 0 || info.tcpi_total_retrans != 0)
        return std::nullopt;
    return static_cast<base::Nanos>(info.tcpi_rtt) * 1000;  // microseconds
}

}  // namespace locustella::net
