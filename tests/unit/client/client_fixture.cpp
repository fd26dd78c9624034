#include "unit/client/client_fixture.hpp"

#include <poll.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <string>

#include "http/header_block.hpp"

namespace locustella::client {
namespace {

std::size_t length_of(std::string_view head)
{
    std::size_t length = 0;
    if (const auto text = HeaderBlock(head).find("content-length"))
        std::from_chars(text->data(), text->data() + text->size(), length);
    return length;
}

// What the reactor watches besides its own clock and mailbox, as the kernel has it.
int watched_descriptors(const reactor::Reactor& reactor)
{
    constexpr int its_own = 2;
    std::ifstream facts("/proc/self/fdinfo/" + std::to_string(reactor.fd()));
    EXPECT_TRUE(facts.is_open());
    int watched = 0;
    for (std::string line; std::getline(facts, line);)
        watched += line.starts_with("tfd:");
    return watched - its_own;
}

}  // namespace

bool Served::take_request()
{
    const auto end = socket->received.find("\r\n\r\n");
    if (end == std::string::npos)
        return false;
    const auto size = end + 4 + length_of(std::string_view(socket->received).substr(0, end + 2));
    if (socket->received.size() < size)
        return false;
    request = socket->received.substr(0, size);
    socket->received.erase(0, size);
    ++requests;
    return true;
}

void Server::pump()
{
    while (auto socket = listener_.accept())
        connections.push_back(std::make_unique<Served>(Served{std::move(socket), {}, 0}));
    for (auto& connection : connections) {
        connection->socket->pump();
        while (answers && connection->take_request())
            if (const auto answer = answers(connection->request); !answer.empty())
                connection->socket->send(answer);
    }
}

std::string Server::url(std::string_view target) const
{
    const bool six = host.find(':') != std::string::npos;
    return (tls_ ? "https://" : "http://") + (six ? '[' + host + ']' : host) + ':' +
           std::to_string(listener_.port()) + std::string(target);
}

std::string ok(std::string_view body, std::string_view fields)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(fields) + "\r\n" + std::string(body);
}

std::string redirect_to(std::string_view location, int status, std::string_view fields)
{
    return "HTTP/1.1 " + std::to_string(status) +
           " Elsewhere\r\nLocation: " + std::string(location) + "\r\nContent-Length: 0\r\n" +
           std::string(fields) + "\r\n";
}

void ClientTest::TearDown()
{
    client_.reset();
    settle();
    expect_nothing_left();
}

void ClientTest::expect_nothing_left()
{
    EXPECT_EQ(context_.counts.opened, context_.counts.closed);
    EXPECT_EQ(reactor_.armed_timers(), 0u);
    EXPECT_FALSE(reactor_.anything_queued());
    EXPECT_EQ(watched_descriptors(reactor_), 0);
    for (auto& server : servers_)
        for (auto& connection : server->connections)
            if (connection->socket->is_open()) {
                connection->socket->limit_reading(~std::size_t{0});
                until([&] { return connection->socket->ended(); }, "every connection to be closed");
            }
}

Server& ClientTest::start_server(net::ListenerOptions options)
{
    Server& server = *servers_.emplace_back(std::make_unique<Server>(options));
    server.host = options.address;
    return server;
}

Waiting& ClientTest::request(const std::string& method, const std::string& url)
{
    Waiting& exchange = *exchanges_.emplace_back(std::make_unique<Waiting>());
    const auto parsed = Url::parse(url);
    EXPECT_TRUE(parsed) << url;
    exchange.request.method = method;
    exchange.request.origin = parsed->origin;
    exchange.request.target = parsed->target;
    exchange.request.fragment = parsed->fragment;
    exchange.route = std::make_shared<const Route>(Route{.tls = {.verify = false}});
    return exchange;
}

Waiting& ClientTest::start(Waiting& exchange)
{
    exchange.resumed = 0;
    client_->start(exchange);
    return exchange;
}

void ClientTest::round()
{
    pollfd waiting{reactor_.fd(), POLLIN, 0};
    ::poll(&waiting, 1, 1);
    reactor_.turn();
    for (auto& server : servers_)
        server->pump();
    for (auto& bystander : bystanders_)
        bystander();
}

void ClientTest::until(const std::function<bool()>& happened, const char* what)
{
    const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
    while (!happened()) {
        ASSERT_LT(base::monotonic_now(), end) << "waited in vain for " << what;
        round();
    }
}

void ClientTest::finish(Waiting& exchange)
{
    until([&] { return exchange.done && !exchange.queued(); }, "the exchange to be done");
}

Waiting& ClientTest::complete(Waiting& exchange)
{
    if (exchange.times.asked == 0 || exchange.done)
        start(exchange);
    finish(exchange);
    return exchange;
}

Served& ClientTest::next_request(Server& server)
{
    Served* found = nullptr;
    until(
        [&] {
            for (auto& connection : server.connections)
                if (connection->take_request()) {
                    found = connection.get();
                    return true;
                }
            return false;
        },
        "a request");
    static Served nobody;
    return found ? *found : nobody;
}

Served& ClientTest::next_connection(Server& server)
{
    const auto before = server.connections.size();
    until([&] { return server.connections.size() > before; }, "a connection");
    return *server.connections.back();
}

void ClientTest::settle(int rounds)
{
    for (int i = 0; i < rounds; ++i)
        round();
}

}  // namespace locustella::client
