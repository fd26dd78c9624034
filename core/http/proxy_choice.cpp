#include "http/proxy_choice.hpp"

namespace locustella::http {
namespace {

constexpr std::string_view behind_scheme_of_key = "://";

struct Parts {
    std::string_view scheme;
    std::string_view host;
    bool names_host;
};

Parts parts_of(std::string_view key)
{
    const auto at = key.find(behind_scheme_of_key);
    if (at == std::string_view::npos)
        return {key, {}, false};
    return {key.substr(0, at), key.substr(at + behind_scheme_of_key.size()), true};
}

}  // namespace

std::optional<std::size_t> proxy_rank(std::string_view key, const Origin& origin)
{
    const Parts parts = parts_of(key);
    const bool of_all = parts.scheme == "all";
    if (!of_all && parts.scheme != (origin.tls ? "https" : "http"))
        return std::nullopt;
    if (parts.names_host && parts.host != origin.host)
        return std::nullopt;
    return (of_all ? 2u : 0u) + (parts.names_host ? 0u : 1u);
}

bool may_name_proxy(std::string_view key)
{
    const std::string_view scheme = parts_of(key).scheme;
    return scheme == "http" || scheme == "https" || scheme == "all";
}

}  // namespace locustella::http
