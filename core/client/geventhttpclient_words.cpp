#include <cerrno>

#include "client/error_words.hpp"
#include "client/python_text.hpp"

namespace locustella::client {
namespace {

using http::Error;
using http::Failure;
using http::Stage;

bool is_timeout(Error error)
{
    return error == Error::connect_timeout || error == Error::read_timeout ||
           error == Error::total_timeout || error == Error::proxy_timeout;
}

// As geventhttpclient says it.
class GeventhttpclientWords {
public:
    GeventhttpclientWords(const Failure& failure, const Circumstances& seen)
        : failure_(failure),
          seen_(seen),
          url_(seen.request.url())
    {
    }

    std::string words() const
    {
        if (is_of(failure_, "tls"))
            return ssl_error(failure_);
        if (in_body())
            return of_body();
        if (is_of(failure_, "getaddrinfo"))
            return name_error(failure_);
        return is_http(failure_) ? of_error() : of_system();
    }

private:
    // The head had come, and counts.
    bool in_body() const
    {
        const bool counts = !is_http(failure_) || is_timeout(error_of(failure_)) ||
                            error_of(failure_) == Error::closed_before_response ||
                            error_of(failure_) == Error::incomplete_body ||
                            error_of(failure_) == Error::bad_content_coding;
        return counts && seen_.response.status >= 200 &&
               (failure_.stage == Stage::receive || failure_.stage == Stage::decode);
    }

    std::string of_body() const
    {
        if (!is_http(failure_))
            return os_error(failure_);
        const Error error = error_of(failure_);
        if (is_timeout(error))
            return "TimeoutError('timed out')";
        if (error != Error::bad_content_coding)
            return "HTTPParseError('Incomplete response.')";
        return raised("HTTPParseError", bad_words());
    }

    // geventhttpclient takes these for temporary.
    std::string of_system() const
    {
        const int number = failure_.code.value();
        if (number != ETIMEDOUT && number != ENOLINK && number != ENOENT && number != EPIPE)
            return os_error(failure_);
        return retried("[Errno " + std::to_string(number) + "] " + os_words(failure_));
    }

    std::string first_url() const
    {
        return repr(seen_.first_url.empty() ? std::string_view(url_) : seen_.first_url);
    }
    // Its repr puts `original` before each closing bracket, those of the URL too.
    std::string retried(const std::string& original) const
    {
        std::string words;
        for (const char c : first_url() + ", " + std::to_string(seen_.retries) + ')') {
            if (c == ')')
                words += ", original=" + original;
            words.push_back(c);
        }
        return "RetriesExceeded(" + words;
    }

    std::string bad_words() const
    {
        std::string words = failure_.code.message();
        return failure_.words.empty() ? words : words + ": " + repr(bad_line(failure_));
    }

    std::string of_error() const
    {
        const Error error = error_of(failure_);
        if (is_timeout(error))
            return retried("timed out");
        if (const auto limit = limit_words(error, seen_.limits))
            return raised("HTTPParseError", *limit);
        switch (error) {
        case Error::proxy_closed:
            return raised("RuntimeError",
                          "Proxy closed the connection before answering the CONNECT request");
        case Error::proxy_refused:
        case Error::proxy_authentication:
            return raised("RuntimeError",
                          "Proxy CONNECT failed: " + utf8_of_latin1(failure_.words) +
                              (error == Error::proxy_authentication
                                   ? " (proxy authentication required?)"
                                   : ""));
        case Error::closed_before_response: return "HTTPConnectionClosed('connection closed.')";
        case Error::incomplete_body: return "HTTPParseError('Invalid EOF state', 14)";
        case Error::incomplete_head:
            return "HTTPParseError('connection closed before end of the headers')";
        case Error::malformed_field: return raised("HTTPParseError", message_and_field(failure_));
        default: return of_redirect(error);
        }
    }

    std::string of_redirect(Error error) const
    {
        const std::string location = utf8_of_latin1(failure_.words);
        switch (error) {
        case Error::too_many_redirects:
            return "RetriesExceeded(" + first_url() + ", 'Redirection limit reached (" +
                   std::to_string(seen_.request.max_redirects) + ")')";
        case Error::redirect_scheme: {
            std::string scheme = location.substr(0, location.find(':'));
            for (char& c : scheme)
                c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            return "UnsupportedRedirectSchemeError(" + repr(url_) + ", " +
                   repr("refusing to follow redirect to " + repr(scheme) + " URL") + ')';
        }
        case Error::invalid_url:
            return "ConnectionError(" + repr(url_) + ", " +
                   repr("the redirect to " + repr(location) + " leads nowhere") + ')';
        case Error::no_route: return "ConnectionError(" + repr(url_) + ", " + repr(location) + ')';
        default: return raised("HTTPParseError", bad_words());
        }
    }

    const Failure& failure_;
    const Circumstances& seen_;
    std::string url_;
};

}  // namespace

std::string geventhttpclient_words(const Failure& failure, const Circumstances& seen)
{
    return GeventhttpclientWords(failure, seen).words();
}

}  // namespace locustella::client
