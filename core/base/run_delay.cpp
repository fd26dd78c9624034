#include "base/run_delay.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace locustella::base {

void RunDelay::close()
{
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = -2;
}

Nanos RunDelay::total()
{
    if (fd_ == -2)
        fd_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    std::array<char, 96> text;
    const auto size = fd_ >= 0 ? ::pread(fd_, text.data(), text.size(), 0) : -1;
    if (size <= 0)
        return 0;
    const std::string_view all(text.data(), static_cast<std::size_t>(size));
    const auto blank = all.find(' ');
    Nanos delay = 0;
    if (blank != std::string_view::npos)
        std::from_chars(all.data() + blank + 1, all.data() + all.size(), delay);
    return delay;
}

}  // namespace locustella::base
