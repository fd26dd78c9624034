#include "http/field_gate.hpp"

#include <algorithm>
#include <array>

namespace locustella::http {
namespace {

constexpr auto token_chars = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

// Written without an early end, so that it takes many bytes at a time.
template <typename Predicate>
bool none_of(std::string_view text, Predicate is_bad)
{
    bool bad = false;
    for (const char c : text)
        bad |= is_bad(static_cast<unsigned char>(c));
    return !bad;
}

}  // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_chars[static_cast<unsigned char>(c)];
    });
}

bool is_field_name(std::string_view text)
{
    const bool begins_well = !text.empty() && text.front() != ' ' && text.front() != '\t';
    return begins_well && text.find(':') == std::string_view::npos && is_field_value(text);
}

bool is_field_value(std::string_view text)
{
    return none_of(text, [](unsigned char c) { return (c == '\r') | (c == '\n') | (c == '\0'); });
}

bool is_target(std::string_view text)
{
    return !text.empty() && none_of(text, [](unsigned char c) { return (c <= ' ') | (c == 0x7f); });
}

bool is_host(std::string_view text)
{
    return is_target(text) && none_of(text, [](unsigned char c) {
               return (c == '/') | (c == '?') | (c == '#') | (c == '@');
           });
}

std::optional<std::string_view> unsendable_part(const Request& request, std::string_view cookies)
{
    if (!is_token(request.method))
        return request.method;
    if (!is_target(request.target))
        return request.target;
    if (!is_host(request.origin.host))
        return request.origin.host;
    if (!is_field_value(cookies))
        return cookies;
    return std::nullopt;
}

}  // namespace locustella::http
