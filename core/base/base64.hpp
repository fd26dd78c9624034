// Bytes as text of 64 letters (RFC 4648, section 4).
//
//   base64_encode("anna:secret")     // "YW5uYTpzZWNyZXQ="
//
// Thread: any; a function without state.
#pragma once

#include <string>
#include <string_view>

namespace locustella::base {

std::string base64_encode(std::string_view bytes);

}  // namespace locustella::base
