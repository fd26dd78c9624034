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

enum Forbidden : unsigned char { in_target = 1, in_host = 2 };

constexpr auto forbidden = [] {
    std::array<unsigned char, 256> table{};
    for (unsigned c = 0; c <= ' '; ++c)
        table[c] = in_target | in_host;
    table[0x7f] = in_target | in_host;
    for (const char c : std::string_view("/?#@"))
        table[static_cast<unsigned char>(c)] = in_host;
    return table;
}();

// Most are short, and each request's are looked at: a table costs less than many bytes at a time.
bool may_be(std::string_view text, Forbidden where)
{
    unsigned seen = 0;
    for (const unsigned char c : text)
        seen |= forbidden[c];
    return !text.empty() && (seen & where) == 0;
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

// Written without an early end, so that it takes many bytes at a time.
bool is_field_value(std::string_view text)
{
    bool bad = false;
    for (const unsigned char c : text)
        bad |= (c == '\r') | (c == '\n') | (c == '\0');
    return !bad;
}

bool is_target(std::string_view text)
{
    return may_be(text, in_target);
}

bool is_host(std::string_view text)
{
    return may_be(text, in_host);
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
