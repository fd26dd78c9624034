#include "demo/wire.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace locustella::demo {
namespace {

std::int64_t nanoseconds(const timespec& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Wire::Result explain_errno()
{
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {later ? Wire::Status::blocked : Wire::Status::failed};
}

int bio_answer(BIO* bio, Wire::Result result, int retry_flag)
{
    BIO_clear_retry_flags(bio);
    if (result.status == Wire::Status::ok)
        return static_cast<int>(result.size);
    if (result.status == Wire::Status::blocked)
        BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
    return result.status == Wire::Status::ended ? 0 : -1;
}

int bio_read(BIO* bio, char* space, int size)
{
    auto& wire = *static_cast<TcpWire*>(BIO_get_data(bio));
    return bio_answer(bio, wire.read({space, static_cast<std::size_t>(size)}), BIO_FLAGS_READ);
}

int bio_write(BIO* bio, const char* bytes, int size)
{
    auto& wire = *static_cast<TcpWire*>(BIO_get_data(bio));
    return bio_answer(bio, wire.write({bytes, static_cast<std::size_t>(size)}), BIO_FLAGS_WRITE);
}

long bio_control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is buffered here
}

BIO_METHOD* wire_bio()
{
    static BIO_METHOD* const method = [] {
        auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "demo wire");
        if (!made)
            throw std::bad_alloc{};
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

}  // namespace

std::int64_t wall_clock_ns()
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

Wire::Result TcpWire::read(std::span<char> space)
{
    const auto size =
        timestamps_ ? receive_with_time(space) : ::recv(descriptor_, space.data(), space.size(), 0);
    if (size > 0)
        return {Status::ok, static_cast<std::size_t>(size)};
    return size == 0 ? Result{Status::ended} : explain_errno();
}

// The kernel's time is taken only when it can be true: not before the bytes read earlier, not after
// now.
std::ptrdiff_t TcpWire::receive_with_time(std::span<char> space)
{
    iovec part{space.data(), space.size()};
    alignas(cmsghdr) char control[256];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto size = ::recvmsg(descriptor_, &message, 0);
    if (size <= 0)
        return size;
    const auto now = wall_clock_ns();
    auto arrival = now;
    for (auto* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            if (nanoseconds(stamp) >= arrival_ns_ && nanoseconds(stamp) <= now)
                arrival = nanoseconds(stamp);
        }
    arrival_ns_ = arrival;
    return size;
}

Wire::Result TcpWire::write(std::string_view bytes)
{
    const auto size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return size >= 0 ? Result{Status::ok, static_cast<std::size_t>(size)} : explain_errno();
}

void TlsWire::Free::operator()(SSL* ssl) const
{
    SSL_free(ssl);
}

TlsWire::TlsWire(SSL_CTX& context, int descriptor, bool timestamps)
    : tcp_(std::make_unique<TcpWire>(descriptor, timestamps)),
      ssl_(SSL_new(&context))
{
    auto* const bio = BIO_new(wire_bio());
    if (!ssl_ || !bio) {
        BIO_free(bio);
        throw std::bad_alloc{};
    }
    BIO_set_data(bio, tcp_.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());  // the first read does the handshake
}

Wire::Result TlsWire::read(std::span<char> space)
{
    ERR_clear_error();  // explain() must not find another connection's error
    std::size_t size = 0;
    const int returned = SSL_read_ex(ssl_.get(), space.data(), space.size(), &size);
    if (returned == 1)
        return {Status::ok, size};
    const auto result = explain(returned);
    broken_ |= result.status == Status::failed;
    return result;
}

Wire::Result TlsWire::write(std::string_view bytes)
{
    ERR_clear_error();
    std::size_t size = 0;
    const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
    if (returned == 1)
        return {Status::ok, size};
    auto result = explain(returned);
    // To be blocked here means that the socket is full; to wait for reading would be a
    // renegotiation, which the context forbids.
    if (result.status == Status::blocked)
        result.status = Status::failed;
    else if (result.status == Status::blocked_write)
        result.status = Status::blocked;
    broken_ |= result.status == Status::failed;
    return result;
}

Wire::Result TlsWire::explain(int returned) const
{
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return {Status::blocked};
    case SSL_ERROR_WANT_WRITE: return {Status::blocked_write};
    case SSL_ERROR_ZERO_RETURN: return {Status::ended};
    default: return {Status::failed};
    }
}

bool TlsWire::holds_more() const
{
    return SSL_has_pending(ssl_.get()) == 1;
}

void TlsWire::finish()
{
    if (broken_ || !SSL_is_init_finished(ssl_.get()))
        return;  // OpenSSL forbids a goodbye after an error
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
}

}  // namespace locustella::demo
