#include "http/cookie_host.hpp"

#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "http/header_block.hpp"

namespace locustella::http {

std::optional<std::string> host_of_field(std::string_view value)
{
    const auto colon = value.find(':');
    const auto port = colon == std::string_view::npos ? "0" : value.substr(colon + 1);
    const auto name = value.substr(0, colon);
    if (port.empty() || !digits.has_all_of(port) || !of_plain_names.has_all_of(name) ||
        (name.empty() && !value.empty()))
        return std::nullopt;
    return base::in_lower_case(name);
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
