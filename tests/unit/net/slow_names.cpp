#include "unit/net/slow_names.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

namespace locustella::net {
namespace {

constexpr std::chrono::seconds most_patience{30};

struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> addresses;
    bool open = true;
    int asked = 0;
};

Gate& gate()
{
    static Gate one;
    return one;
}

bool is_slow(const char* name)
{
    return name && std::string_view(name).ends_with(".slow.test");
}

std::vector<std::string> pass_the_gate()
{
    std::unique_lock lock(gate().mutex);
    ++gate().asked;
    gate().changed.notify_all();
    gate().changed.wait_for(lock, most_patience, [] { return gate().open; });
    return gate().addresses;
}

}  // namespace

SlowNames::SlowNames()
{
    const std::lock_guard lock(gate().mutex);
    gate().open = false;
    gate().asked = 0;
    gate().addresses = {"127.0.0.1"};
}

SlowNames::~SlowNames()
{
    let_go();
}

bool SlowNames::wait_for(int lookups)
{
    std::unique_lock lock(gate().mutex);
    return gate().changed.wait_for(lock, most_patience, [&] { return gate().asked >= lookups; });
}

void SlowNames::answer_with(std::vector<std::string> addresses)
{
    const std::lock_guard lock(gate().mutex);
    gate().addresses = std::move(addresses);
}

void SlowNames::let_go()
{
    const std::lock_guard lock(gate().mutex);
    gate().open = true;
    gate().changed.notify_all();
}

int SlowNames::asked() const
{
    const std::lock_guard lock(gate().mutex);
    return gate().asked;
}

}  // namespace locustella::net

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* name,
                                                                  const char* service,
                                                                  const addrinfo* hints,
                                                                  addrinfo** results)
{
    using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto original = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (!locustella::net::is_slow(name))
        return original(name, service, hints, results);
    addrinfo** end = results;  // freeaddrinfo takes the whole chain
    for (const auto& address : locustella::net::pass_the_gate()) {
        if (const int failed = original(address.c_str(), service, hints, end))
            return failed;
        while (*end)
            end = &(*end)->ai_next;
    }
    return 0;
}
