// The other end of a connection, played by the test: listening sockets and accepted connections on
// loopback, plain or TLS, non-blocking, in the test's own thread.
//
//   Listener listener;                         // 127.0.0.1, a free port
//   ... a client connects to listener.port() ...
//   auto peer = listener.accept();             // nullptr while nobody has come
//   peer->pump();                              // moves bytes both ways, as far as they go now
//   peer->received                             // what has come so far
//   peer->send("HTTP/1.1 200 OK\r\n"); peer->close();
//
// Nothing here waits: the test alternates between its client and pump() until it sees what it
// expects.
//
// Thread: the test's.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/endpoint.hpp"

namespace locustella::net {

class Peer {
public:
    Peer(int fd, SSL_CTX* tls);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void pump();
    void send(std::string_view bytes);
    void close();           // once everything has been sent; TLS says goodbye first
    void close_silently();  // the same without the goodbye
    void say_goodbye() { only_goodbye_ = true; }  // ... and nothing else
    void stop_sending();  // half of a close: the client sees an end, and may go on sending
    void reset();         // at once
    void limit_reading(std::size_t bytes) { may_read_ = bytes; }

    bool is_open() const { return fd_ >= 0; }
    bool ended() const { return ended_; }          // the client has closed, or is gone
    bool was_reset() const { return was_reset_; }  // ... with a reset
    bool handshaken() const { return handshaken_; }
    bool sent_all() const { return out_.empty(); }
    bool delivered() const;  // ... and the client's kernel has it, the end of sending included
    // The subject of the client's certificate, empty if it sent none.
    std::string client_name() const;
    bool resumed() const;  // the handshake was shortened by an earlier session
    Address came_from() const;

    std::string received;

private:
    bool shake_hands();
    void read();
    void write();
    void finish();

    int fd_;
    SSL* ssl_ = nullptr;
    std::string out_;
    std::size_t written_ = 0;  // of it
    std::size_t may_read_ = ~std::size_t{0};
    bool handshaken_ = false;
    bool ended_ = false;
    bool was_reset_ = false;
    bool closing_ = false;
    bool half_closing_ = false;
    bool only_goodbye_ = false;
    bool says_goodbye_ = true;
};

struct ListenerOptions {
    const char* address = "127.0.0.1";
    SSL_CTX* tls = nullptr;
    int receive_buffer = 0;  // bytes; 0: the system's choice
    int backlog = 128;
    std::uint16_t port = 0;  // 0: one that is free
};

class Listener {
public:
    explicit Listener(ListenerOptions options = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::unique_ptr<Peer> accept();
    void close();  // nobody listens there any more

    std::uint16_t port() const { return endpoint_.port(); }
    const Endpoint& endpoint() const { return endpoint_; }

private:
    ListenerOptions options_;
    int fd_ = -1;
    Endpoint endpoint_;
};

// A port where connecting neither succeeds nor fails: its queue of waiting connections is full,
// until open() empties it.
class SilentPort {
public:
    explicit SilentPort(const char* address = "127.0.0.1");
    ~SilentPort();
    SilentPort(const SilentPort&) = delete;
    SilentPort& operator=(const SilentPort&) = delete;

    const Endpoint& endpoint() const { return listener_.endpoint(); }
    void open();

private:
    Listener listener_;
    std::vector<int> waiting_;
    std::vector<std::unique_ptr<Peer>> taken_;
};

// A port where nobody listens.
Endpoint closed_port();

}  // namespace locustella::net
