// One response, from bytes to status, head and body. Sans-I/O: no socket, no clock.
//
//   ResponseParser parser(limits);
//   parser.begin(/*to_head=*/false);
//   auto used = parser.put(bytes, ec);   // perhaps less: hand the rest in again, with more behind
//   if (!ec && parser.complete()) ...
//   parser.end_of_stream(ec);            // completes a body that only the closing delimits
//
// Beast parses; this class keeps what we need of it, skips interim answers (1xx), and mends what
// strict parsing refuses but servers send and Python's http.client takes: a status line without a
// reason, lines that end in a bare LF, lines that are no fields, a length beside a chunked coding,
// blanks around the size of a chunk, and a closing right behind the last chunk.
//
// What a server can make it hold is bounded by Limits, which outlive it.
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/system/error_code.hpp>

#include "http/limits.hpp"
#include "http/response.hpp"

namespace locustella::http {

class ResponseParser {
public:
    explicit ResponseParser(const Limits& limits);
    ~ResponseParser();
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;

    // `to_head`: the request was a HEAD, whose answer has no body whatever its fields say.
    void begin(bool to_head);
    // Whether the body stays here until it is complete, so that its limit holds; begin() says yes.
    // A streamed body is taken out of response() as it comes.
    void hold_body(bool whole) { holds_body_ = whole; }

    // Returns how many of the bytes were used. Unused ones are the beginning of something
    // incomplete (or, once complete(), what follows the response).
    std::size_t put(std::string_view bytes, std::error_code& ec);
    void end_of_stream(std::error_code& ec);

    bool has_head() const;
    bool complete() const;
    // After an error: the line that was wrong, as far as it is one line's fault.
    const std::string& bad_line() const { return bad_line_; }
    // A byte of this response has been seen.
    bool started() const { return started_; }

    Response& response() { return response_; }
    const Response& response() const { return response_; }

private:
    class Beast;

    // How far an incomplete head has been looked through: one that drips in is not looked through
    // for every byte.
    struct Scan {
        std::size_t at = 0;
        std::uint32_t lines = 0;
        bool folded = false;  // a line continues the one before it
    };

    void begin_message();
    std::size_t find_head_end(std::string_view bytes);
    std::size_t put_head(std::string_view bytes, std::error_code& ec);
    void parse_head(std::string head, std::error_code& ec);
    std::size_t mend_body(std::string_view rest, boost::system::error_code failed,
                          std::error_code& ec);
    bool skip_interim(std::error_code& ec);

    const Limits& limits_;
    std::unique_ptr<Beast> beast_;
    Response response_;
    std::string bad_line_;
    Scan scan_;
    std::uint32_t interim_ = 0;  // 1xx answers seen
    bool to_head_ = false;
    bool started_ = false;
    bool holds_body_ = true;
    bool last_chunk_ = false;  // the chunk of size 0 has been seen
    bool closed_after_it_ = false;
};

}  // namespace locustella::http
