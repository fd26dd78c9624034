#include "base/version.hpp"

namespace locustella::base {

std::string version()
{
    return LOCUSTELLA_VERSION;
}

}  // namespace locustella::base
