// A TCP connection, plain or TLS, that never blocks and knows when its bytes arrived.
//
//   Stream stream;
//   auto ec = stream.open(endpoint);                 // non-blocking connect begins
//   ... on_ready: stream.connected() -> done, again or error
//   stream.start_tls(context, "shop.test"); ... stream.handshake()
//   stream.write(data); stream.read(buffer)          // IoResult: done, again, closed, error
//   stream.arrival()                                 // monotonic time of the last segment read
//
// Arrival times are the kernel's (SO_TIMESTAMPNS, by recvmsg): when the segment reached this
// machine, not when this process got round to it. They come on the wall clock and are turned into
// monotonic time by their age at the moment of reading; one that would be older than `floor`, or
// lie in the future (a stepped clock), is dropped for the time of the read. How sure an arrival is,
// certainty() says:
//
//   kernel       by its stamp
//   upper_bound  it may have come earlier: the peer's closing has no stamp (see tcp_facts.hpp),
//                or what the peer may have held back because nobody read (see backlog.hpp)
//   read         no stamp: it is the time of the read
//
// So that answers need nobody to read, the window is opened wide before the connection is made.
// That costs no memory until somebody sends so much, and the kernel goes on tuning it.
//
// TLS reads through a BIO of ours over the same recvmsg, so encrypted bytes keep their times; it
// reads ahead, so that a record costs one call and what is behind it is known.
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "base/certainty.hpp"
#include "base/clock.hpp"
#include "net/backlog.hpp"
#include "net/endpoint.hpp"
#include "net/receive_window.hpp"
#include "net/tls.hpp"

namespace locustella::net {

using base::Certainty;

struct IoResult {
    enum class Status : std::uint8_t { done, again, closed, error };
    Status status = Status::again;
    std::size_t size = 0;
    std::error_code error;
};

class Stream {
public:
    using Nanos = base::Nanos;

    Stream() = default;
    ~Stream() { close(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // From `source`, an address of this machine and of the endpoint's family; without one the
    // system chooses.
    std::error_code open(const Endpoint& endpoint,
                         const std::optional<Address>& source = std::nullopt);
    IoResult connected();
    // Takes the connection of another stream that has not started TLS.
    void take_over(Stream& other);

    // `alpn`: the protocols that are offered, the best first.
    std::error_code start_tls(TlsContext& context, const std::string& host,
                              std::span<const std::string> alpn = {});
    // The one that the server has chosen of them; empty: none.
    std::string_view alpn() const;
    IoResult handshake();

    IoResult read(std::span<char> into);
    IoResult write(std::string_view data);
    // True when the peer has closed, or sent something unasked: an idle connection must not be used
    // then.
    bool went_stale();
    // False when the last read has emptied the socket; costs no system call.
    bool may_hold_more() const;

    // Whether all that was written has left this machine, so that the peer waits for us alone.
    bool sent_all() const;
    // Bytes handed to the kernel since open().
    std::uint64_t bytes_sent() const { return bytes_sent_; }

    void close();
    // Closes with a reset, so that a half-sent request ends at once and leaves no TIME_WAIT behind.
    void reset();

    bool is_open() const { return fd_ >= 0; }
    bool is_tls() const { return ssl_ != nullptr; }
    int fd() const { return fd_; }

    // 0 until something is read.
    Nanos arrival() const { return arrival_; }
    Certainty certainty() const;
    void forget_arrival() { arrival_ = 0; }
    void set_floor(Nanos floor);
    // By the kernel's time the bytes read last had been here before the floor.
    bool arrived_early() const { return early_; }

    // The words of the last TLS failure ("certificate verify failed: self-signed certificate").
    const std::string& tls_failure() const { return tls_failure_; }

    // One recvmsg and one send; what the BIO of TLS calls too.
    IoResult receive(std::span<char> into);
    IoResult transmit(std::string_view data);

private:
    IoResult tls_result(int result);
    bool peer_has_said_goodbye() const;
    void note_arrival(Nanos now, Nanos kernel);
    void note_closing(Nanos now);

    int fd_ = -1;
    SSL* ssl_ = nullptr;
    Nanos arrival_ = 0;
    Nanos floor_ = 0;
    Nanos last_stamp_ = 0;  // the arrival of the last data read; 0: it had no stamp
    Backlog backlog_;
    ReceiveWindow window_;
    Certainty certainty_ = Certainty::read;
    bool early_ = false;
    bool filled_ = false;  // the last receive() got all that it had room for
    std::uint64_t bytes_sent_ = 0;
    std::string tls_failure_;
};

}  // namespace locustella::net
