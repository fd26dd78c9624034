// Undoes a Content-Encoding: gzip, deflate (zlib's format or the bare one), br, zstd, and lists of
// them.
//
//   std::string plain;
//   if (auto ec = decode_content("gzip", body, plain, limits.body))
//       ...                                       // Error::bad_content_coding, body_too_large
//
// A coding that is not known leaves the body as it is, as requests does. `limit` bounds the decoded
// size at every step: a kilobyte can claim to be a gigabyte. What is cut off is an error in every
// coding.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace locustella::http {

constexpr std::size_t most_codings = 5;  // one upon the other, as in urllib3

std::error_code decode_content(std::string_view coding, std::string_view body, std::string& plain,
                               std::size_t limit);

}  // namespace locustella::http
