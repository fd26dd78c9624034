#include "http/request_text.hpp"

#include <charconv>
#include <iterator>

#include "http/header_block.hpp"

namespace locustella::http {
namespace {

// urllib3 puts a proxy's login in the place of a field that the caller has under that name. False:
// there is none among these.
bool append_with_login(std::string_view fields, std::string_view login, std::string& out)
{
    const auto named = HeaderBlock(fields).find("proxy-authorization");
    if (!named) {
        out.append(fields);
        return false;
    }
    const auto value = static_cast<std::size_t>(named->data() - fields.data());
    const auto begin = fields.rfind('\n', value) + 1;  // npos + 1: the first line
    out.append(fields.substr(0, begin)).append(login);
    out.append(fields.substr(fields.find('\n', value) + 1));
    return true;
}

}  // namespace

void write_request(const Request& request, const Proxy& proxy, std::string_view cookies,
                   std::string& out)
{
    const bool forwarded = proxy.forwards(request.origin);
    out.assign(request.method).append(" ");
    if (forwarded) {
        out.append("http://");
        request.origin.append_host_header(out);
    }
    out.append(request.target).append(" HTTP/1.1\r\n");
    if (!request.names_host) {
        out.append("Host: ");
        request.origin.append_host_header(out);
        out.append("\r\n");
    }
    const std::string_view fields = request.fields;
    const std::string login = forwarded ? proxy.authorization() : std::string{};
    const bool replaces = !login.empty() && request.dialect == Dialect::requests;
    const auto append = [&](std::string_view some) {
        if (replaces)
            return append_with_login(some, login, out);
        out.append(some);
        return false;
    };
    bool placed = append(fields.substr(0, request.cookie_at));
    if (!cookies.empty())
        out.append("Cookie: ").append(cookies).append("\r\n");
    placed |= append(fields.substr(request.cookie_at));
    if (!placed)
        out.append(login);
    out.append("\r\n").append(request.body);
}

void append_chunk(std::string& out, std::string_view bytes)
{
    if (bytes.empty())
        return;
    char size[16];
    const auto end = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
    out.append(size, end).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace locustella::http
