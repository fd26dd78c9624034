// Which build this is, for `--version` and bug reports.
//
// Thread: any; the answer is a constant.
#pragma once

#include <string>

namespace locustella::base {

// Locustella's own version, such as "0.1.0".
std::string version();

}  // namespace locustella::base
