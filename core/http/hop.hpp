// An answer on the way to the last one: a redirect that was followed.
//
// Thread: any one at a time.
#pragma once

#include <string>

#include "base/nanos.hpp"
#include "http/response.hpp"

namespace locustella::http {

struct Hop {
    std::string method;
    std::string url;
    Response response;
    base::Nanos elapsed = 0;
    std::string cookies;  // the jar's that went out with it
};

}  // namespace locustella::http
