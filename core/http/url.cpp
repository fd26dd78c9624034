#include "http/url.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"

namespace locustella::http {
namespace {

// host[:port] with an IPv6 address in brackets. False when it makes no sense.
bool parse_authority(std::string_view text, Origin& origin)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return false;
        origin.host = base::in_lower_case(text.substr(1, close - 1));
        port = text.substr(close + 1);
        if (!port.empty() && port.front() != ':')
            return false;
    } else {
        const auto colon = text.find(':');
        origin.host = base::in_lower_case(text.substr(0, colon));
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    const auto never_in_hosts = [](char c) {
        return (c >= 0 && c <= ' ') || c == '\x7f' || c == '[' || c == ']';
    };
    if (origin.host.empty() || std::any_of(origin.host.begin(), origin.host.end(), never_in_hosts))
        return false;
    origin.port = origin.tls ? 443 : 80;
    if (port.size() <= 1)
        return true;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    return error == std::errc{} && end == port.data() + port.size();
}

bool is_v6(std::string_view host)
{
    return host.find(':') != std::string_view::npos;
}

// Nothing where it is the scheme's own.
void append_port(std::string& out, const Origin& origin)
{
    if (origin.port == (origin.tls ? 443 : 80))
        return;
    char text[8] = ":";
    out.append(text, std::to_chars(text + 1, std::end(text), origin.port).ptr);
}

void append_in_brackets(std::string& out, std::string_view host)
{
    out.append("[").append(host).append("]");
}

}  // namespace

std::optional<BehindScheme> behind_scheme(std::string_view url)
{
    for (const auto& [scheme, tls] :
         {std::pair<std::string_view, bool>{"http://", false}, {"https://", true}})
        if (base::equal_ignoring_case(url.substr(0, scheme.size()), scheme))
            return BehindScheme{tls, url.substr(scheme.size())};
    return std::nullopt;
}

// The zone of an IPv6 address is nobody else's business (RFC 6874, 3).
void Origin::append_host_header(std::string& out) const
{
    if (is_v6(host))
        append_in_brackets(out, std::string_view(host).substr(0, host.find('%')));
    else
        out.append(host);
    append_port(out, *this);
}

std::string Origin::host_header(Dialect dialect) const
{
    const bool usual_port = port == 80 || port == 443;
    if (dialect != Dialect::geventhttpclient || !usual_port)
        return host_header();
    Origin of_scheme = *this;
    of_scheme.tls = port == 443;
    return of_scheme.host_header();
}

std::optional<Url> Url::parse(std::string_view text)
{
    const auto beginning = behind_scheme(text);
    if (!beginning)
        return std::nullopt;
    Url url;
    url.origin.tls = beginning->tls;
    text = beginning->text;
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

std::string Url::text() const
{
    std::string result = origin.tls ? "https://" : "http://";
    is_v6(origin.host) ? append_in_brackets(result, origin.host) : void(result.append(origin.host));
    append_port(result, origin);
    result += target;
    if (!fragment.empty())
        result += '#' + fragment;
    return result;
}

}  // namespace locustella::http
