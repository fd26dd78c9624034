// Turns a request into the one that a redirect asks for.
//
//   if (is_redirect(status)) ... next_request(request, status, location)
//
// requests' rules (Dialect::requests): 303, and 302 of anything but HEAD, become GET; 301 of
// a POST becomes GET; 307 and 308 keep all. Without a body the fields that described it go.
// Authorization goes when the host, or the scheme or port beyond http:80 -> https:443, changes. A
// Cookie of the caller's goes. geventhttpclient's (Dialect::geventhttpclient): 301, 302 and 303
// become GET unless HEAD; Authorization goes when the origin changes.
//
// Thread: any.
#pragma once

#include <string_view>
#include <system_error>

#include "http/request.hpp"

namespace locustella::http {

bool is_redirect(int status);
// Whatever becomes of the method.
bool drops_body(int status);

// Error::redirect_scheme or invalid_url when the location leads nowhere we go.
std::error_code next_request(Request& request, int status, std::string_view location);

}  // namespace locustella::http
