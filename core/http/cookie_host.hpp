// By which host a request's cookies are chosen, and those of its answer kept.
//
//   Origin made;
//   jar.header_for(cookie_origin(request, made), request.target, now)
//
// That is the host that it goes to, unless its caller has given requests a Host: requests shows
// http.cookiejar that name in its place, wherever redirects lead. geventhttpclient does not.
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace locustella::http {

// Of a Host field, "Shop.test:8080": "shop.test". Nothing for what is no plain name, of which only
// http.cookiejar knows what it makes.
std::optional<std::string> host_of_field(std::string_view value);

// `made`: where it is put if it is another than the request's own.
const Origin& cookie_origin(const Request& request, Origin& made);

}  // namespace locustella::http
