#include <algorithm>
#include <cerrno>
#include <charconv>

#include "client/error_words.hpp"
#include "client/python_text.hpp"
#include "http/header_block.hpp"

namespace locustella::client {
namespace {

using http::Error;
using http::Failure;

bool has_fields(const http::Response& response)
{
    const http::HeaderBlock block(response.head());
    return block.begin() != block.end();
}

// As requests and urllib3 say it.
class RequestsWords {
public:
    RequestsWords(const Failure& failure, const Circumstances& seen)
        : failure_(failure),
          seen_(seen)
    {
    }

    std::string words() const
    {
        if (is_of(failure_, "getaddrinfo"))
            return name_error(failure_);
        if (is_of(failure_, "tls"))
            return "SSLError(" + ssl_error(failure_) + ')';
        return is_http(failure_) ? of_error() : os_error(failure_);
    }

private:
    std::string of_error() const
    {
        const Error error = error_of(failure_);
        if (const auto limit = limit_words(error, seen_.limits))
            return raised("HTTPException", *limit);
        switch (error) {
        case Error::tls_setup: return "ConnectionError(" + raised("OSError", told()) + ')';
        case Error::closed_before_response:
            return raised("RemoteDisconnected", failure_.code.message());
        case Error::incomplete_body: return incomplete();
        case Error::malformed_response: return malformed();
        case Error::bad_content_coding: return undecodable();
        case Error::too_many_redirects:
            return raised("TooManyRedirects",
                          "Exceeded " + std::to_string(seen_.redirects) + " redirects.");
        case Error::redirect_scheme: return other_scheme();
        case Error::invalid_url: return bad_redirect();
        case Error::connect_timeout: return connect_timeout();
        case Error::read_timeout:
        case Error::total_timeout: return read_timeout();
        case Error::body_gone:
            return raised("UnrewindableBodyError", "Unable to rewind request body for redirect.");
        case Error::no_route: return raised("ProxyError", told());
        case Error::malformed_field: return malformed_field();
        case Error::incomplete_head:
            return "ChunkedEncodingError(ProtocolError('Response ended prematurely'))";
        case Error::unasked_response: return raised("HTTPException", failure_.code.message());
        default: return of_proxy_error(error);
        }
    }

    std::string of_proxy_error(Error error) const
    {
        switch (error) {
        case Error::proxy_closed:
            return failure_.words.empty() ? raised("RemoteDisconnected",
                                                   "Remote end closed connection without response")
                                          : raised("ConnectionResetError", ECONNRESET, told());
        case Error::proxy_protocol: return raised("BadStatusLine", told());
        case Error::proxy_timeout: return timed_out_reading(connect_limit());
        default: break;
        }
        if (failure_.words.starts_with("HTTP/")) {
            const auto blank = failure_.words.find(' ');
            const auto status =
                blank == std::string::npos ? std::string() : failure_.words.substr(blank + 1);
            return raised("OSError", "Tunnel connection failed: " + utf8_of_latin1(status));
        }
        return raised("NewConnectionError",
                      connection() + ": Failed to establish a new connection: " + told());
    }

    // The other side's words, or ours.
    std::string told() const
    {
        return failure_.words.empty() ? failure_.code.message() : utf8_of_latin1(failure_.words);
    }

    std::string place(std::string_view kind, std::string_view host, std::string_view port) const
    {
        std::string shown = seen_.request.origin.tls ? "HTTPS" : "HTTP";
        shown.append(kind).append("(host=").append(repr(host)).append(", port=").append(port);
        return shown + ')';
    }
    std::string connection() const
    {
        const auto& origin = seen_.request.origin;
        return place("Connection", origin.host, std::to_string(origin.port));
    }
    std::string pool() const
    {
        const auto& origin = seen_.request.origin;
        return place("ConnectionPool", origin.host, std::to_string(origin.port));
    }

