// What a handler answers, as a value: it performs nothing, so handlers are tested without a socket.
//
//   return Reply::json(404, R"({"error": "no such product"})");
//   return Reply::of(home_page);                                  // prebuilt: costs no allocation
//   return Reply::stream("text/plain", std::make_unique<Lines>(10), Framing::chunked());
//
// A large or slow body is a BodySource: asked for the next piece only when the one before has left.
//
// Thread: none of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace locustella::demo {

using Nanos = std::chrono::nanoseconds;

// "Not Found" for 404; "Status" for a code without a name of its own.
std::string_view reason_phrase(int status);

// 1xx, 204 and 304 never carry a body, whatever their fields say.
bool forbids_body(int status);

// The answer to many requests, made once. It must outlive every Reply that names it.
struct Prebuilt {
    Prebuilt(int status, std::string_view content_type, std::string body,
             std::string_view more_fields = {});

    int status;
    std::string fields;  // whole lines, each with its CRLF: type, length, whatever else
    std::string body;
};

class BodySource {
public:
    struct Step {
        bool last = false;
        Nanos pause{0};  // before the next piece is asked for
    };

    virtual ~BodySource() = default;

    // Appends the next piece, at most some 64 KiB, to `out`. Not called again after the last one.
    virtual Step next(std::string& out) = 0;
};

struct Framing {
    enum class Kind { sized, chunked, until_close };

    static Framing sized(std::uint64_t bytes) { return {Kind::sized, bytes}; }
    static Framing chunked() { return {Kind::chunked, 0}; }
    static Framing until_close() { return {Kind::until_close, 0}; }

    Kind kind = Kind::sized;
    std::uint64_t size = 0;
};

struct Reply {
    enum class Ending { as_asked, close, reset };

    static Reply of(const Prebuilt& answer);
    static Reply json(int status, std::string body);
    static Reply text(int status, std::string body);
    static Reply error(int status, std::string_view reason);  // {"error": reason}
    static Reply redirect(int status, std::string_view location);
    static Reply stream(std::string_view content_type, std::unique_ptr<BodySource> source,
                        Framing framing);

    // Adds a field. Line breaks in `value` become blanks: a client's text cannot add fields.
    Reply& with(std::string_view name, std::string_view value) &;
    Reply&& with(std::string_view name, std::string_view value) &&;

    int status = 200;
    const Prebuilt* prebuilt = nullptr;  // then content_type, body and source are unused
    std::string_view content_type;       // a literal; empty: no such field
    std::string fields;                  // whole lines, each with its CRLF
    std::string body;
    std::unique_ptr<BodySource> source;  // then `framing` says how its pieces are sent
    Framing framing;
    std::optional<Nanos> delay;        // instead of the server's own --delay
    Nanos pause_in_head{0};            // between the status line and the fields
    Ending ending = Ending::as_asked;  // reset: nothing is sent at all
};

}  // namespace locustella::demo
