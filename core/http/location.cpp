#include "http/location.hpp"

#include <string>

#include "base/ascii.hpp"
#include "base/latin1.hpp"
#include "http/header_block.hpp"
#include "http/url_quoting.hpp"

namespace locustella::http {
namespace {

bool among(std::string_view set, char c)
{
    return set.find(c) != std::string_view::npos;
}

std::string requoted(std::string_view text)
{
    std::string result;
    append_requoted(text, result);
    return result;
}

constexpr std::string_view blanks = " \t\r\n";

std::string_view scheme_of(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !letters.has(text.front()))
        return {};
    const auto scheme = text.substr(0, colon);
    static constexpr ByteSet of_schemes = letters_and_digits.with("+-.");
    return of_schemes.has_all_of(scheme) ? scheme : std::string_view{};
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
    const auto scheme = scheme_of(base::trimmed(location, blanks));
    return !scheme.empty() && !equal_ignoring_case(scheme, "http") &&
           !equal_ignoring_case(scheme, "https");
}

std::optional<Url> follow_location(const Url& from, std::string_view location, Dialect dialect)
{
    const bool fast = dialect == Dialect::geventhttpclient;
    const std::string_view bare = base::trimmed(location, blanks);
    const std::string text = requoted(fast ? base::utf8_of_latin1(bare) : bare);
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
