#include "http/redirect.hpp"

#include <algorithm>
#include <array>

#include "http/error.hpp"
#include "http/header_block.hpp"
#include "http/location.hpp"

namespace locustella::http {
namespace {

bool becomes_get(const Request& request, int status)
{
    if (request.method == "HEAD" || status == 307 || status == 308)
        return false;
    if (request.dialect == Dialect::requests && status == 301)
        return request.method == "POST";
    return true;
}

bool keeps_credentials(const Origin& from, const Origin& to, Dialect dialect)
{
    if (from == to)
        return true;
    return dialect == Dialect::requests && from.host == to.host && !from.tls && from.port == 80 &&
           to.tls && to.port == 443;
}

void drop_fields(Request& request, std::initializer_list<std::string_view> names)
{
    const auto before =
        without_fields(std::string_view(request.fields).substr(0, request.cookie_at), names);
    const auto behind =
        without_fields(std::string_view(request.fields).substr(request.cookie_at), names);
    request.cookie_at = before.size();
    request.fields = before + behind;
}

// In its place: behind the fields that come before a Cookie, or among them.
void replace_host(Request& request, const std::string& host)
{
    const auto before = std::string_view(request.fields).substr(0, request.cookie_at);
    const bool early = HeaderBlock(before).find("host").has_value();
    const auto fields =
        HeaderBlock(std::string_view(request.fields).substr(early ? 0 : request.cookie_at));
    const auto old = fields.find("host");
    if (!old)
        return;
    const auto at = static_cast<std::size_t>(old->data() - request.fields.data());
    const auto size = old->size();
    request.fields.replace(at, size, host);
    if (early)
        request.cookie_at += host.size() - size;
}

// What requests does besides: credentials for a proxy go, the cookies go last, and what may have a
// body by its method (urllib3's _METHODS_NOT_EXPECTING_BODY are the others) says that it has none.
void finish_as_requests(Request& request, bool dropped_body)
{
    drop_fields(request, {"proxy-authorization"});
    static constexpr std::array<std::string_view, 6> expecting_none = {
        "GET", "HEAD", "DELETE", "TRACE", "OPTIONS", "CONNECT"};
    const auto is_named = [&](std::string_view name) {
        return base::equal_ignoring_case(request.method, name);
    };
    if (dropped_body && std::ranges::none_of(expecting_none, is_named))
        request.fields.insert(0, "Content-Length: 0\r\n");
    request.cookie_at = request.fields.size();
}

}  // namespace

bool drops_body(int status)
{
    return status != 307 && status != 308;
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::error_code next_request(Request& request, int status, std::string_view location)
{
    const bool fast = request.dialect == Dialect::geventhttpclient;
    const auto next = follow_location({request.origin, request.target, request.fragment, {}},
                                      location, request.dialect);
    if (!next)
        return names_other_scheme(location) ? Error::redirect_scheme : Error::invalid_url;
    if (drops_body(status)) {
        request.body.clear();
        drop_fields(request, {"content-length", "content-type", "transfer-encoding"});
        if (fast)
            drop_fields(request, {"content-encoding"});
    }
    if (becomes_get(request, status))
        request.method = "GET";
    if (!keeps_credentials(request.origin, next->origin, request.dialect))
        drop_fields(request, {"authorization"});
    if (request.names_cookie) {
        drop_fields(request, {"cookie"});  // the jar's cookies take over
        request.names_cookie = false;
    }
    if (request.names_host && request.host_follows && request.origin != next->origin)
        replace_host(request, next->origin.host_header(request.dialect));
    request.origin = next->origin;
    request.target = next->target;
    if (!next->fragment.empty())
        request.fragment = next->fragment;
    if (request.dialect == Dialect::requests)
        finish_as_requests(request, drops_body(status));
    return {};
}

}  // namespace locustella::http
