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
    close();
}

void Mailbox::post(Letter letter)
{
    const std::lock_guard lock(mutex_);
    if (fd_ < 0)
        return;
    letters_.push_back(std::move(letter));
    strike();
}

void Mailbox::wake()
{
    std::lock_guard lock(mutex_);
    if (fd_ >= 0)
        strike();
}

void Mailbox::strike()
{
    const std::uint64_t one = 1;
    // Only EAGAIN can fail here (the counter is full): then the descriptor is readable anyway.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Mailbox::close()
{
    std::vector<Letter> dropped;  // outside of the lock: what a letter owns may post on its way out
    const std::lock_guard lock(mutex_);
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
    dropped.swap(letters_);
}

void Mailbox::deliver()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(fd_, &count, sizeof count);
    if (next_ == delivering_.size()) {
        delivering_.clear();
        next_ = 0;
        std::lock_guard lock(mutex_);
        delivering_.swap(letters_);
    }
    try {
        while (next_ < delivering_.size())
            std::exchange(delivering_[next_++], nullptr)();
    } catch (...) {
        wake();
        throw;
    }
}

}  // namespace locustella::reactor
