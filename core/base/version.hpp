// What this build is made of, for `--version` and bug reports.
//
// Thread: any; the answers are constants.
#pragma once

#include <string>
#include <vector>

namespace locustella::base {

struct Library {
    std::string name;
    std::string version;
};

// Locustella's own version, such as "0.1.0".
std::string version();

}  // namespace locustella::base
