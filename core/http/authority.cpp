#include "http/authority.hpp"

#include <algorithm>
#include <charconv>

namespace locustella::http {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_decimal_byte(std::string_view text)
{
    unsigned value = 0;
    if (text.empty() || text.size() > 3 || !digits.has_all_of(text) ||
        (text.size() > 1 && text.front() == '0'))
        return false;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value <= 255;
}

bool is_ipv4_address(std::string_view text)
{
    for (int dots = 0; dots < 3; ++dots) {
        const auto dot = text.find('.');
        if (dot == npos || !is_decimal_byte(text.substr(0, dot)))
            return false;
        text.remove_prefix(dot + 1);
    }
    return is_decimal_byte(text);
}

// How many pieces of 16 bits; -1: it makes no sense. An address of IPv4 may be the last.
int pieces_of(std::string_view text, bool may_end_in_ipv4)
{
    int pieces = 0;
    while (!text.empty()) {
        const auto colon = text.find(':');
        const auto piece = text.substr(0, colon);
        if (colon == npos && may_end_in_ipv4 && is_ipv4_address(piece))
            return pieces + 2;
        if (piece.empty() || piece.size() > 4 || !hex_digits.has_all_of(piece) ||
            colon + 1 == text.size())
            return -1;
        ++pieces;
        text.remove_prefix(colon == npos ? text.size() : colon + 1);
    }
    return pieces;
}

// With its zone.
bool is_address(std::string_view text)
{
    const auto percent = text.find('%');
    if (!is_ipv6_address(text.substr(0, percent)))
        return false;
    const auto zone = percent == npos ? std::string_view{} : text.substr(percent + 1);
    return percent == npos || (!zone.empty() && unreserved.has_all_of(zone));
}

bool take_port(std::string_view text, Authority& into)
{
    if (text.empty())
        return true;
    into.port = text.substr(1);
    return text.front() == ':' && digits.has_all_of(into.port);
}

bool take_host(std::string_view text, Authority& into)
{
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == npos)
            return false;
        into.host = text.substr(1, close - 1);
        into.kind = HostKind::address;
        return is_address(into.host) && take_port(text.substr(close + 1), into);
    }
    const auto colon = std::min(text.find(':'), text.size());
    into.host = text.substr(0, colon);
    const bool plain = !into.host.starts_with('.') && of_plain_names.has_all_of(into.host);
    into.kind = plain ? HostKind::name : HostKind::odd;
    return !into.host.empty() && into.host.find_first_of("[]") == npos &&
           take_port(text.substr(colon), into);
}

}  // namespace

std::optional<Authority> Authority::split(std::string_view text)
{
    Authority parts;
    if (const auto at = text.rfind('@'); at != npos) {
        parts.userinfo = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    return take_host(text, parts) ? std::optional(parts) : std::nullopt;
}

bool is_ipv6_address(std::string_view text)
{
    const auto gap = text.find("::");
    if (gap == npos)
        return pieces_of(text, true) == 8;
    const auto before = text.substr(0, gap), behind = text.substr(gap + 2);
    const int first = pieces_of(before, false), second = pieces_of(behind, true);
    return first >= 0 && second >= 0 && first + second <= 7;
}

}  // namespace locustella::http
