// What can go wrong with a request, as values. The words are for people: they end up in the
// failures table.
//
// Thread: any.
#pragma once

#include <system_error>

namespace locustella::http {

enum class Error {
    closed_before_response = 1,  // the peer closed without a byte of answer
    incomplete_body,             // ... or in the middle of one
    malformed_response,
    head_too_large,      // beyond Limits::head
    bad_content_coding,  // gzip, deflate, br or zstd that does not decode
    body_too_large,      // beyond Limits::body, as received or decoded
    too_many_redirects,
    redirect_scheme,  // a Location that is not http(s)
    connect_timeout,
    read_timeout,
    total_timeout,
    invalid_url,
    tls_setup,
    // the proxy will not connect us: its status line, or its SOCKS reply in words
    proxy_refused = 40,
    proxy_authentication,  // ... without a user name and password, or not with these
    proxy_closed,          // the proxy went away before the connection was the origin's
    proxy_protocol,        // what the proxy says is neither HTTP nor SOCKS5
    proxy_timeout,
    body_gone = 50,        // a redirect wants the body again, whose pieces are gone
    no_route,              // it goes by a proxy that nobody knows, or of a kind not spoken
    too_many_fields = 60,  // beyond Limits::fields
    too_many_interim,      // beyond Limits::interim
    malformed_field,       // the status line is good, a field is not
    // the peer closed in the middle of a head, or behind an interim one
    incomplete_head,
    unasked_response,      // bytes on a kept connection that came before the request left
    unsendable_head = 70,  // see field_gate.hpp
};

const std::error_category& http_category();
std::error_code make_error_code(Error error);

}  // namespace locustella::http

template <>
struct std::is_error_code_enum<locustella::http::Error> : std::true_type {
};
