// Undoes a Content-Encoding: gzip, deflate (zlib's format or the bare one), br, zstd, and lists of
// them.
//
//   Decoder decoder("gzip", std::move(bytes), head_size, limits.body);
//   while (decoder.resume(256 * 1024) == Decoder::Step::more)
//       ...                                        // others have their turn
//   bytes = decoder.take();                        // decoder.error(): whether it is the plain body
//
// A kilobyte can claim to be a gigabyte, and to make that takes a second: so it is done in slices
// of bounded work, and `limit` bounds the decoded size at every step. A coding that is not known
// leaves the body as it is, as requests does. What is cut off is an error in every coding.
//
//   state     event                        next      does
//   --------  ---------------------------  --------  --------------------------------------------
//   undoing   resume()                     undoing   a slice of the outermost coding
//   undoing   that coding is at its end    joining
//   joining   resume()                     joining   a slice of its pieces into one text
//   joining   all of them                  undoing   the next coding, else done
//   any       broken, cut off, too large   failed
//
// Thread: any one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "http/body_output.hpp"
#include "http/coding_layer.hpp"

namespace locustella::http {

constexpr std::size_t most_codings = 5;  // one upon the other, as in urllib3

class Decoder {
public:
    using Step = CodingLayer::Step;

    // The first `head` bytes are none of the body and stay where they are.
    Decoder(std::string_view codings, std::string bytes, std::size_t head, std::size_t limit);
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Takes in and makes about `most` bytes.
    Step resume(std::size_t most);
    std::string_view codings() const { return names_; }
    // Error::bad_content_coding, body_too_large
    std::error_code error() const { return error_; }
    // Of done: the decoded bytes. Of failed: what it was given.
    std::string take();

private:
    bool next_layer();
    Step undo(std::size_t& most);
    Step fail(std::error_code error);
    std::string& coded() { return layers_done_ ? decoded_ : given_; }

    std::string names_;
    std::array<std::string_view, most_codings> codings_;  // as they were put on, of names_
    std::size_t left_ = 0;                                // of them
    std::string given_;
    std::size_t head_;
    std::size_t limit_;

    std::unique_ptr<CodingLayer> layer_;
    std::string decoded_;    // by the layers before this one
    std::string_view rest_;  // of what this one has still to take
    BodyOutput out_;
    std::size_t layers_done_ = 0;
    bool joining_ = false;
    std::error_code error_;
};

// All at once.
std::error_code decode_content(std::string_view codings, std::string_view body, std::string& plain,
                               std::size_t limit);

}  // namespace locustella::http
