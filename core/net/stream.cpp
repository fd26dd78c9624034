#include "net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/tcp_facts.hpp"

namespace locustella::net {
namespace {

using Status = IoResult::Status;

std::error_code last_error()
{
    return {errno, std::generic_category()};
}

IoResult failed_call()
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return {Status::again, 0, {}};
    return {Status::error, 0, last_error()};
}

// The wall-clock time of the last segment in the message, or 0.
base::Nanos kernel_time(msghdr& message)
{
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        timespec t{};
        std::memcpy(&t, CMSG_DATA(c), sizeof t);
        return base::to_nanos(t);
    }
    return 0;
}

}  // namespace

std::error_code Stream::open(const Endpoint& endpoint, const std::optional<Address>& source)
{
    close();
    bytes_sent_ = 0;
    fd_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   IPPROTO_TCP);
    if (fd_ < 0)
        return last_error();
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    window_.open(fd_);
    if (source) {
        // The port is chosen when the target is known: one serves for many targets then.
        ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const Endpoint from(*source, 0);
        if (::bind(fd_, from.data(), static_cast<socklen_t>(from.size())) < 0) {
            const auto ec = last_error();
            close();
            return ec;
        }
    }
    if (::connect(fd_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ||
        errno == EINPROGRESS)
        return {};
    const auto ec = last_error();
    close();
    return ec;
}

void Stream::take_over(Stream& other)
{
    close();
    fd_ = std::exchange(other.fd_, -1);
    window_ = std::move(other.window_);
    bytes_sent_ = 0;
    filled_ = false;
    arrival_ = 0;
    set_floor(0);
}

void Stream::set_floor(Nanos floor)
{
    floor_ = floor;
    last_stamp_ = 0;
    backlog_.begin();
}

Certainty Stream::certainty() const
{
    const bool doubtful = certainty_ == Certainty::kernel && backlog_.held_up();
    return doubtful ? Certainty::upper_bound : certainty_;
}

bool Stream::sent_all() const
{
    return nothing_unsent(fd_);
}

IoResult Stream::connected()
{
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0)
        return {Status::done, 0, {}};
    if (errno != ENOTCONN)
        return failed_call();
    // Without a peer it has failed, or is still connecting: then it has no error either.
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return failed_call();
    return error ? IoResult{Status::error, 0, {error, std::generic_category()}}
                 : IoResult{Status::again, 0, {}};
}

// `now` was taken before the wall clock is read here: who loses the processor in between takes the
// segment for older than it is. One that seems to be older than the floor is looked at again, the
// clocks the other way round, which errs to the other side: early_ is certain.
void Stream::note_arrival(Nanos now, Nanos kernel)
{
    const Nanos age = base::wall_now() - kernel;
    if (age < 0)
        return;
    if (now - age >= floor_) {
        arrival_ = now - age;
        certainty_ = Certainty::kernel;
        return;
    }
    const Nanos age_again = base::wall_now() - kernel;
    const Nanos latest = base::monotonic_now() - age_again;
    early_ = latest < floor_;
    if (early_)
        return;
    arrival_ = std::min(now, latest);
    certainty_ = Certainty::kernel;
}

// The closing of the peer has no stamp, but came after the last data.
void Stream::note_closing(Nanos now)
{
    if (last_stamp_ == 0)
        return;
    arrival_ = latest_closing(fd_, last_stamp_, now);
    certainty_ =
        arrival_ - last_stamp_ <= Backlog::tolerance ? Certainty::kernel : Certainty::upper_bound;
}

