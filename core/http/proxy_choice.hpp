// Which of the proxies that somebody has named serves an origin: requests.utils.select_proxy.
//
//   proxy_rank("http", {false, "shop.test", 80})               // 1
//   proxy_rank("http://shop.test", {false, "shop.test", 80})   // 0: this one, where both are named
//   proxy_rank("https", {false, "shop.test", 80})              // nothing: not for this origin
//
//   rank   key                      serves
//   -----  -----------------------  -------------------------------------
//   0      scheme "://" host        that host, by that scheme, on any port
//   1      scheme                   all hosts, by that scheme
//   2      "all://" host            that host
//   3      "all"                    all hosts
//
// Keys are compared byte for byte: an origin's host is in lower case, and has no brackets.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/url.hpp"

namespace locustella::http {

// How strong a key is for an origin, 0 being the strongest; nothing: it does not count.
std::optional<std::size_t> proxy_rank(std::string_view key, const Origin& origin);

// Whether it counts for any origin at all: "ftp" and "no_proxy" do not.
bool may_name_proxy(std::string_view key);

}  // namespace locustella::http
