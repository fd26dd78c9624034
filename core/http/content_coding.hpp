// Undoes a Content-Encoding: gzip, deflate (zlib's format or the bare one), br, and lists of them.
//
//   std::string plain;
//   if (auto ec = decode_content("gzip", body, plain, limit)) ...   // Error::bad_content_coding, body_too_large
//
// A coding that is not known leaves the body as it is, as requests does. `limit` bounds the decoded size:
// a kilobyte can claim to be a gigabyte.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace locustella::http {

constexpr std::size_t default_decoded_limit = std::size_t{1} << 30;

std::error_code decode_content(std::string_view coding, std::string_view body, std::string& plain,
                               std::size_t limit = default_decoded_limit);

}  // namespace locustella::http
