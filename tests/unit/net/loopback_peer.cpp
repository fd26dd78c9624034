#include "unit/net/loopback_peer.hpp"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace locustella::net {
namespace {

int checked(int result, const char* call)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), call);
    return result;
}

// OpenSSL writes to sockets with write(), which kills us when the client is gone. Only here: what
// the core does must not raise the signal at all.
class PipeSignalsIgnored {
public:
    PipeSignalsIgnored()
    {
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, &before_);
    }
    ~PipeSignalsIgnored() { ::sigaction(SIGPIPE, &before_, nullptr); }
    PipeSignalsIgnored(const PipeSignalsIgnored&) = delete;
    PipeSignalsIgnored& operator=(const PipeSignalsIgnored&) = delete;

private:
    struct sigaction before_ {};
};

bool would_block()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

Peer::Peer(int fd, SSL_CTX* tls) : fd_(fd)
{
    if (!tls) {
        handshaken_ = true;
        return;
    }
    ssl_ = ::SSL_new(tls);
    ::SSL_set_fd(ssl_, fd_);
    ::SSL_set_accept_state(ssl_);
}

Peer::~Peer()
{
    finish();
}

void Peer::finish()
{
    if (ssl_)
        ::SSL_free(std::exchange(ssl_, nullptr));
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
}

bool Peer::shake_hands()
{
    if (handshaken_)
        return true;
    ::ERR_clear_error();
    const int result = ::SSL_accept(ssl_);
    handshaken_ = result == 1;
    if (!handshaken_) {
        const int why = ::SSL_get_error(ssl_, result);
        ended_ = ended_ || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE);
    }
    return handshaken_;
}

void Peer::pump()
{
    const PipeSignalsIgnored guard;
    if (fd_ < 0 || !shake_hands())
        return;
    read();
    write();
    if (!out_.empty())
        return;
    if (std::exchange(only_goodbye_, false)) {
        ::SSL_shutdown(ssl_);
    } else if (closing_) {
        if (ssl_ && says_goodbye_)
            ::SSL_shutdown(ssl_);
        finish();
    } else if (std::exchange(half_closing_, false)) {
        ::shutdown(fd_, SHUT_WR);
    }
}

void Peer::read()
{
    std::array<char, 16384> buffer;
    while (!ended_ && may_read_ > 0) {
        const auto room = std::min(buffer.size(), may_read_);
        ssize_t size;
        if (ssl_) {
            ::ERR_clear_error();
            size = ::SSL_read(ssl_, buffer.data(), static_cast<int>(room));
            if (size <= 0) {
                const int why = ::SSL_get_error(ssl_, static_cast<int>(size));
                ended_ = why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
                return;
            }
        } else {
            size = ::recv(fd_, buffer.data(), room, MSG_DONTWAIT);
            if (size < 0 && would_block())
                return;
            ended_ = size <= 0;
            was_reset_ = size < 0 && errno == ECONNRESET;
            if (ended_)
                return;
        }
        received.append(buffer.data(), static_cast<std::size_t>(size));
        may_read_ -= static_cast<std::size_t>(size);
    }
}

void Peer::write()
{
    while (written_ < out_.size()) {
        const auto rest = std::string_view(out_).substr(written_);
        const auto size = ssl_ ? ::SSL_write(ssl_, rest.data(), static_cast<int>(rest.size()))
                               : ::send(fd_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size <= 0) {
            const bool later =
                ssl_ ? ::SSL_get_error(ssl_, static_cast<int>(size)) == SSL_ERROR_WANT_WRITE
                     : would_block();
            if (later)
                return;
            break;  // the client is gone
        }
        written_ += static_cast<std::size_t>(size);
    }
    out_.clear();
    written_ = 0;
}

void Peer::send(std::string_view bytes)
{
    out_ += bytes;
    pump();
}

void Peer::close()
{
    closing_ = true;
    pump();
}

void Peer::close_silently()
{
    says_goodbye_ = false;
    close();
}

void Peer::stop_sending()
{
    half_closing_ = true;
    pump();
}

void Peer::reset()
{
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    finish();
}

bool Peer::delivered() const
{
    int unacknowledged = 0;
    return out_.empty() && ::ioctl(fd_, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0;
}

std::string Peer::client_name() const
{
    X509* certificate = ssl_ ? ::SSL_get1_peer_certificate(ssl_) : nullptr;
    if (!certificate)
        return {};
    char name[256] = {};
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name,
                                sizeof name);
    ::X509_free(certificate);
    return name;
}

bool Peer::resumed() const
{
    return ssl_ && ::SSL_session_reused(ssl_);
}

Address Peer::came_from() const
{
    Endpoint client;
    socklen_t size = static_cast<socklen_t>(client.capacity());
    ::getpeername(fd_, client.data(), &size);
    return client.address();
}

Listener::Listener(ListenerOptions options) : options_(options)
{
    endpoint_ = Endpoint(boost::asio::ip::make_address(options.address), options.port);
    fd_ = checked(
        ::socket(endpoint_.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
        "socket");
    if (options.receive_buffer)
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                     sizeof options.receive_buffer);
    checked(::bind(fd_, endpoint_.data(), static_cast<socklen_t>(endpoint_.size())), "bind");
    checked(::listen(fd_, options.backlog), "listen");
    socklen_t size = static_cast<socklen_t>(endpoint_.capacity());
    checked(::getsockname(fd_, endpoint_.data(), &size), "getsockname");
}

Listener::~Listener()
{
    close();
}

void Listener::close()
{
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
}

std::unique_ptr<Peer> Listener::accept()
{
    const int fd = fd_ < 0 ? -1 : ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd < 0 ? nullptr : std::make_unique<Peer>(fd, options_.tls);
}

SilentPort::SilentPort(const char* address) : listener_({.address = address, .backlog = 0})
{
    // How many fit into the queue is the kernel's business: add some until one is left hanging.
    for (int i = 0; i < 16; ++i) {
        const int fd =
            checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
        waiting_.push_back(fd);
        ::connect(fd, endpoint().data(), static_cast<socklen_t>(endpoint().size()));
        pollfd connected{fd, POLLOUT, 0};
        if (::poll(&connected, 1, 100) == 0)
            return;
    }
    ADD_FAILURE() << "every connection was taken";
}

void SilentPort::open()
{
    while (auto peer = listener_.accept())
        taken_.push_back(std::move(peer));
}

SilentPort::~SilentPort()
{
    for (const int fd : waiting_)
        ::close(fd);
}

Endpoint closed_port()
{
    return Listener().endpoint();
}

}  // namespace locustella::net
