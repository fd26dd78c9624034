#include "http/given_url.hpp"

#include <charconv>
#include <optional>

#include "base/ascii.hpp"
#include "http/url_quoting.hpp"

namespace locustella::http {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr ByteSet of_plain_hosts = letters_and_digits.with("-_.");

struct Parts {
    bool tls = false;
    std::string_view host;
    std::string_view port;  // digits
    std::string_view path;
    std::optional<std::string_view> query;
    std::string_view fragment;
};

bool take_authority(std::string_view authority, Parts& parts)
{
    const auto colon = authority.find(':');
    parts.host = authority.substr(0, colon);
    parts.port = colon == npos ? std::string_view{} : authority.substr(colon + 1);
    return !parts.host.empty() && parts.host.front() != '.' &&
           of_plain_hosts.has_all_of(parts.host);
}

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
    if (!take_authority(rest.substr(0, end), parts))
        return std::nullopt;
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

bool take_origin(const Parts& parts, Origin& origin)
{
    origin.tls = parts.tls;
    origin.host = base::in_lower_case(parts.host);
    origin.port = parts.tls ? 443 : 80;
    if (parts.port.empty())
        return true;
    const char* const end = parts.port.data() + parts.port.size();
    const auto [at, error] = std::from_chars(parts.port.data(), end, origin.port);
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

bool read_as_requests(const Parts& parts, std::string_view query, GivenUrl& into)
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
    into.text.assign(parts.tls ? "https://" : "http://").append(into.origin.host);
    if (!parts.port.empty())
        into.text.append(":").append(std::to_string(into.origin.port));
    into.text += into.target;
    if (!into.fragment.empty())
        into.text.append("#").append(into.fragment);
    return true;
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

bool read_as_geventhttpclient(std::string_view given, const Parts& parts,
                              std::optional<std::string_view> query, GivenUrl& into)
{
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

bool GivenUrl::read(std::string_view given, std::optional<std::string_view> query, Dialect dialect)
{
    const auto parts = split(given);
    if (!parts || !take_origin(*parts, origin))
        return false;
    return dialect == Dialect::requests ? read_as_requests(*parts, query.value_or(""), *this)
                                        : read_as_geventhttpclient(given, *parts, query, *this);
}

}  // namespace locustella::http
