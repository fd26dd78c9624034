// One content coding that is being undone: bytes in, bytes out, a bounded amount at a time.
//
//   auto layer = layer_for("gzip");                   // nullptr: not known
//   std::string_view rest = body;
//   while ((step = layer->step(rest, whole, out, most)) == CodingLayer::Step::more)
//       ...
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

#include "http/body_output.hpp"

namespace locustella::http {

class CodingLayer {
public:
    enum class Step : std::uint8_t { more, done, failed };

    virtual ~CodingLayer() = default;
    // Takes at most `most` bytes from the front of `rest` (a part of `whole`, the coded body) and
    // makes at most as many.
    virtual Step step(std::string_view& rest, std::string_view whole, BodyOutput& out,
                      std::size_t most) = 0;
    std::error_code error;  // of failed
};

// Null for a coding that is not known; throws std::bad_alloc.
std::unique_ptr<CodingLayer> layer_for(std::string_view coding);

}  // namespace locustella::http
