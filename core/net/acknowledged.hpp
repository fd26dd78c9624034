// How much of what was sent the peer's kernel has acknowledged.
//
// A file of its own because the kernel's header for it and the C library's <netinet/tcp.h> exclude each other.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace locustella::net {

// Payload bytes acknowledged on this TCP socket since it connected (TCP_INFO); 0 when the kernel does not say.
std::uint64_t bytes_acknowledged(int fd);

}  // namespace locustella::net
