#include "http/proxy.hpp"

#include <optional>
#include <stdexcept>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/percent.hpp"

namespace locustella::http {
namespace {

constexpr std::uint16_t socks_port = 1080;

std::string without_password(std::string_view text)
{
    const auto at = text.rfind('@');
    const auto scheme = text.find("://");
    const auto from = scheme == std::string_view::npos ? 0 : scheme + 3;
    if (at == std::string_view::npos || at < from)
        return std::string(text);
    return std::string(text.substr(0, from)) + "..." + std::string(text.substr(at));
}

ProxyKind kind_of(std::string_view scheme, std::string_view text)
{
    if (base::equal_ignoring_case(scheme, "http"))
        return ProxyKind::http;
    if (base::equal_ignoring_case(scheme, "socks5"))
        return ProxyKind::socks5;
    if (base::equal_ignoring_case(scheme, "socks5h"))
        return ProxyKind::socks5h;
    throw std::invalid_argument("the proxy " + without_password(text) +
                                " cannot be used natively: only http://, socks5:// "
                                "and socks5h:// proxies can");
}

}  // namespace

Proxy Proxy::parse(std::string_view text)
{
    Proxy proxy;
    if (text.empty())
        return proxy;
    const auto scheme = text.find("://");
    std::string_view rest = text;
    proxy.kind = ProxyKind::http;
    if (scheme != std::string_view::npos) {
        proxy.kind = kind_of(text.substr(0, scheme), text);
        rest.remove_prefix(scheme + 3);
    }
    const auto url = Url::parse("http://" + std::string(rest));
    if (!url)
        throw std::invalid_argument("\"" + without_password(text) +
                                    "\" is no proxy: write it as http://host:port");
    proxy.host = url->origin.host;
    proxy.port = url->origin.port;
    // Which port is meant when none is written depends on the scheme: ask what https would make of
    // it.
    const bool names_no_port =
        Url::parse("https://" + std::string(rest))->origin.port != proxy.port;
    if (names_no_port && proxy.kind != ProxyKind::http)
        proxy.port = socks_port;
    const auto colon = url->userinfo.find(':');
    proxy.user = base::percent_decode(std::string_view(url->userinfo).substr(0, colon));
    if (colon != std::string::npos)
        proxy.password = base::percent_decode(std::string_view(url->userinfo).substr(colon + 1));
    constexpr std::size_t most = 255;  // a length is one byte in SOCKS5
    if (proxy.kind != ProxyKind::http && (proxy.user.size() > most || proxy.password.size() > most))
        throw std::invalid_argument(
            "a SOCKS5 proxy takes no user name or password of more than 255 bytes");
    return proxy;
}

std::string Proxy::place() const
{
    const bool six = host.find(':') != std::string::npos;
    return (six ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string Proxy::authorization() const
{
    if (user.empty())
        return {};
    return "Proxy-Authorization: Basic " + base::base64_encode(user + ':' + password) + "\r\n";
}

}  // namespace locustella::http
