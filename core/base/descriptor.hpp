// A file descriptor, closed with its owner.
//
//   Descriptor clock(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
//   ::read(clock.get(), ...)
//
// Thread: any one at a time.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace locustella::base {

class Descriptor {
public:
    // What a system call has answered; throws std::system_error when that is a failure. `call` is
    // its name.
    Descriptor(int answer, const char* call) : fd_(answer)
    {
        if (answer < 0)
            throw std::system_error(errno, std::generic_category(), call);
    }
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }  // -1: closed
    void close() noexcept
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

private:
    int fd_;
};

}  // namespace locustella::base
