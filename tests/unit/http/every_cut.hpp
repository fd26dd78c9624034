// A response, cut into pieces in every way that matters: whole, in two at every byte, and byte by
// byte.
//
//   // fails the test where a cut changes anything
//   const auto r = parse_every_way("HTTP/1.1 200 OK\r\n...");
//   r.error, r.complete, r.head, r.body, r.unused
//
// Thread: any.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "http/response_parser.hpp"

namespace locustella::http {

// What a message parses to, however it was cut.
struct Result {
    std::error_code error;
    bool complete = false;
    std::string unused;  // behind the end of the response, or not yet parsable
    int status = 0;
    bool http_1_0 = false;
    bool keep_alive = false;
    bool coded = false;
    bool sets_cookies = false;
    std::string head;
    std::string body;

    bool operator==(const Result&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Result& r)
{
    return out << "{error: " << r.error.message() << ", complete: " << r.complete << ", unused: '"
               << r.unused << "', status: " << r.status << ", keep_alive: " << r.keep_alive
               << ", head: '" << r.head << "', body: '" << r.body << "'}";
}

struct Sent {
    bool to_head = false;
    bool then_closes = false;
    Limits limits{};
};

// Feeds the pieces as a connection does: what was not used comes again, with more behind it.
inline Result parse(const std::vector<std::string_view>& pieces, const Sent& sent = {})
{
    ResponseParser parser(sent.limits);
    parser.begin(sent.to_head);
    Result result;
    for (const auto piece : pieces) {
        if (result.error)
            break;
        result.unused += piece;
        if (!parser.complete())
            result.unused.erase(0, parser.put(result.unused, result.error));
    }
    if (sent.then_closes && !result.error && !parser.complete())
        parser.end_of_stream(result.error);
    if (result.error) {
        result.unused.clear();  // depends on the cut
        return result;
    }
    const Response& response = parser.response();
    result.complete = parser.complete();
    if (parser.has_head()) {
        result.status = response.status;
        result.http_1_0 = response.http_1_0;
        result.keep_alive = response.keep_alive;
        result.coded = response.coded;
        result.sets_cookies = response.sets_cookies;
        result.head = response.head();
        result.body = response.body();
    }
    return result;
}

// Parses the message whole, in two pieces cut at every place, and byte by byte: all must agree.
inline Result parse_every_way(std::string_view message, const Sent& sent = {})
{
    const auto whole = parse({message}, sent);
    for (std::size_t cut = 1; cut < message.size(); ++cut)
        EXPECT_EQ(parse({message.substr(0, cut), message.substr(cut)}, sent), whole)
            << "cut at " << cut;
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < message.size(); ++at)
        bytes.push_back(message.substr(at, 1));
    EXPECT_EQ(parse(bytes, sent), whole) << "byte by byte";
    return whole;
}

}  // namespace locustella::http
