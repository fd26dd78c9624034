// The gate for every byte that becomes part of a request's head.
//
//   is_field_value("abc\r\nX-Injected: yes")      // false: it would be a line of its own
//   is_token("X-Token"), is_target("/a?b=1")      // true
//
// grammar (RFC 9110, 5.5 and 5.6.2; RFC 9112, 3):
//   token   1*( letter / digit / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" /
//              "_" / "`" / "|" / "~" )
//   name    any bytes but CR, LF, NUL and ":", of which the first is no blank: http.client's rule
//   value   *( any byte but CR, LF and NUL )
//   target  1*( any byte but blanks and control characters )
//   host    as target, without "/", "?", "#" and "@"
//
// Whoever makes lines out of names and values asks here: FieldTemplate, `_core.field_lines` of the
// bindings, and the client for method, target, host and cookies, before each request leaves.
//
// Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include "http/request.hpp"

namespace locustella::http {

bool is_token(std::string_view text);
bool is_field_name(std::string_view text);
bool is_field_value(std::string_view text);
bool is_target(std::string_view text);
bool is_host(std::string_view text);

// What of this request, or of the cookies that go out with it, may not go out.
std::optional<std::string_view> unsendable_part(const Request& request, std::string_view cookies);

}  // namespace locustella::http
