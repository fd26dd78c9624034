// The engine of this process, and its settings as Python tells them: the same for every thread.
//
//   _core.set_network(dns_ttl=1.0, fixed=[("shop.test", 443, ["10.0.0.7"], 0.0)],
//                     source_ip="10.0.0.1-10.0.0.20")
//   engine_of_process().change([&](engine::Settings& settings) { settings.limits = limits; });
//
// Thread: any, with the GIL held. A change holds for the hub of the calling thread at once, for the
// others from their next turn, and for hubs made later.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.hpp"

namespace locustella::bindings {

engine::Engine& engine_of_process();

// The addresses of a list, one object for all who have the same list at a time: see engine::Engine.
// nullptr for an empty list; throws pybind11::value_error, which says what is wrong.
std::shared_ptr<const net::SourceAddresses> shared_sources(const std::string& list);

}  // namespace locustella::bindings
