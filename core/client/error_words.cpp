#include "client/error_words.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "client/python_text.hpp"

namespace locustella::client {
namespace {

using http::Error;
using http::Failure;
using namespace std::string_literals;

// The subclass of OSError that Python has for a number.
std::string_view os_class(int number)
{
    switch (number) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS: return "BlockingIOError";
    case EPIPE:
    case ESHUTDOWN: return "BrokenPipeError";
    case ECONNABORTED: return "ConnectionAbortedError";
    case ECONNREFUSED: return "ConnectionRefusedError";
    case ECONNRESET: return "ConnectionResetError";
    case ENOENT: return "FileNotFoundError";
    case EINTR: return "InterruptedError";
    case EACCES:
    case EPERM: return "PermissionError";
    case ETIMEDOUT: return "TimeoutError";
    default: return "OSError";
    }
}

std::string size_text(std::size_t size)
{
    for (const auto& [unit, bits] : {std::pair{" GiB", 30}, {" MiB", 20}, {" KiB", 10}})
        if (size && size % (std::size_t{1} << bits) == 0)
            return std::to_string(size >> bits) + unit;
    return std::to_string(size) + " bytes";
}

}  // namespace

bool is_http(const Failure& failure)
{
    return failure.code.category() == http::http_category();
}

bool is_of(const Failure& failure, std::string_view category)
{
    return failure.code.category().name() == category;
}

Error error_of(const Failure& failure)
{
    return static_cast<Error>(failure.code.value());
}

std::string raised(std::string_view name, std::string_view text)
{
    return std::string(name) + '(' + repr(text) + ')';
}

std::string raised(std::string_view name, int number, std::string_view text)
{
    return std::string(name) + '(' + std::to_string(number) + ", " + repr(text) + ')';
}

std::string os_words(const Failure& failure)
{
    return failure.words.empty() || failure.words.starts_with(of_proxy)
               ? std::generic_category().message(failure.code.value())
               : failure.words;
}

std::string os_error(const Failure& failure)
{
    return raised(os_class(failure.code.value()), failure.code.value(), os_words(failure));
}

std::string name_error(const Failure& failure)
{
    return raised("gaierror", failure.code.value(), failure.code.message());
}

std::string ssl_error(const Failure& failure)
{
    if (failure.words.starts_with("certificate verify failed"))
        return raised("SSLCertVerificationError", 1,
                      "[SSL: CERTIFICATE_VERIFY_FAILED] " + failure.words);
    std::string code = failure.words;
    for (char& c : code)
        c = c == ' ' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return raised("SSLError", 1, "[SSL: " + code + "] " + failure.words);
}

std::optional<std::string> limit_words(Error error, const http::Limits& limits)
{
    switch (error) {
    case Error::head_too_large:
        return "the response's head is larger than " + size_text(limits.head) +
               ": --max-response-head raises the limit";
    case Error::body_too_large:
        return "the response's body is larger than " + size_text(limits.body) +
               ": --max-response-body raises the limit";
    case Error::too_many_fields:
        return "the response has more than " + std::to_string(limits.fields) +
               " header fields: --max-response-fields raises the limit";
    case Error::too_many_interim:
        return "the server sent more than " + std::to_string(limits.interim) +
               " interim (1xx) responses: --max-interim-responses raises the limit";
    default: return std::nullopt;
    }
}

std::string bad_line(const Failure& failure)
{
    std::string line =
        failure.words.empty() ? failure.code.message() : utf8_of_latin1(failure.words);
    for (const auto& [beginning, guess] :
         {std::pair{"\x15\x03"s, "TLS: is the URL to begin with https?"},
          {"\x16\x03"s, "TLS"},
          {"\0\0"s, "HTTP/2, perhaps"},
          {"PRI * HTTP/2"s, "HTTP/2"}})
        if (line.starts_with(beginning))
            return line + " (this is " + guess + ')';
    return line;
}

std::string message_and_field(const Failure& failure)
{
    std::string_view line = failure.words;
    constexpr std::string_view spaces = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0";
    line.remove_prefix(std::min(line.find_first_not_of(spaces), line.size()));
    line = line.substr(0, line.find_last_not_of(spaces) + 1);
    return failure.code.message() + ": " + repr(utf8_of_latin1(line));
}

}  // namespace locustella::client
