#include "unit/net/no_threads.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <limits>

namespace locustella::net {
namespace {

constexpr int unlimited = std::numeric_limits<int>::max();

std::atomic<int> left = unlimited;

bool may_start()
{
    return left == unlimited || left.fetch_sub(1) > 0;
}

}  // namespace

NoThreads::NoThreads(int still)
{
    left = still;
}

NoThreads::~NoThreads()
{
    left = unlimited;
}

}  // namespace locustella::net

// Visible, because std::thread calls it from another library.
extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument)
{
    if (!locustella::net::may_start())
        return EAGAIN;
    static const auto next =
        reinterpret_cast<decltype(&pthread_create)>(::dlsym(RTLD_NEXT, "pthread_create"));
    return next(thread, attributes, start, argument);
}