IoResult Stream::receive(std::span<char> into)
{
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
    iovec part{into.data(), into.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto got = ::recvmsg(fd_, &message, 0);
    if (got < 0) {
        backlog_.blocked();
        return failed_call();
    }
    const auto size = static_cast<std::size_t>(got);
    const Nanos now = base::monotonic_now();
    arrival_ = now;
    certainty_ = Certainty::read;
    early_ = false;
    filled_ = size == into.size();
    if (size == 0) {
        note_closing(now);
        return {Status::closed, 0, {}};
    }
    if (const Nanos kernel = kernel_time(message))
        note_arrival(now, kernel);
    last_stamp_ = certainty_ == Certainty::kernel ? arrival_ : 0;
    backlog_.read({.size = size, .arrived = last_stamp_, .now = now, .emptied = !filled_},
                  [this, size] { return window_.may_hold_up(fd_, size); });
    return {Status::done, size, {}};
}

IoResult Stream::transmit(std::string_view data)
{
    const auto size = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (size < 0)
        return failed_call();
    bytes_sent_ += static_cast<std::uint64_t>(size);
    return {Status::done, static_cast<std::size_t>(size), {}};
}

IoResult Stream::read(std::span<char> into)
{
    if (!ssl_)
        return receive(into);
    ERR_clear_error();
    const int size = ::SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
    if (size > 0)
        return {Status::done, static_cast<std::size_t>(size), {}};
    return tls_result(size);
}

IoResult Stream::write(std::string_view data)
{
    if (!ssl_)
        return transmit(data);
    if (data.empty())
        return {Status::done, 0, {}};
    ERR_clear_error();
    constexpr std::size_t most = 1 << 30;  // SSL_write counts in int
    const int size = ::SSL_write(ssl_, data.data(), static_cast<int>(std::min(data.size(), most)));
    if (size > 0)
        return {Status::done, static_cast<std::size_t>(size), {}};
    return tls_result(size);
}

bool Stream::went_stale()
{
    if (peer_has_said_goodbye())
        return true;
    char byte;
    if (!ssl_ || ::SSL_has_pending(ssl_) == 0) {
        const auto size = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (size < 0)
            return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        if (size == 0 || !ssl_)
            return true;
    }
    // session tickets may come at any time: peeking takes them in, and finds nothing behind them
    ERR_clear_error();
    return tls_result(::SSL_peek(ssl_, &byte, 1)).status != Status::again;
}

bool Stream::may_hold_more() const
{
    return filled_ || (ssl_ && (::SSL_has_pending(ssl_) != 0 || peer_has_said_goodbye()));
}

// By a close_notify, which OpenSSL takes in and shows but once.
bool Stream::peer_has_said_goodbye() const
{
    return ssl_ && (::SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

// RFC 7301, section 3.1: each name behind its length.
std::error_code Stream::start_tls(TlsContext& context, const std::string& host,
                                  std::span<const std::string> alpn)
{
    tls_failure_.clear();
    ssl_ = context.new_session(host, *this);
    std::string names;
    for (const std::string& name : alpn)
        names.append(1, static_cast<char>(name.size())).append(name);
    if (!ssl_ || (!names.empty() &&
                  ::SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(names.data()),
                                        static_cast<unsigned>(names.size())) != 0)) {
        tls_failure_ = tls_error_words();
        return make_error_code(TlsError::setup_failed);
    }
    return {};
}

std::string_view Stream::alpn() const
{
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (ssl_)
        ::SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

IoResult Stream::handshake()
{
    ERR_clear_error();
    const int result = ::SSL_connect(ssl_);
    if (result == 1)
        return {Status::done, 0, {}};
    return tls_result(result);
}

IoResult Stream::tls_result(int result)
{
    const int call_error = errno;
    switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {Status::again, 0, {}};
    case SSL_ERROR_ZERO_RETURN: return {Status::closed, 0, {}};
    case SSL_ERROR_SYSCALL:
        if (call_error == 0 || result == 0)
            return {Status::closed, 0, {}};
        return {Status::error, 0, {call_error, std::generic_category()}};
    default: break;
    }
    const unsigned long code = ::ERR_peek_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return {Status::closed, 0, {}};
    const long verified = ::SSL_get_verify_result(ssl_);
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK) {
        tls_failure_ =
            std::string("certificate verify failed: ") + ::X509_verify_cert_error_string(verified);
        return {Status::error, 0, make_error_code(TlsError::certificate_refused)};
    }
    tls_failure_ = tls_error_words();
    return {Status::error, 0, make_error_code(TlsError::protocol)};
}

void Stream::close()
{
    if (ssl_) {
        // else OpenSSL would spoil the session for resumption
        ::SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN);
        ::SSL_free(std::exchange(ssl_, nullptr));
    }
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
}

void Stream::reset()
{
    if (fd_ >= 0) {
        const linger hard{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    close();
}

}  // namespace locustella::net
