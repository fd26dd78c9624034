#include "demo/connection.hpp"

#include <sys/socket.h>

#include <utility>

namespace locustella::demo {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto linger_time = 1s;
constexpr int fair_share = 16;  // pieces of a body before other connections get theirs
constexpr std::size_t worth_keeping = 16 * 1024;

std::unique_ptr<Wire> make_wire(const ConnectionHost& host, int descriptor)
{
    const bool timestamps = host.log != nullptr;
    if (host.tls)
        return std::make_unique<TlsWire>(*host.tls, descriptor, timestamps);
    return std::make_unique<TcpWire>(descriptor, timestamps);
}

}  // namespace

Connection::Connection(ConnectionHost& host, Socket socket)
    : host_(host),
      socket_(std::move(socket)),
      wire_(make_wire(host, socket_.native_handle())),
      conversation_(host.site, host.log != nullptr)
{
    ++host_.site.counters.connections;
    ++host_.site.counters.open_connections;
}

Connection::~Connection()
{
    if (host_.log)
        conversation_.abandon(*host_.log);
    --host_.site.counters.open_connections;
}

void Connection::wait_readable()
{
    if (std::exchange(reading_, true))
        return;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
        self->reading_ = false;
        if (!error && self->socket_.is_open())
            self->on_readable();
    });
}

void Connection::wait_writable()
{
    if (std::exchange(sending_, true))
        return;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
        self->sending_ = false;
        if (!error && self->socket_.is_open())
            self->on_writable();
    });
}

void Connection::wait_until(std::chrono::steady_clock::time_point due)
{
    if (!timer_)
        timer_.emplace(socket_.get_executor());
    timer_->expires_at(due);
    timer_->async_wait([self = shared_from_this()](error_code error) {
        if (!error && self->socket_.is_open())
            self->on_time();
    });
}

void Connection::on_readable()
{
    while (take_in()) {
    }
}

// One read and what follows from it. True: there is more to read at once.
bool Connection::take_in()
{
    const auto [status, size] = wire_->read(host_.inbox);
    switch (status) {
    case Wire::Status::ok: break;
    case Wire::Status::blocked: wait_readable(); return false;
    case Wire::Status::blocked_write:
        read_wants_room_ = true;
        wait_writable();
        return false;
    case Wire::Status::ended:
    case Wire::Status::failed: drop(); return false;
    }
    const std::string_view bytes{host_.inbox.data(), size};
    if (lingering_) {
        wait_readable();
        return wire_->holds_more();
    }
    if (!conversation_.answering() && unsent_.empty() && !sending_)
        return proceed(conversation_.receive(bytes, wire_->arrival_ns(), host_.outbox));
    conversation_.hold(bytes, wire_->arrival_ns());
    if (!conversation_.wants_more_held())
        return false;
    wait_readable();
    return wire_->holds_more();
}

void Connection::on_writable()
{
    if (std::exchange(read_wants_room_, false))
        return on_readable();
    std::string_view rest = unsent_;
    if (!send(rest))
        return drop();
    unsent_.erase(0, unsent_.size() - rest.size());
    if (!unsent_.empty())
        return wait_writable();
    if (unsent_.capacity() > worth_keeping)
        unsent_.shrink_to_fit();
    if (proceed(std::exchange(after_sending_, {})))
        on_readable();
}

void Connection::on_time()
{
    if (lingering_)
        return drop();
    if (proceed(conversation_.resume(host_.outbox)))
        on_readable();
}

// Sends the outbox, then does what `next` says; goes on until something has to be waited for. True:
// there is more to read at once.
bool Connection::proceed(Next next)
{
    for (int piece = 1;; ++piece) {
        if (!send_outbox(next, piece < fair_share || next.kind != Next::Kind::more))
            return false;
        switch (next.kind) {
        case Next::Kind::read:
            if (conversation_.holds_unread())
                break;
            if (wire_->holds_more())
                return true;
            wait_readable();
            return false;
        case Next::Kind::more: break;
        case Next::Kind::wait:
            wait_until(std::chrono::steady_clock::now() + next.wait);
            if (conversation_.wants_more_held())
                wait_readable();
            return false;
        case Next::Kind::close: linger(); return false;
        case Next::Kind::reset: reset(); return false;
        }
        next = conversation_.resume(host_.outbox);
    }
}

// True: all has left, do what `next` says. Else that comes later, when the socket has room (at the
// earliest in the loop's next round, unless `at_once`), or never, because the connection broke.
bool Connection::send_outbox(Next next, bool at_once)
{
    std::string_view rest = host_.outbox;
    const bool sound = send(rest);
    const bool go_on = sound && rest.empty() && at_once;
    if (!sound) {
        drop();
    } else if (!go_on) {
        unsent_.assign(rest);
        after_sending_ = next;
        wait_writable();
    }
    host_.outbox.clear();
    return go_on;
}

// Removes from `bytes` what the socket took. False: the connection is broken.
bool Connection::send(std::string_view& bytes)
{
    while (!bytes.empty()) {
        const auto [status, size] = wire_->write(bytes);
        if (status == Wire::Status::blocked)
            return true;
        if (status != Wire::Status::ok)
            return false;
        bytes.remove_prefix(size);
        sent_ += size;
        if (host_.log)
            conversation_.sent(sent_, wall_clock_ns(), *host_.log);
    }
    return true;
}

void Connection::linger()
{
    error_code ignored;
    wire_->finish();
    socket_.shutdown(Socket::shutdown_send, ignored);
    lingering_ = true;
    wait_until(std::chrono::steady_clock::now() + linger_time);
    wait_readable();
}

void Connection::reset()
{
    error_code ignored;
    socket_.set_option(Socket::linger{true, 0}, ignored);
    drop();
}

void Connection::drop()
{
    error_code ignored;
    socket_.close(ignored);
    if (timer_)
        timer_->cancel();
}

}  // namespace locustella::demo
