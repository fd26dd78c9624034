#include "http/cookie_host.hpp"

#include <algorithm>

#include "http/header_block.hpp"

namespace locustella::http {
namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_plain(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

}  // namespace

std::optional<std::string> host_of_field(std::string_view value)
{
    const auto colon = value.find(':');
    const auto port = colon == std::string_view::npos ? "0" : value.substr(colon + 1);
    const auto name = value.substr(0, colon);
    if (port.empty() || !std::ranges::all_of(port, is_digit) ||
        !std::ranges::all_of(name, is_plain) || (name.empty() && !value.empty()))
        return std::nullopt;
    std::string host(name);
    std::ranges::transform(host, host.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return host;
}

const Origin& cookie_origin(const Request& request, Origin& made)
{
    if (!request.names_host || request.host_follows || request.dialect != Dialect::requests)
        return request.origin;
    const auto said = HeaderBlock(request.fields).find("host");
    auto host = said ? host_of_field(*said) : std::nullopt;
    if (!host || host->empty())
        return request.origin;
    made = {request.origin.tls, std::move(*host), request.origin.port};
    return made;
}

}  // namespace locustella::http
