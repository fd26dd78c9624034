// Letters without their case, where only ASCII has any (names of fields, schemes, hosts), and text
// without the blanks around it.
//
//   equal_ignoring_case("Content-Type", "content-type")     // true
//   in_lower_case("Shop.Test")                              // "shop.test"
//   trimmed(" gzip\t", " \t")                               // "gzip"
//
// Thread: any.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace locustella::base {

constexpr char in_lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

inline std::string in_lower_case(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        c = in_lower_case(c);
    return result;
}

constexpr char in_upper_case(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

inline std::string in_upper_case(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        c = in_upper_case(c);
    return result;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return in_lower_case(x) == in_lower_case(y); });
}

// Without any of `blanks` at either end.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks)
{
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace locustella::base
