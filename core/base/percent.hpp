// The escapes of URLs: %XX for a byte (RFC 3986, section 2.1).
//
//   percent_decode("a%20b+c")                       // "a b+c"
//   percent_decode("a%20b+c", PlusMeans::space)     // "a b c": in query strings and forms
//
// Thread: any; a function without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace locustella::base {

enum class PlusMeans : std::uint8_t { plus, space };

// A '%' that begins no %XX stands for itself.
std::string percent_decode(std::string_view text, PlusMeans plus = PlusMeans::plus);

}  // namespace locustella::base
