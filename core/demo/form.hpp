// The small texts inside requests: query strings, HTML forms, Cookie fields.
//
//   for (const auto& [name, value] : parse_form("a=1&b=x+y"))  ...   // {"a", "1"}, {"b", "x y"}
//   cookie_value("theme=dark; session=7f", "session")                // "7f"
//
// Thread: any; functions without state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace locustella::demo {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded, which is also the form of a query string.
NamedValues parse_form(std::string_view text);
std::optional<std::string> form_value(std::string_view text, std::string_view name);

// A Cookie field: "name=value; name=value". Values keep their quotes.
NamedValues parse_cookies(std::string_view field);
std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name);

// A whole non-negative number, nothing around it; nullopt too when it does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "250", "0.5": milliseconds from 0 to an hour, in digits with at most one point.
std::optional<std::chrono::nanoseconds> parse_milliseconds(std::string_view text);

}  // namespace locustella::demo
