// How connections come about in this process: told from Python, and the same for every thread's
// hub.
//
//   _core.set_network(dns_ttl=1.0, fixed=[("shop.test", 443, ["10.0.0.7"], 0.0)], source_ip="10.0.0.1-10.0.0.20")
//
// Thread: any, with the GIL held. It holds for the hub of the calling thread at once, and for hubs
// made later.
#pragma once

#include <memory>
#include <string>

#include "http/connection.hpp"

namespace locustella::bindings {

void apply_network_settings(http::Context& context);

// The addresses of a list, one object for all who give the same list, so that they take turns.
// nullptr for an empty list; throws pybind11::value_error, which says what is wrong.
std::shared_ptr<const net::SourceAddresses> shared_sources(const std::string& list);

}  // namespace locustella::bindings
