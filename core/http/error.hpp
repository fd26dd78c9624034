// What can go wrong with a request, as values. The words are for people: they end up in the failures table.
//
// Thread: any.
#pragma once

#include <string>
#include <system_error>

namespace locustella::http {

enum class Error {
    closed_before_response = 1,  // the peer closed without a byte of answer
    incomplete_body,             // ... or in the middle of one
    malformed_response,
    header_too_large,
    bad_content_coding,          // gzip, deflate or br that does not decode
    body_too_large,              // a decompression bomb
    too_many_redirects,
    redirect_scheme,             // a Location that is not http(s)
    connect_timeout,
    read_timeout,
    total_timeout,
    invalid_url,
    tls_setup,
    proxy_refused = 40,          // the proxy will not connect us: its status line, or its SOCKS reply in words
    proxy_authentication,        // ... without a user name and password, or not with these
    proxy_closed,                // the proxy went away before the connection was the origin's
    proxy_protocol,              // what the proxy says is neither HTTP nor SOCKS5
    proxy_timeout,
    body_gone = 50,              // a redirect wants the body again, which came piece by piece
};

const std::error_category& http_category();
std::error_code make_error_code(Error error);

}  // namespace locustella::http

template <>
struct std::is_error_code_enum<locustella::http::Error> : std::true_type {};
