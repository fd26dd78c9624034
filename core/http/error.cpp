#include "http/error.hpp"

#include <string>

namespace locustella::http {
namespace {

class HttpCategory : public std::error_category {
public:
    const char* name() const noexcept override { return "http"; }
    std::string message(int code) const override
    {
        switch (static_cast<Error>(code)) {
        case Error::closed_before_response: return "Remote end closed connection without response";
        case Error::incomplete_body: return "the connection closed before the body was complete";
        case Error::malformed_response: return "the response is not valid HTTP";
        case Error::head_too_large: return "the response's head is too large";
        case Error::bad_content_coding:
            return "the body does not decode as its Content-Encoding says";
        case Error::body_too_large: return "the response's body is too large";
        case Error::too_many_redirects: return "too many redirects";
        case Error::redirect_scheme: return "redirect to a URL that is not http or https";
        case Error::connect_timeout: return "connect timed out";
        case Error::read_timeout: return "read timed out";
        case Error::total_timeout: return "the request took too long";
        case Error::invalid_url: return "invalid URL";
        case Error::too_many_fields: return "the response has too many header fields";
        case Error::too_many_interim: return "the server sent too many interim (1xx) responses";
        case Error::malformed_field:
            return "the response has a header field that is not valid HTTP";
        case Error::incomplete_head:
            return "the server closed the connection before the response's head was complete";
        case Error::unasked_response: return "the server sent something before it was asked";
        case Error::tls_setup: return "TLS could not be set up";
        case Error::proxy_refused: return "the proxy refused the connection";
        case Error::proxy_authentication: return "the proxy wants authentication";
        case Error::proxy_closed:
            return "the proxy closed the connection before it was established";
        case Error::proxy_protocol: return "the proxy did not answer as a proxy does";
        case Error::proxy_timeout: return "the proxy did not answer in time";
        case Error::unsendable_head: return "the request's head cannot be sent";
        case Error::body_gone:
            return "the redirect wants the body again, and it cannot be had again";
        case Error::no_route: return "by which proxy the redirect goes is not known";
        }
        return "HTTP error";
    }
};

}  // namespace

const std::error_category& http_category()
{
    static const HttpCategory category;
    return category;
}

std::error_code make_error_code(Error error)
{
    return {static_cast<int>(error), http_category()};
}

}  // namespace locustella::http
