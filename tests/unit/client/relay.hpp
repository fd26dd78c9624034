// The part of a proxy that carries bytes between its client and the server that it has connected
// to.
//
//   Relay relay(*served.socket, server.listener().endpoint());
//   bystanders_.push_back([&] { relay.pump(); });             // ClientTest calls it in every round
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "unit/net/loopback_peer.hpp"

namespace locustella::client {

class Relay {
public:
    Relay(net::Peer& client, const net::Endpoint& server) : client_(client)
    {
        fd_ = ::socket(server.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::connect(fd_, server.data(), static_cast<socklen_t>(server.size())), 0);
    }
    ~Relay() { close(); }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void pump()
    {
        if (fd_ < 0)
            return;
        if (const std::string bytes = std::exchange(client_.received, {}); !bytes.empty()) {
            EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(bytes.size()));
        }
        std::array<char, 16384> buffer;
        ssize_t size;
        while ((size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0)
            client_.send({buffer.data(), static_cast<std::size_t>(size)});
        if (size == 0)
            client_.close();
        if (size == 0 || client_.ended())
            close();
    }

private:
    void close()
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

    net::Peer& client_;
    int fd_ = -1;
};

}  // namespace locustella::client
