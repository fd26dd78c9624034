#include "net/kernel_stamps.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace locustella::net {

KernelStamps::KernelStamps() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
{
    const int on = 1;
    if (fd_ >= 0 && ::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0)
        ::close(std::exchange(fd_, -1));
}

KernelStamps::~KernelStamps()
{
    if (fd_ >= 0)
        ::close(fd_);
}

}  // namespace locustella::net
