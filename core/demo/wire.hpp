// A connected, non-blocking socket as the demo target reads and writes it: plain or under TLS, with
// the kernel's receive times where they are wanted.
//
//   TcpWire wire{descriptor, true};
//   auto [status, size] = wire.read(space);      // Status::blocked: wait until readable
//   wire.arrival_ns()                            // when the last bytes read reached this machine
//
// Neither kind owns the descriptor. SIGPIPE is never raised.
// Thread: the server's.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace locustella::demo {

// CLOCK_REALTIME, the clock of the kernel's receive times, in nanoseconds.
std::int64_t wall_clock_ns();

class Wire {
public:
    enum class Status {
        ok,
        blocked,        // wait for what was tried, then try again
        blocked_write,  // a read that must write first (a TLS handshake)
        ended,          // the peer sends no more
        failed,
    };

    struct Result {
        Status status;
        std::size_t size = 0;
    };

    virtual ~Wire() = default;

    virtual Result read(std::span<char> space) = 0;

    // May take less than all. After Status::blocked the same bytes must be offered again.
    virtual Result write(std::string_view bytes) = 0;

    // Bytes have been read from the socket that read() has not handed out.
    virtual bool holds_more() const { return false; }

    // Says goodbye where the protocol has a word for it.
    virtual void finish() {}

    // Of the last bytes that came; 0 unless timestamps were asked for.
    virtual std::int64_t arrival_ns() const = 0;
};

class TcpWire final : public Wire {
public:
    // `timestamps`: SO_TIMESTAMPNS is on for the socket, and arrival_ns() is wanted.
    TcpWire(int descriptor, bool timestamps) : descriptor_(descriptor), timestamps_(timestamps) {}

    Result read(std::span<char> space) override;
    Result write(std::string_view bytes) override;
    std::int64_t arrival_ns() const override { return arrival_ns_; }

private:
    std::ptrdiff_t receive_with_time(std::span<char> space);

    int descriptor_;
    bool timestamps_;
    std::int64_t arrival_ns_ = 0;
};

// OpenSSL over a BIO that reads by TcpWire, which OpenSSL's own socket BIO could not: it drops the
// kernel's receive times.
class TlsWire final : public Wire {
public:
    TlsWire(SSL_CTX& context, int descriptor, bool timestamps);

    Result read(std::span<char> space) override;
    Result write(std::string_view bytes) override;
    bool holds_more() const override;
    void finish() override;
    std::int64_t arrival_ns() const override { return tcp_->arrival_ns(); }

private:
    struct Free {
        void operator()(SSL* ssl) const;
    };

    Result explain(int returned) const;

    std::unique_ptr<TcpWire> tcp_;  // its address is the BIO's
    std::unique_ptr<SSL, Free> ssl_;
    bool broken_ = false;
};

}  // namespace locustella::demo
