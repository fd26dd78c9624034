// Where a request goes, from its URL.
//
//   auto url = Url::parse("http://shop.test:8080/a?b#c");   // nullopt: not an absolute http(s) URL
//   url->origin                                              // {false, "shop.test", 8080}
//   url->target                                              // "/a?b", for the request line
//
// The text is taken as it comes: quoting of characters is the caller's business.
//
// Thread: any.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/dialect.hpp"

namespace locustella::http {

struct Origin {
    bool tls = false;
    std::string host;  // without the brackets of an IPv6 address, lower case
    std::uint16_t port = 80;

    auto operator<=>(const Origin&) const = default;

    // The Host header: brackets for IPv6, the port unless it is the scheme's own.
    void append_host_header(std::string& out) const;
    std::string host_header() const
    {
        std::string header;
        append_host_header(header);
        return header;
    }
    // The same by a client's rules: geventhttpclient leaves out 80 and 443, whatever the scheme.
    std::string host_header(Dialect dialect) const;
};

struct BehindScheme {
    bool tls;
    std::string_view text;
};
// What follows "http://" or "https://", in any case; nothing for any other beginning.
std::optional<BehindScheme> behind_scheme(std::string_view url);

struct Url {
    Origin origin;
    std::string target;    // path and query, never empty
    std::string fragment;  // without '#'
    std::string userinfo;  // "user:password" as written; empty if none

    static std::optional<Url> parse(std::string_view text);
    std::string text() const;  // without userinfo
};

}  // namespace locustella::http
