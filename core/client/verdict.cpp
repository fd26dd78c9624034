#include "client/verdict.hpp"

#include <algorithm>
#include <array>

#include "client/python_text.hpp"

namespace locustella::client {
namespace {

// locust.contrib.fasthttp's valid_response_codes.
constexpr std::array good_statuses = {200, 201, 202, 203, 204, 205, 206, 207,
                                      208, 226, 301, 302, 303, 304, 307, 308};

}  // namespace

bool accepts(http::Dialect dialect, int status)
{
    if (dialect == http::Dialect::requests)
        return status < 400 || status >= 600;
    return std::ranges::find(good_statuses, status) != good_statuses.end();
}

std::string words_of_status(http::Dialect dialect, int status, std::string_view reason,
                            std::string_view entry_name)
{
    if (accepts(dialect, status))
        return {};
    if (dialect == http::Dialect::geventhttpclient)
        return "LocustBadStatusCode(code=" + std::to_string(status) + ")";
    std::string words = std::to_string(status);
    words += status < 500 ? " Client Error: " : " Server Error: ";
    words.append(reason).append(" for url: ").append(entry_name);
    return "HTTPError(" + repr(words) + ")";
}

std::string words_of_answer(http::Dialect dialect, const http::Response& answer,
                            std::string_view entry_name)
{
    return words_of_status(dialect, answer.status, utf8_of_latin1(answer.reason()), entry_name);
}

}  // namespace locustella::client
