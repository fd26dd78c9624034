// What stands in a URL between "//" and the path, as a task gives it.
//
//   const auto authority = Authority::split("user:pw@[fe80::1%25eth0]:8080");
//   authority->userinfo        // "user:pw"
//   authority->host            // "fe80::1%25eth0"
//   authority->kind            // HostKind::address
//   authority->port            // "8080"
//
//   authority = [ userinfo "@" ] host [ ":" *DIGIT ]        ; the last "@" counts
//   host      = "[" IPv6address [ "%" zone ] "]"            ; address
//             / 1*( ALPHA / DIGIT / "-" / "_" / "." )       ; name, unless it begins with "."
//             / 1*( any other, but ":", "[" and "]" )       ; odd
//   zone      = 1*( unreserved )                            ; behind "%25" the same
//
// What an odd host comes to (IDNA, escapes) is the business of the library under the client.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/url_quoting.hpp"

namespace locustella::http {

enum class HostKind : std::uint8_t { name, address, odd };

inline constexpr ByteSet of_plain_names = letters_and_digits.with("-_.");

struct Authority {
    std::string_view userinfo;  // empty: none
    std::string_view host;      // never empty; an address without its brackets
    std::string_view port;      // digits; empty: the scheme's
    HostKind kind = HostKind::name;

    // Nullopt for what no library makes sense of, or only one.
    static std::optional<Authority> split(std::string_view text);
};

// RFC 4291, section 2.2; decimal parts without leading zeros.
bool is_ipv6_address(std::string_view text);

}  // namespace locustella::http
