#include "net/acknowledged.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace locustella::net {

std::uint64_t bytes_acknowledged(int fd)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 || info.tcpi_bytes_acked == 0)
        return 0;
    return info.tcpi_bytes_acked - 1;  // the SYN counts as one
}

}  // namespace locustella::net
