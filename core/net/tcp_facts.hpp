// What the kernel knows about a TCP connection and we cannot see from our own clock (TCP_INFO).
//
// A file of its own because the kernel's header for it and the C library's <netinet/tcp.h> exclude
// each other.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace locustella::net {

// Payload bytes that the peer's kernel has acknowledged since the connection began; nullopt when
// the kernel does not say.
std::optional<std::uint64_t> bytes_acknowledged(int fd);

// How long the connection's SYN took to be answered, for a socket that has just connected. The
// kernel measures it, so it holds however late this process looks. nullopt where a segment had to
// be repeated.
std::optional<base::Nanos> connect_round_trip(int fd);

// The latest that the peer's closing can have arrived, given when its last data did. The kernel
// notes when it last heard of the peer, but only to a tick of its own clock (1 to 10 ms). `now`
// when the kernel does not say.
base::Nanos latest_closing(int fd, base::Nanos last_data, base::Nanos now);

// All that was written has left: what was sent until now waits for nobody here but us.
bool nothing_unsent(int fd);

}  // namespace locustella::net
