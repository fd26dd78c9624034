#include "http/given_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "http/authority.hpp"
#include "http/url_quoting.hpp"

namespace locustella::http {
namespace {

constexpr auto npos = std::string_view::npos;

struct Parts {
    bool tls = false;
    Authority authority;
    std::string_view path;
    std::optional<std::string_view> query;
    std::string_view fragment;
};

// Control characters and blanks at the ends: each library has rules of its own.
bool is_odd(std::string_view given)
{
    for (const char c : given)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '\\')
            return true;
    return given.ends_with(' ');
}

std::optional<Parts> split(std::string_view given)
{
    Parts parts;
    const auto beginning = behind_scheme(given);
    if (!beginning || is_odd(given))
        return std::nullopt;
    parts.tls = beginning->tls;
    std::string_view rest = beginning->text;
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    const auto authority = Authority::split(rest.substr(0, end));
    if (!authority)
        return std::nullopt;
    parts.authority = *authority;
    rest.remove_prefix(end);
    if (const auto hash = rest.find('#'); hash != npos) {
        parts.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    const auto question = rest.find('?');
    parts.path = rest.substr(0, question);
    if (question != npos)
        parts.query = rest.substr(question + 1);
    return parts;
}

// urllib3 and urllib.parse leave the zone's letters as they are.
std::string address_in_lower_case(std::string_view address)
{
    const auto percent = std::min(address.find('%'), address.size());
    return base::in_lower_case(address.substr(0, percent)).append(address.substr(percent));
}

bool take_origin(const Parts& parts, const SpelledHost* host, Origin& origin)
{
    const auto& [userinfo, given_host, port, kind] = parts.authority;
    origin.tls = parts.tls;
    switch (kind) {
    case HostKind::name: origin.host = base::in_lower_case(given_host); break;
    case HostKind::address: origin.host = address_in_lower_case(given_host); break;
    case HostKind::odd:
        if (!host)
            return false;
        origin.host = host->name;
        break;
    }
    origin.port = parts.tls ? 443 : 80;
    if (port.empty())
        return true;
    const char* const end = port.data() + port.size();
    const auto [at, error] = std::from_chars(port.data(), end, origin.port);
    return error == std::errc{} && at == end && origin.port != 0;
}

void append_query(std::string_view own, std::string_view added, std::string& to)
{
    if (own.empty() && added.empty())
        return;
    to.append("?").append(own);
    if (!own.empty() && !added.empty())
        to += '&';
    to += added;
}

// Each part is put right by urllib3, then the whole by requests: which undoes needless escapes.
void append_twice(std::string_view part, void (*put_right)(std::string_view, std::string&),
                  std::string& to)
{
    std::string once;
    put_right(part, once);
    append_requoted(once, to);
}

// urllib3 has one percent sign before the zone, and requests takes it for that of an escape: where
// it makes none, all of the URL's are escaped. False: where it does make one.
bool spell_zone(std::string& host)
{
    const auto percent = host.find('%');
    if (percent == npos)
        return true;
    const std::string_view given = std::string_view(host).substr(percent + 1);
    const std::string zone(given.substr(given.starts_with("25") && given.size() > 2 ? 2 : 0));
    const auto first = std::string_view(zone).substr(0, 2);
    if (first.size() == 2 && hex_digits.has_all_of(first))
        return false;
    const bool escaped = first.size() == 2 && letters_and_digits.has_all_of(first);
    host.replace(percent, npos, (escaped ? "%25" : "%") + zone);
    return true;
}

// Beside a zone, which may have all of them escaped once more: see spell_zone().
bool has_escapes(const Parts& parts, std::string_view spelled)
{
    for (const auto part :
         {parts.authority.userinfo, parts.path, parts.query.value_or(""), parts.fragment})
        if (part.find('%') != npos)
            return true;
    return std::count(spelled.begin(), spelled.end(), '%') > 1;
}

// Where to connect, and what stands in the URL for the authority.
bool spell_authority(const Parts& parts, const SpelledHost* host, GivenUrl& into)
{
    const auto& authority = parts.authority;
    into.userinfo.clear();
    append_twice(authority.userinfo, append_urllib3_userinfo, into.userinfo);
    into.text.assign(parts.tls ? "https://" : "http://");
    if (!into.userinfo.empty())
        into.text.append(into.userinfo).append("@");
    if (authority.kind == HostKind::address) {
        if (!spell_zone(into.origin.host))
            return false;
        into.text.append("[").append(into.origin.host).append("]");
    } else {
        into.text.append(authority.kind == HostKind::odd ? host->shown : into.origin.host);
    }
    if (!authority.port.empty())
        into.text.append(":").append(std::to_string(into.origin.port));
    return true;
}

bool read_as_requests(const Parts& parts, std::string_view query, const SpelledHost* host,
                      GivenUrl& into)
{
    std::string_view path = parts.path.empty() ? "/" : parts.path;
    std::string without_dots;
    if (path.find("/.") != npos) {
        if (path.find("//") != npos)
            return false;  // urllib3's own idea of which segment goes
        without_dots = without_dot_segments(path, false);
        path = without_dots;
    }
    into.target.clear();
    append_twice(path, append_urllib3_path, into.target);
    std::string own;
    if (parts.query)
        append_twice(*parts.query, append_urllib3_query, own);
    append_query(own, query, into.target);
    into.fragment.clear();
    append_twice(parts.fragment, append_urllib3_query, into.fragment);
    if (!spell_authority(parts, host, into))
        return false;
    into.text += into.target;
    if (!into.fragment.empty())
        into.text.append("#").append(into.fragment);
    const bool has_zone =
        parts.authority.kind == HostKind::address && into.origin.host.find('%') != npos;
    return !has_zone || !has_escapes(parts, into.text);
}

// urlparse takes the text behind the last segment's first semicolon for parameters, and an empty
// one for none.
std::string_view without_empty_parameters(std::string_view path)
{
    const auto last = path.rfind('/');
    const auto semicolon = path.find(';', last == npos ? 0 : last);
    return semicolon + 1 == path.size() ? path.substr(0, semicolon) : path;
}

// requote_uri asks of the two characters behind a percent sign whether Unicode calls them letters.
bool asks_unicode(std::string_view text)
{
    for (auto at = text.find('%'); at != npos; at = text.find('%', at + 1))
        for (const char c : text.substr(at + 1, 2))
            if (static_cast<unsigned char>(c) >= 0x80)
                return true;
    return false;
}

// Python 3's urlsplit() has words for brackets and for what Unicode takes for a delimiter.
bool is_plain_userinfo(std::string_view text)
{
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x80 || c == '[' || c == ']')
            return false;
    return true;
}

bool read_as_geventhttpclient(std::string_view given, const Parts& parts,
                              std::optional<std::string_view> query, const SpelledHost* host,
                              GivenUrl& into)
{
    if (!is_plain_userinfo(parts.authority.userinfo))
        return false;
    into.shown_host = parts.authority.kind == HostKind::odd ? host->shown : std::string{};
    into.userinfo.clear();
    std::string whole(without_empty_parameters(parts.path));
    const std::string_view own = parts.query.value_or("");
    append_query(own, query.value_or(""), whole);
    if (query && query->empty() && !own.empty())
        whole += '&';
    if (asks_unicode(whole))
        return false;
    into.target.clear();
    if (!whole.starts_with('/'))
        into.target.push_back('/');
    append_requoted(whole, into.target);
    into.fragment.assign(parts.fragment);
    into.text.assign(given);
    return !into.target.starts_with("//");
}

}  // namespace

bool GivenUrl::read(std::string_view given, std::optional<std::string_view> query, Dialect dialect,
                    const SpelledHost* host)
{
    const auto parts = split(given);
    const bool odd = parts && parts->authority.kind == HostKind::odd;
    odd_host.assign(odd ? parts->authority.host : std::string_view{});
    if (!parts || !take_origin(*parts, host, origin))
        return false;
    return dialect == Dialect::requests
               ? read_as_requests(*parts, query.value_or(""), host, *this)
               : read_as_geventhttpclient(given, *parts, query, host, *this);
}

std::string GivenUrl::host_header(Dialect dialect) const
{
    if (shown_host.empty())
        return origin.host_header(dialect);
    return Origin{origin.tls, shown_host, origin.port}.host_header(dialect);
}

std::optional<Login> login_of(std::string_view userinfo)
{
    const auto colon = userinfo.find(':');
    if (colon == npos || userinfo.size() == 1)
        return std::nullopt;  // one without a password is none
    return Login{base::percent_decode(userinfo.substr(0, colon)),
                 base::percent_decode(userinfo.substr(colon + 1))};
}

}  // namespace locustella::http
