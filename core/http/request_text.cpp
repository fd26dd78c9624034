#include "http/request_text.hpp"

namespace locustella::http {

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
    out.append(fields.substr(0, request.cookie_at));
    if (!cookies.empty())
        out.append("Cookie: ").append(cookies).append("\r\n");
    out.append(fields.substr(request.cookie_at));
    if (forwarded)
        out.append(proxy.authorization());
    out.append("\r\n").append(request.body);
}

}  // namespace locustella::http
