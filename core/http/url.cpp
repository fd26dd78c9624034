#include "http/url.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace locustella::http {
namespace {

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

// "http" or "https" and what follows "://"; nullopt for any other beginning.
std::optional<bool> take_scheme(std::string_view& text)
{
    const auto colon = text.find("://");
    if (colon == std::string_view::npos)
        return std::nullopt;
    const std::string scheme = lower(text.substr(0, colon));
    if (scheme != "http" && scheme != "https")
        return std::nullopt;
    text.remove_prefix(colon + 3);
    return scheme == "https";
}

// host[:port] with an IPv6 address in brackets. False when it makes no sense.
bool parse_authority(std::string_view text, Origin& origin)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return false;
        origin.host = lower(text.substr(1, close - 1));
        port = text.substr(close + 1);
        if (!port.empty() && port.front() != ':')
            return false;
    } else {
        const auto colon = text.find(':');
        origin.host = lower(text.substr(0, colon));
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    const auto never_in_hosts = [](char c) { return (c >= 0 && c <= ' ') || c == '\x7f' || c == '[' || c == ']'; };
    if (origin.host.empty() || std::any_of(origin.host.begin(), origin.host.end(), never_in_hosts))
        return false;
    origin.port = origin.tls ? 443 : 80;
    if (port.size() <= 1)
        return true;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    return error == std::errc{} && end == port.data() + port.size();
}

bool has_scheme(std::string_view text)
{
    const auto colon = text.find(':');
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (colon == std::string_view::npos || !letter(text.front()))
        return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

// RFC 3986, section 5.2.4.
std::string without_dot_segments(std::string_view path)
{
    std::vector<std::string_view> kept;
    bool directory = false;
    for (std::size_t begin = 1; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto segment = path.substr(begin, end - begin);
        directory = segment == "." || segment == "..";
        if (segment == "..") {
            if (!kept.empty())
                kept.pop_back();
        } else if (segment != ".") {
            kept.push_back(segment);
        }
        begin = end + 1;
    }
    std::string result;
    for (const auto segment : kept)
        result.append("/").append(segment);
    if (directory || result.empty())
        result += '/';
    return result;
}

std::string percent_encoded(std::string_view text)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' &&
            c != '`' && c != '{' && c != '|' && c != '}')
            result += c;
        else
            result.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return result;
}

std::string_view trimmed(std::string_view text)
{
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

}  // namespace

std::string Origin::host_header() const
{
    const bool v6 = host.find(':') != std::string::npos;
    std::string result = v6 ? '[' + host + ']' : host;
    if (port != (tls ? 443 : 80))
        result += ':' + std::to_string(port);
    return result;
}

std::optional<Url> Url::parse(std::string_view text)
{
    const auto tls = take_scheme(text);
    if (!tls)
        return std::nullopt;
    Url url;
    url.origin.tls = *tls;
    const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
    auto authority = text.substr(0, authority_end);
    auto rest = text.substr(authority_end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        url.userinfo = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    if (!parse_authority(authority, url.origin))
        return std::nullopt;
    if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
        url.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    if (!rest.starts_with('/'))
        url.target = '/';
    url.target += rest;
    return url;
}

std::optional<Url> Url::resolve(std::string_view reference) const
{
    const std::string encoded = percent_encoded(trimmed(reference));
    std::string_view where = encoded;
    const std::string scheme = origin.tls ? "https:" : "http:";
    if (where.starts_with("//") || has_scheme(where)) {
        auto elsewhere = parse(where.starts_with('/') ? scheme + encoded : encoded);
        if (elsewhere) {
            const auto query = std::min(elsewhere->target.find('?'), elsewhere->target.size());
            elsewhere->target = without_dot_segments(elsewhere->target.substr(0, query)) + elsewhere->target.substr(query);
        }
        return elsewhere;
    }
    Url result = *this;
    result.userinfo.clear();
    result.fragment.clear();
    if (const auto hash = where.find('#'); hash != std::string_view::npos) {
        result.fragment = where.substr(hash + 1);
        where = where.substr(0, hash);
    }
    if (where.empty())
        return result;
    const auto question = where.find('?');
    const auto path = where.substr(0, question);
    const std::string query(question == std::string_view::npos ? std::string_view{} : where.substr(question));
    const std::string_view own_path = std::string_view(target).substr(0, target.find('?'));
    if (path.empty())
        result.target = std::string(own_path) + query;
    else if (path.starts_with('/'))
        result.target = without_dot_segments(path) + query;
    else
        result.target = without_dot_segments(std::string(own_path.substr(0, own_path.rfind('/') + 1)) +
                                             std::string(path)) + query;
    return result;
}

std::string Url::text() const
{
    std::string result = (origin.tls ? "https://" : "http://") + origin.host_header() + target;
    if (!fragment.empty())
        result += '#' + fragment;
    return result;
}

}  // namespace locustella::http