    std::string broken(const std::string& cause) const
    {
        return "ChunkedEncodingError(ProtocolError(" + repr("Connection broken: " + cause) + ", " +
               cause + "))";
    }
    std::string incomplete() const
    {
        const std::size_t size = seen_.response.body().size();
        std::size_t expected = 0;
        if (const auto length = http::HeaderBlock(seen_.response.head()).find("content-length"))
            std::from_chars(length->data(), length->data() + length->size(), expected);
        return broken("IncompleteRead(" + std::to_string(size) + " bytes read, " +
                      std::to_string(expected > size ? expected - size : 0) + " more expected)");
    }
    std::string malformed() const
    {
        if (!has_fields(seen_.response))
            return raised("BadStatusLine", bad_line(failure_));
        return broken("InvalidChunkLength(got length " + bytes_repr(failure_.words) + ", " +
                      std::to_string(seen_.response.body().size()) + " bytes read)");
    }
    std::string malformed_field() const
    {
        std::string name = failure_.words.substr(0, failure_.words.find(':'));
        for (const std::string_view framing : {"content-length", "transfer-encoding"})
            if (http::equal_ignoring_case(name.substr(0, framing.size()), framing))
                return "InvalidHeader(" + raised("InvalidHeader", message_and_field(failure_)) +
                       ')';
        return raised("HTTPException", message_and_field(failure_));
    }
    std::string undecodable() const
    {
        const std::string words =
            "Received response with content-encoding: " + utf8_of_latin1(failure_.words) +
            ", but failed to decode it.";
        return "ContentDecodingError(DecodeError(" + repr(words) + ", " +
               raised("ValueError", failure_.code.message()) + "))";
    }

    // The Location with its scheme as urllib spells it.
    std::string other_scheme() const
    {
        std::string url = failure_.words;
        for (std::size_t at = 0; at < url.size() && url[at] != ':'; ++at)
            if (url[at] >= 'A' && url[at] <= 'Z')
                url[at] = static_cast<char>(url[at] - 'A' + 'a');
        return raised("InvalidSchema", "No connection adapters were found for " + repr(url));
    }
    std::string bad_redirect() const
    {
        const std::string_view url = failure_.words;
        const auto slashes = url.find("//");
        auto authority = slashes == std::string_view::npos ? "" : url.substr(slashes + 2);
        authority = authority.substr(0, authority.find_first_of("/?#"));
        if (authority.empty())
            return raised("InvalidURL", "Invalid redirect to " + repr(seen_.request.url()));
        authority = authority.substr(authority.rfind('@') + 1);
        const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
        const auto colon = authority.find(':', bracket);
        const auto port =
            colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
        if (port.find_first_not_of("0123456789") != std::string_view::npos)
            return "InvalidURL(" +
                   raised("ValueError",
                          "Port could not be cast to integer value as " + repr(port)) +
                   ')';
        unsigned number = 0;
        const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
        if (read.ec == std::errc::result_out_of_range || number > 65535)
            return "InvalidURL(ValueError('Port out of range 0-65535'))";
        if (authority.substr(0, colon).empty())
            return "InvalidURL(LocationValueError('No host specified.'))";
        return raised("InvalidURL", "Invalid redirect to " + repr(url));
    }

    std::string connect_timeout() const
    {
        std::string host = seen_.request.origin.host;
        std::string port = std::to_string(seen_.request.origin.port);
        if (failure_.words.starts_with(of_proxy)) {
            const auto colon = failure_.words.rfind(':');
            host = failure_.words.substr(of_proxy.size(), colon - of_proxy.size());
            port = failure_.words.substr(colon + 1);
            if (host.starts_with('['))
                host = host.substr(1, host.size() - 2);
        }
        std::string where = place("Connection", host, port);
        return "ConnectTimeoutError(<" + where + " at 0x....>, " +
               repr("Connection to " + host + " timed out. (connect timeout=" + connect_limit() +
                    ')') +
               ')';
    }
    std::string timed_out_reading(const std::string& limit) const
    {
        return "ReadTimeout(" +
               raised("ReadTimeoutError",
                      pool() + ": Read timed out. (read timeout=" + limit + ')') +
               ')';
    }
    std::string read_timeout() const
    {
        if (has_fields(seen_.response))
            return raised("ReadTimeoutError", pool() + ": Read timed out.");
        return timed_out_reading(read_limit());
    }

    std::string connect_limit() const
    {
        if (!seen_.connect_limit.empty())
            return std::string(seen_.connect_limit);
        return number_text(seen_.request.timeouts.connect);
    }
    std::string read_limit() const
    {
        const auto& timeouts = seen_.request.timeouts;
        if (!seen_.read_limit.empty())
            return std::string(seen_.read_limit);
        return number_text(timeouts.read ? timeouts.read : timeouts.total);
    }

    const Failure& failure_;
    const Circumstances& seen_;
};

}  // namespace

std::string requests_words(const Failure& failure, const Circumstances& seen)
{
    return RequestsWords(failure, seen).words();
}

}  // namespace locustella::client
