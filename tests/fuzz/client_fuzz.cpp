// The whole client against a server that says whatever it likes.
//
// Input: a byte that says how the server ends, one for the size of its pieces, then what it sends,
// whatever is asked. Claims: the request comes to an end, within the limits; the next request of
// the same client gets its own answer and no other; nothing is left behind: no open connection, no
// timer, nothing queued.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "client/client.hpp"
#include "fuzz/expect.hpp"
#include "http/error.hpp"

namespace locustella::client {
namespace {

using fuzz::expect;

struct Waiting : Exchange {
    void run_deferred() override { resumed = true; }
    bool resumed = false;
};

// On every loopback address, so that ports in TIME_WAIT do not run out.
class Listener {
public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        socklen_t size = sizeof place;
        expect(::bind(fd_, reinterpret_cast<sockaddr*>(&place), size) == 0 &&
                   ::listen(fd_, 16) == 0,
               "a port is free");
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&place), &size);
        port_ = ntohs(place.sin_port);
    }
    int accept() const
    {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const int on = 1;
        if (fd >= 0)
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
    }
    std::uint16_t port() const { return port_; }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

class Server {
public:
    explicit Server(const Listener& listener) : listener_(listener) {}
    ~Server() { close(); }

    // The newest connection, once it has asked.
    bool was_asked()
    {
        if (const int fd = listener_.accept(); fd >= 0) {
            close();
            fd_ = fd;
        }
        char buffer[4096];
        const auto size = fd_ < 0 ? -1 : ::recv(fd_, buffer, sizeof buffer, 0);
        return size > 0 &&
               std::string_view(buffer, static_cast<std::size_t>(size)).ends_with("\r\n\r\n");
    }
    void send(std::string_view bytes) const
    {
        (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void reset()
    {
        const linger hard{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }
    void close()
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

private:
    const Listener& listener_;
    int fd_ = -1;
};

struct Scene {
    reactor::Reactor reactor;
    Context context{reactor};
    Listener listener;
    std::uint32_t number = 0;

    void round()
    {
        pollfd waiting{reactor.fd(), POLLIN, 0};
        ::poll(&waiting, 1, 1);
        reactor.turn();
    }
};

void ask(Scene& scene, Client& client, Waiting& exchange)
{
    exchange.request.origin = {false, "127.0.0." + std::to_string(1 + scene.number % 250),
                               scene.listener.port()};
    client.start(exchange);
}

constexpr int patience = 5000;  // rounds

void perform(Scene& scene, Client& client, Server& server, std::string_view script,
             std::uint8_t ending, std::size_t step)
{
    Waiting exchange;
    ask(scene, client, exchange);
    int rounds = 0;
    for (bool asked = false; !asked; asked = server.was_asked()) {
        scene.round();
        expect(++rounds < patience, "a request arrives");
    }
    for (auto rest = script; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
        server.send(rest.substr(0, step));
        scene.reactor.turn();
    }
    if (ending % 3 == 0)
        server.reset();
    else if (ending % 3 == 1 || !exchange.done)
        server.close();
    for (; !exchange.resumed; scene.round())
        expect(++rounds < patience, "a request comes to an end");
    expect(exchange.done, "for good");
    expect(exchange.response.bytes.size() <= scene.context.limits.head + scene.context.limits.body,
           "within the limits");
    expect(exchange.failure || (exchange.response.status >= 100 && exchange.response.status <= 999),
           "with a status or a failure");
}

void ask_again(Scene& scene, Client& client, Server& server)
{
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe next";
    scene.reactor.turn();
    Waiting exchange;
    ask(scene, client, exchange);
    for (int rounds = 0; !exchange.resumed; scene.round()) {
        expect(++rounds < patience, "the next request comes to an end, too");
        if (server.was_asked())
            server.send(answer);
    }
    expect(!exchange.failure && exchange.response.body() == "the next", "and gets its own answer");
}

}  // namespace
}  // namespace locustella::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::client;
    static Scene& scene = *new Scene;
    scene.context.limits = {.head = 2000, .fields = 20, .body = 4000, .interim = 4};
    if (size < 2)
        return 0;
    ++scene.number;
    {
        Server server(scene.listener);
        Client client(scene.context);
        const std::string_view script(reinterpret_cast<const char*>(data) + 2, size - 2);
        perform(scene, client, server, script, data[0], 1 + data[1] * 8u);
        ask_again(scene, client, server);
    }
    expect(scene.context.counts.opened == scene.context.counts.closed,
           "every connection is closed");
    expect(scene.reactor.armed_timers() == 0 && !scene.reactor.anything_queued(),
           "and nothing is left to do");
    return 0;
}
