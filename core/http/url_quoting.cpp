#include "http/url_quoting.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"

namespace locustella::http {
namespace {

constexpr std::string_view escape_digits = "0123456789ABCDEF";

// What requests leaves as it is, but for percent signs.
constexpr ByteSet requoted_as_is = unreserved.with("!#$&'()*+,/:;=?@[]");
constexpr ByteSet userinfo_as_is = unreserved.with("!$&'()*+,;=:");
constexpr ByteSet path_as_is = userinfo_as_is.with("@/");
constexpr ByteSet query_as_is = path_as_is.with("?");

int hex_value(char c)
{
    const auto at = escape_digits.find(base::in_upper_case(c));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

void append_escaped(std::string& to, char c)
{
    const auto byte = static_cast<unsigned char>(c);
    to.append({'%', escape_digits[byte >> 4], escape_digits[byte & 15]});
}

void append_escaped_except(std::string_view text, const ByteSet& as_is, std::string& to)
{
    for (const char c : text) {
        if (as_is.has(c))
            to += c;
        else
            append_escaped(to, c);
    }
}

// Without the escapes of unreserved characters. False when an escape makes no sense.
bool append_unescaped(std::string_view text, std::string& to)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool two_more = i + 2 < text.size() && letters_and_digits.has(text[i + 1]) &&
                              letters_and_digits.has(text[i + 2]);
        if (text[i] != '%' || !two_more) {
            to += text[i];
            continue;
        }
        const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
        if (high < 0 || low < 0)
            return false;
        const char c = static_cast<char>(high * 16 + low);
        to += unreserved.has(c) ? c : '%';
        i += unreserved.has(c) ? 2 : 0;
    }
    return true;
}

void append_with_upper_escapes(std::string_view text, const ByteSet& as_is, std::string& to)
{
    if (as_is.has_all_of(text)) {
        to += text;
        return;
    }
    std::string upper(text);
    bool sound = true;
    for (std::size_t i = 0; i < upper.size(); ++i) {
        if (upper[i] != '%')
            continue;
        const bool escape =
            i + 2 < upper.size() && hex_value(upper[i + 1]) >= 0 && hex_value(upper[i + 2]) >= 0;
        sound = sound && escape;
        for (std::size_t j = i + 1; escape && j <= i + 2; ++j)
            upper[j] = escape_digits[static_cast<std::size_t>(hex_value(upper[j]))];
    }
    append_escaped_except(upper, sound ? as_is.with("%") : as_is, to);
}

}  // namespace

void append_requoted(std::string_view text, std::string& to)
{
    if (requoted_as_is.has_all_of(text)) {
        to += text;
        return;
    }
    std::string plain;
    if (append_unescaped(text, plain))
        append_escaped_except(plain, requoted_as_is.with("%"), to);
    else
        append_escaped_except(text, requoted_as_is, to);
}

void append_urllib3_userinfo(std::string_view userinfo, std::string& to)
{
    append_with_upper_escapes(userinfo, userinfo_as_is, to);
}

void append_urllib3_path(std::string_view path, std::string& to)
{
    append_with_upper_escapes(path, path_as_is, to);
}

void append_urllib3_query(std::string_view query, std::string& to)
{
    append_with_upper_escapes(query, query_as_is, to);
}

std::string as_urllib3_sends(std::string_view target)
{
    const auto question = target.find('?');
    std::string result;
    append_urllib3_path(target.substr(0, question), result);
    if (question != std::string_view::npos) {
        result += '?';
        append_urllib3_query(target.substr(question + 1), result);
    }
    return result;
}

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

}  // namespace locustella::http
