// A request as the bytes that go over the wire.
//
//   std::string out;
//   // "GET / HTTP/1.1\r\nHost: ...\r\n...\r\n\r\n" and the body:
//   write_request(request, no_proxy, "session=1", out);
//
// To a proxy that forwards, the target is a whole URL, and the proxy's credentials are the last
// field, or stand in the place of such a field of the request's own.
//
// Thread: any one at a time.
#pragma once

#include <string>
#include <string_view>

#include "http/proxy.hpp"
#include "http/request.hpp"

namespace locustella::http {

// Replaces `out`. `proxy`: on the way there, of ProxyKind::none if there is none. `cookies`: the
// value of a Cookie field; empty: none.
void write_request(const Request& request, const Proxy& proxy, std::string_view cookies,
                   std::string& out);

// The end of a body in chunks, which has no trailers.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// size CRLF bytes CRLF (RFC 9112, section 7.1). Nothing for no bytes: that would be the last one.
void append_chunk(std::string& out, std::string_view bytes);

}  // namespace locustella::http
