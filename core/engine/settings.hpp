// What holds for all of a process's connections, as the command line tells it.
//
//   engine.change([](Settings& settings) { settings.limits.body = 64 << 20; });
//
// Plain data. Once published it is never changed: who changes it publishes another. So each thread
// reads its own view without a lock.
#pragma once

#include <memory>

#include "http/limits.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/source_addresses.hpp"

namespace locustella::engine {

struct Settings {
    http::Limits limits;
    net::ResolverSettings resolver;
    // of routes that name none; nullptr: the system chooses
    std::shared_ptr<const net::SourceAddresses> sources;
    base::Nanos next_attempt_after = net::Connector::next_after_default;
};

using SharedSettings = std::shared_ptr<const Settings>;

}  // namespace locustella::engine
