// What can go wrong with a request, as values. The words are for people: they end up in the failures table.
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>
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
};

const std::error_category& http_category();
std::error_code make_error_code(Error error);

// What was wrong with a response, for the failures table: the line that did not parse, not pages of it.
std::string excerpt(std::string_view bytes);

}  // namespace locustella::http

template <>
struct std::is_error_code_enum<locustella::http::Error> : std::true_type {};
