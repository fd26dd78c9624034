// Cuts a byte stream into HTTP/1.x requests. Sans-I/O: it sees bytes, never a socket or a clock.
//
//   parser.feed(bytes);                             // borrowed until release()
//   while (parser.next(request) == RequestParser::Outcome::complete)
//       handle(request);                            // views, valid until the next step
//   parser.release();                               // keeps the begun request, if there is one
//
//   request  = *CRLF method SP target SP "HTTP/1." ("0" | "1") CRLF *field CRLF [body]
//   field    = name ":" blank* value blank* CRLF    no folding, no blank before the colon
//   target   = "/..." | "http[s]://authority/..." | "*" (OPTIONS only)
//   body     = Content-Length bytes | chunked-body (chunked_decoder.hpp)
//
// A request that arrives whole is parsed where it lies: nothing is copied, nothing allocated. An
// idle parser holds no buffer. What is refused: see failure().
// Thread: none of its own; one parser to each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "demo/chunked_decoder.hpp"
#include "demo/request.hpp"

namespace locustella::demo {

struct Limits {
    std::size_t request_line = 8 * 1024;  // bytes; beyond it: 414
    std::size_t head = 16 * 1024;         // bytes of the line and all fields; beyond it: 431
    std::size_t body = 8 * 1024 * 1024;   // bytes without the transfer coding; beyond it: 413
};

class RequestParser {
public:
    enum class Outcome {
        need_more,
        need_continue,  // said once: the client waits for "100 Continue" before it sends the body
        complete,
        failed,  // for good: answer failure(), then close
    };

    explicit RequestParser(const Limits& limits) : limits_(limits) {}

    void feed(std::string_view bytes);
    Outcome next(Request& request);
    void release();

    // The status that tells the client what was wrong: 400, 413, 414, 431, 501 or 505.
    int failure() const { return failure_; }

    // Bytes held between release() and feed().
    std::size_t held() const { return held_.size(); }

private:
    void forget_finished();
    bool find_head();
    bool parse_head(Request& request);
    bool parse_request_line(std::string_view line, Request& request);
    bool parse_target(std::string_view target, Request& request);
    bool parse_field(std::string_view line, Request& request);
    bool interpret_field(const Field& field, Request& request);
    bool interpret_length(std::string_view value);
    bool framing_is_sound(const Request& request);
    Outcome next_body(Request& request);
    Outcome next_chunked_body(Request& request);
    Outcome wait_for_body();
    Outcome finish(Request& request, std::size_t message_size, std::string_view body);
    bool fail(int status);

    struct Framing {
        std::uint64_t content_length = 0;
        bool has_length = false;
        bool chunked = false;
        bool has_host = false;
        bool expects_continue = false;
    };

    const Limits& limits_;
    std::string_view view_;  // what is not yet consumed: of held_, or of the bytes fed
    std::string held_;
    std::string chunked_body_;
    ChunkedDecoder chunks_;
    Framing framing_;
    std::size_t head_size_ = 0;  // of the current request once its end has been seen
    std::size_t scanned_ = 0;    // no end of the head lies before this
    std::size_t decoded_ = 0;    // bytes after the head that chunks_ is done with
    std::size_t finished_ = 0;   // size of the request handed out last
    bool continue_said_ = false;
    int failure_ = 0;
};

}  // namespace locustella::demo
