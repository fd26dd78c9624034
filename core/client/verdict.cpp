#include "client/verdict.hpp"

#include <algorithm>
#include <array>

namespace locustella::client {
namespace {

// locust.contrib.fasthttp's valid_response_codes.
constexpr std::array good_statuses = {200, 201, 202, 203, 204, 205, 206, 207,
                                      208, 226, 301, 302, 303, 304, 307, 308};

// As Python shows a str: in double quotes where it has single ones and no double ones.
std::string quoted(std::string_view text)
{
    const bool in_double =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = in_double ? '"' : '\'';
    std::string shown(1, quote);
    for (const char c : text) {
        if (c == quote || c == '\\')
            shown.push_back('\\');
        shown.push_back(c);
    }
    shown.push_back(quote);
    return shown;
}

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
    return "HTTPError(" + quoted(words) + ")";
}

}  // namespace locustella::client
