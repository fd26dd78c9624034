// One response, from bytes to status, head and body. Sans-I/O: no socket, no clock.
//
//   ResponseParser parser;
//   parser.begin(/*to_head=*/false);
//   auto used = parser.put(bytes, ec);   // may use less: hand the rest in again, with more behind it
//   if (!ec && parser.complete()) ...
//   parser.end_of_stream(ec);            // completes a body that only the closing delimits
//
// Beast parses; this class keeps what we need of it, skips interim answers (1xx), and mends what strict
// parsing refuses but servers send and Python's http.client takes: a status line without a reason, lines
// that end in a bare LF, lines that are no fields, and a length beside a chunked coding.
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace locustella::http {

// A parsed response. `bytes` is the head as received (status line and fields, with the blank line; folded
// lines unfolded) and behind it the body, chunks joined, content coding still on.
struct Response {
    int status = 0;
    bool http_1_0 = false;
    bool keep_alive = false;
    bool coded = false;      // has a Content-Encoding
    bool sets_cookies = false;
    std::string bytes;
    std::size_t head_size = 0;

    std::string_view head() const { return std::string_view(bytes).substr(0, head_size); }
    std::string_view body() const { return std::string_view(bytes).substr(head_size); }
};

class ResponseParser {
public:
    static constexpr std::uint32_t head_limit = 256 * 1024;

    ResponseParser();
    ~ResponseParser();
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;

    // `to_head`: the request was a HEAD, whose answer has no body whatever its fields say.
    void begin(bool to_head);

    // Returns how many of the bytes were used. Unused ones are the beginning of something incomplete (or,
    // once complete(), what follows the response).
    std::size_t put(std::string_view bytes, std::error_code& ec);
    void end_of_stream(std::error_code& ec);

    bool has_head() const;
    bool complete() const;
    // A byte of this response has been seen.
    bool started() const { return started_; }

    Response& response() { return response_; }
    const Response& response() const { return response_; }

private:
    class Beast;

    std::size_t put_head(std::string_view bytes, std::error_code& ec);
    void parse_head(std::string head, std::error_code& ec);

    std::unique_ptr<Beast> beast_;
    Response response_;
    bool to_head_ = false;
    bool started_ = false;
};

}  // namespace locustella::http
