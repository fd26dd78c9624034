// Where a redirect's Location leads, as each of Locust's clients reads it.
//
//   follow_location(url, "../d?x", Dialect::requests)     // nullopt: nowhere that we go
//
// Both resolve a reference by RFC 3986, section 5, and escape what must not stand in a URL. They
// differ in this:
//   requests (with urllib.parse.urljoin and urllib3): the Location is UTF-8; an absolute one keeps
//     its dot segments, a relative one loses its empty segments; a scheme without a host is that of
//     the base; escapes go out in upper case.
//   geventhttpclient: the Location is Latin-1, escaped as UTF-8; dot segments always go.
//
// Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include "http/dialect.hpp"
#include "http/url.hpp"

namespace locustella::http {

// Without userinfo; without a fragment unless the Location has one.
std::optional<Url> follow_location(const Url& from, std::string_view location, Dialect dialect);

// Whether a Location names a scheme that is neither http nor https.
bool names_other_scheme(std::string_view location);

}  // namespace locustella::http
