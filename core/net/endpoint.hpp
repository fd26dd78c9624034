// Addresses, and the order in which those of a name are tried.
//
//   attempt_order({a1, a2, a3, b1}, 80, 0)   ->   a1:80 b1:80 a2:80 a3:80
//   attempt_order({a1, a2, a3, b1}, 80, 1)   ->   a2:80 b1:80 a3:80 a1:80
//
// `a` is the family that the system prefers: the one of the first address (RFC 6724). The families
// alternate, so that one that leads nowhere costs a single attempt (RFC 8305, section 4). Each
// use starts one address further within its family: connections share the addresses evenly, and the
// others stay for when that one fails.
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

// `uses` counts the connections to these addresses so far.
Endpoints attempt_order(const Addresses& found, std::uint16_t port, std::uint64_t uses);

}  // namespace locustella::net
