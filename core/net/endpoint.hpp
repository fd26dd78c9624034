// Addresses, and the order in which those of a name are tried.
//
//   in_turn({a1, a2, a3, b1}, 80, 0)   ->   a1:80 b1:80 a2:80 a3:80
//   in_turn({a1, a2, a3, b1}, 80, 1)   ->   a2:80 b1:80 a3:80 a1:80
//
// `a` is the family that the system prefers: the one of the first address (RFC 6724). The families
// take turns, so that one that leads nowhere costs a single attempt (RFC 8305, section 4). Each
// turn starts one address further within its family: connections share the addresses evenly, and
// the others stay for when that one fails.
//
// Thread: any.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

namespace locustella::net {

using Address = boost::asio::ip::address;
using Addresses = std::vector<Address>;
using Endpoint = boost::asio::ip::tcp::endpoint;
using Endpoints = std::vector<Endpoint>;

// `turn` counts the connections to these addresses.
Endpoints in_turn(const Addresses& found, std::uint16_t port, std::uint64_t turn);

}  // namespace locustella::net
