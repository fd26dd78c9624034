// Takes the chunked transfer coding off a request's body, in whatever pieces the bytes come.
//
//   ChunkedDecoder decoder;
//   auto [outcome, used] = decoder.decode(raw, body, limit);  // body grows
//
//   chunked-body = *chunk last-chunk *trailer CRLF
//   chunk        = size [extension] CRLF data CRLF       size: hexadecimal, data: `size` bytes
//   last-chunk   = 1*"0" [extension] CRLF
//   trailer      = name ":" value CRLF                   read and dropped
//
// Thread: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace locustella::demo {

class ChunkedDecoder {
public:
    enum class Outcome { need_more, complete, malformed, too_large };

    struct Result {
        Outcome outcome;
        std::size_t used;
    };

    // `body_limit`: bytes that `body` may grow to.
    Result decode(std::string_view raw, std::string& body, std::size_t body_limit);

private:
    enum class Stage { size_line, data, data_end, trailers };

    Outcome read_size_line(std::string_view line, std::size_t room);

    static constexpr std::size_t max_line = 1024;  // of a size with its extension, or of a trailer
    static constexpr int max_trailers = 100;

    Stage stage_ = Stage::size_line;
    std::uint64_t left_ = 0;  // bytes of the current chunk still to come
    int trailers_ = 0;
};

}  // namespace locustella::demo
