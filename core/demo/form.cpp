#include "demo/form.hpp"

#include <algorithm>
#include <charconv>

#include "base/percent.hpp"

namespace locustella::demo {

using base::percent_decode;
using base::PlusMeans;

namespace {

// Takes the text up to `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator)
{
    const auto end = std::min(rest.find(separator), rest.size());
    const auto taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

std::string_view without_spaces(std::string_view text)
{
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

}  // namespace

NamedValues parse_form(std::string_view text)
{
    NamedValues values;
    while (!text.empty()) {
        auto pair = take_until(text, '&');
        if (pair.empty())
            continue;
        const auto name = take_until(pair, '=');
        values.emplace_back(percent_decode(name, PlusMeans::space),
                            percent_decode(pair, PlusMeans::space));
    }
    return values;
}

std::optional<std::string> form_value(std::string_view text, std::string_view name)
{
    for (auto& [key, value] : parse_form(text))
        if (key == name)
            return std::move(value);
    return std::nullopt;
}

NamedValues parse_cookies(std::string_view field)
{
    NamedValues values;
    while (!field.empty()) {
        auto pair = without_spaces(take_until(field, ';'));
        const auto name = take_until(pair, '=');
        if (!name.empty())
            values.emplace_back(name, pair);
    }
    return values;
}

std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name)
{
    while (!field.empty()) {
        auto pair = without_spaces(take_until(field, ';'));
        if (take_until(pair, '=') == name)
            return pair;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last)
        return std::nullopt;
    return number;
}

std::optional<std::chrono::nanoseconds> parse_milliseconds(std::string_view text)
{
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = parse_number(text.substr(0, point));
    auto decimals = std::string{text.substr(std::min(point + 1, text.size()))};
    constexpr std::size_t digits = 6;  // of a millisecond in nanoseconds
    if (!whole || (point < text.size() && decimals.empty()) || decimals.size() > digits)
        return std::nullopt;
    decimals.resize(digits, '0');
    const auto part = parse_number(decimals);
    if (!part || *whole > 3'600'000)
        return std::nullopt;
    return std::chrono::nanoseconds{static_cast<std::int64_t>(*whole * 1'000'000 + *part)};
}

}  // namespace locustella::demo
