// Makes sure that the kernel stamps segments as they arrive, for as long as this lives.
//
//   const AwaitedStamps stamps;      // before the connection whose arrival times the test is about
//
// The first socket that asks for stamps turns them on for the machine, but a worker of the kernel
// does it, some time later; until then a segment gets the time of its reading.
//
// A name of its own: the core has a KernelStamps, which does not wait.
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/clock.hpp"

namespace locustella::net {

class AwaitedStamps {
public:
    AwaitedStamps() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        const int on = 1;
        sockaddr_in self{};
        self.sin_family = AF_INET;
        self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof self;
        EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), 0);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&self), size), 0);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&self), &size);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&self), size), 0);
        const auto end = base::monotonic_now() + 10 * base::nanos_per_second;
        while (!stamped_on_arrival() && base::monotonic_now() < end)
            ;
    }
    ~AwaitedStamps() { ::close(fd_); }
    AwaitedStamps(const AwaitedStamps&) = delete;
    AwaitedStamps& operator=(const AwaitedStamps&) = delete;

private:
    bool stamped_on_arrival() const
    {
        char byte = 0;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
        iovec part{&byte, 1};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        EXPECT_EQ(::send(fd_, &byte, 1, 0), 1);
        pollfd readable{fd_, POLLIN, 0};
        ::poll(&readable, 1, 1000);
        const auto there = base::wall_now();
        ::recvmsg(fd_, &message, 0);
        const cmsghdr* stamp = CMSG_FIRSTHDR(&message);
        timespec at{};
        if (stamp && stamp->cmsg_type == SCM_TIMESTAMPNS)
            std::memcpy(&at, CMSG_DATA(stamp), sizeof at);
        return at.tv_sec != 0 && base::to_nanos(at) <= there;
    }

    int fd_;
};

}  // namespace locustella::net
