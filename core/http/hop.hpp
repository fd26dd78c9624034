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
    std::string login;    // a proxy's, that the next request got: client/route_choice.hpp
};

}  // namespace locustella::http
