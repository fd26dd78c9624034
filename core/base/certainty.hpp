// How sure the end of a measured time is, the surest first.
//
//   times.doubt(Certainty::upper_bound)     // what is less sure counts
//
// Thread: any.
#pragma once

#include <cstdint>

namespace locustella::base {

enum class Certainty : std::uint8_t {
    kernel,       // the kernel stamped the arrival of the last byte
    upper_bound,  // it was there at the latest then, perhaps earlier
    read,         // when this process read it: its own lateness is in it
};

}  // namespace locustella::base
