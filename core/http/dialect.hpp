// Whose habits a request has: those of the library that Locust's user class stands on.
//
//   Dialect::requests          HttpUser
//   Dialect::geventhttpclient  FastHttpUser
//
// They differ where the standards leave room: how a Location is read, what a redirect does to a
// method, which statuses are good.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace locustella::http {

enum class Dialect : std::uint8_t { requests, geventhttpclient };

}  // namespace locustella::http
