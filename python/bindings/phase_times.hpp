// The phases of requests, kept by entry when somebody has asked for them (--phase-times).
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <string_view>

#include "http/times.hpp"

namespace locustella::bindings {

// Does nothing, and costs a comparison, while nobody has asked.
void note_phases(std::string_view method, std::string_view name, const http::Phases& phases);

}  // namespace locustella::bindings
