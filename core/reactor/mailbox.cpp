#include "reactor/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace locustella::reactor {

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox()
{
    ::close(fd_);
}

void Mailbox::post(Letter letter)
{
    {
        std::lock_guard lock(mutex_);
        letters_.push_back(std::move(letter));
    }
    const std::uint64_t one = 1;
    // Only EAGAIN can fail here (the counter is full): then the descriptor is readable anyway.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Mailbox::deliver()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(fd_, &count, sizeof count);
    std::vector<Letter> letters;
    {
        std::lock_guard lock(mutex_);
        letters.swap(letters_);
    }
    for (auto& letter : letters)
        letter();
}

}  // namespace locustella::reactor
