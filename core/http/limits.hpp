// How much of an answer is taken in: what a broken or hostile server can cost this process.
//
//   Context context(reactor);
//   context.limits.body = 64 << 20;      // before the first connection
//
// An answer beyond a limit is a failed request with an Error of its own (head_too_large,
// too_many_fields, body_too_large, too_many_interim), and its connection is closed. The defaults
// are far beyond what servers send.
//
// Thread: that of whoever owns them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace locustella::http {

struct Limits {
    // bytes: status line and fields; trailers and each chunk's line too
    std::uint32_t head = 256 * 1024;
    std::uint32_t fields = 1000;              // header fields
    std::size_t body = std::size_t{1} << 30;  // bytes in memory, as received and decoded
    std::uint32_t interim = 100;              // 1xx answers before the real one
};

}  // namespace locustella::http
