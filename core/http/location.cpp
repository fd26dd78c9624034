#include "http/location.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "http/header_block.hpp"

namespace locustella::http {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool among(std::string_view set, char c)
{
    return set.find(c) != std::string_view::npos;
}

bool is_unreserved(char c)
{
    return among(letters_and_digits, c) || among("-._~", c);
}

int hex_value(char c)
{
    const char upper = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
    const auto at = hex_digits.find(upper);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

void append_escaped(std::string& to, char c)
{
    const auto byte = static_cast<unsigned char>(c);
    to.append({'%', hex_digits[byte >> 4], hex_digits[byte & 15]});
}

std::string escaped_except(std::string_view text, std::string_view marks)
{
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c) || among(marks, c))
            result += c;
        else
            append_escaped(result, c);
    }
    return result;
}

// requote_uri of both clients: escapes of unreserved characters are undone, illegal characters
// escaped. Where an escape makes no sense, every percent sign is taken for itself.
std::string requoted(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool two_more = i + 2 < text.size() && among(letters_and_digits, text[i + 1]) &&
                              among(letters_and_digits, text[i + 2]);
        if (text[i] != '%' || !two_more) {
            plain += text[i];
            continue;
        }
        const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
        if (high < 0 || low < 0)
            return escaped_except(text, "!#$&'()*+,/:;=?@[]");
        const char c = static_cast<char>(high * 16 + low);
        if (is_unreserved(c)) {
            plain += c;
            i += 2;
        } else {
            plain += '%';
        }
    }
    return escaped_except(plain, "!#$%&'()*+,/:;=?@[]");
}

// What urllib3 does to a path or a query before it goes out.
std::string with_upper_escapes(std::string_view text, std::string_view marks)
{
    std::string upper(text);
    bool sound = true;
    for (std::size_t i = 0; i < upper.size(); ++i) {
        if (upper[i] != '%')
            continue;
        const bool escape =
            i + 2 < upper.size() && hex_value(upper[i + 1]) >= 0 && hex_value(upper[i + 2]) >= 0;
        sound = sound && escape;
        for (std::size_t j = i + 1; escape && j <= i + 2; ++j)
            upper[j] = hex_digits[static_cast<std::size_t>(hex_value(upper[j]))];
    }
    return escaped_except(upper, sound ? std::string(marks) + '%' : std::string(marks));
}

std::string as_urllib3_sends(std::string_view target)
{
    constexpr std::string_view path_marks = "!$&'()*+,;=:@/";
    const auto question = target.find('?');
    std::string result = with_upper_escapes(target.substr(0, question), path_marks);
    if (question != std::string_view::npos)
        result +=
            '?' + with_upper_escapes(target.substr(question + 1), std::string(path_marks) + '?');
    return result;
}

std::string utf8_of_latin1(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            result += c;
        else
            result.append({static_cast<char>(0xc0u | (byte >> 6)),
                           static_cast<char>(0x80u | (byte & 0x3fu))});
    }
    return result;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    while (!text.empty() && among(blanks, text.front()))
        text.remove_prefix(1);
    while (!text.empty() && among(blanks, text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view scheme_of(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        !among(letters_and_digits.substr(0, 52), text.front()))
        return {};
    const auto scheme = text.substr(0, colon);
    const auto odd = [](char c) { return !among(letters_and_digits, c) && !among("+-.", c); };
    return std::any_of(scheme.begin(), scheme.end(), odd) ? std::string_view{} : scheme;
}

// RFC 3986, section 5.2.4. `bare_middle`: empty segments between the first and the last go too.
std::string without_dot_segments(std::string_view path, bool bare_middle)
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
        } else if (segment != "." && !(bare_middle && segment.empty() && end < path.size())) {
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

struct Reference {
    std::string_view path;
    std::string_view query;  // without the question mark
    std::string_view fragment;
};

Reference split(std::string_view text)
{
    Reference parts;
    if (const auto hash = text.find('#'); hash != std::string_view::npos) {
        parts.fragment = text.substr(hash + 1);
        text = text.substr(0, hash);
    }
    const auto question = text.find('?');
    parts.path = text.substr(0, question);
    if (question != std::string_view::npos)
        parts.query = text.substr(question + 1);
    return parts;
}

std::string with_query(std::string path, std::string_view query)
{
    if (!query.empty())
        path.append("?").append(query);
    return path;
}

std::optional<Url> absolute(std::string_view text, bool drops_dots)
{
    auto url = Url::parse(text);
    if (!url)
        return std::nullopt;
    url->userinfo.clear();
    const auto parts = split(url->target);
    url->target =
        with_query(drops_dots ? without_dot_segments(parts.path, false) : std::string(parts.path),
                   parts.query);
    return url;
}

Url relative(const Url& from, std::string_view text, bool bare_middle)
{
    Url result{from.origin, {}, {}, {}};
    const auto reference = split(text);
    const auto base = split(from.target);
    result.fragment = reference.fragment;
    if (reference.path.empty())
        result.target = with_query(std::string(base.path),
                                   reference.query.empty() ? base.query : reference.query);
    else if (reference.path.starts_with('/'))
        result.target = with_query(without_dot_segments(reference.path, false), reference.query);
    else
        result.target = with_query(
            without_dot_segments(std::string(base.path.substr(0, base.path.rfind('/') + 1)) +
                                     std::string(reference.path),
                                 bare_middle),
            reference.query);
    return result;
}

}  // namespace

bool names_other_scheme(std::string_view location)
{
    const auto scheme = scheme_of(trimmed(location));
    return !scheme.empty() && !equal_ignoring_case(scheme, "http") &&
           !equal_ignoring_case(scheme, "https");
}

std::optional<Url> follow_location(const Url& from, std::string_view location, Dialect dialect)
{
    const bool fast = dialect == Dialect::geventhttpclient;
    const std::string text = requoted(fast ? utf8_of_latin1(trimmed(location)) : trimmed(location));
    std::string_view rest = text;
    const std::string_view own_scheme = from.origin.tls ? "https" : "http";
    const auto scheme = scheme_of(rest);
    rest.remove_prefix(scheme.empty() ? 0 : scheme.size() + 1);
    const bool has_host =
        rest.starts_with("//") && rest.find_first_not_of('/') == 2 && !among("?#", rest[2]);
    std::optional<Url> result;
    if (has_host)
        result = absolute(
            std::string(scheme.empty() ? own_scheme : scheme) + ':' + std::string(rest), fast);
    else if (scheme.empty() || (!fast && equal_ignoring_case(scheme, own_scheme)))
        result = relative(from, rest.starts_with("//") ? rest.substr(2) : rest, !fast);
    if (result && !fast)
        result->target = as_urllib3_sends(result->target);
    return result;
}

}  // namespace locustella::http
