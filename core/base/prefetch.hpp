// Memory that is needed soon, fetched into the caches while something else is being done.
//
//   base::prefetch(next, soon_used);     // of the next of many: this one takes a system call
//
// With a thousand users an object has left the caches by the time its turn comes. Only for such
// lists: what is in the caches already costs an instruction a line.
//
// Thread: any. The address need not be anybody's.
#pragma once

#include <cstddef>

namespace locustella::base {

constexpr std::size_t cache_line = 64;  // bytes

inline void prefetch(const void* begin, std::size_t bytes) noexcept
{
    const auto* const first = static_cast<const char*>(begin);
    for (std::size_t at = 0; at < bytes; at += cache_line)
        __builtin_prefetch(first + at);
}

}  // namespace locustella::base
