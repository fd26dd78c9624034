// One client's connection: carries out what its Conversation says.
//
// Each step is one call of Asio's; between them the connection is in one of these states:
//
//   state     | event             | what happens                              | next state
//   ----------+-------------------+-------------------------------------------+--------------
//   reading   | bytes             | conversation.receive, send                | as Next says
//   sending   | socket has room   | send the rest; when all has left:         | as Next says
//   waiting   | the time has come | conversation.resume, send                 | as Next says
//   waiting,  | bytes             | held back, up to a limit; then the socket | unchanged
//   sending   |                   | is not read until the answer has left     |
//   lingering | bytes             | thrown away                               | lingering
//   lingering | the time has come | closed                                    | -
//   any       | the peer ended    | closed: whoever ends while its answer is  | -
//             | or an error       | under way is taken to have gone           |
//
// `Next` leads to: read -> reading, wait -> waiting, more -> resume at once, close -> lingering
// (our side is shut, the peer is given a second to read it: closing at once would reset what is
// still on its way), reset -> closed with RST.
//
// Thread: the server's. A connection lives as long as an operation of its is pending.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "demo/conversation.hpp"
#include "demo/wire.hpp"

namespace locustella::demo {

// Asio's executor by its type: its default, any_io_executor, costs a virtual call at every step.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// What all connections of a server use. The spaces are for one step at a time.
struct ConnectionHost {
    Site& site;
    ServiceLog* log;  // nullptr: none is kept
    SSL_CTX* tls;     // nullptr: plain
    std::span<char> inbox;
    std::string outbox;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(ConnectionHost& host, Socket socket);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start() { wait_readable(); }

private:
    void wait_readable();
    void wait_writable();
    void wait_until(std::chrono::steady_clock::time_point due);

    void on_readable();
    void on_writable();
    void on_time();

    bool take_in();
    bool proceed(Next next);
    bool send_outbox(Next next, bool at_once);
    bool send(std::string_view& bytes);
    void linger();
    void reset();
    void drop();

    ConnectionHost& host_;
    Socket socket_;
    std::unique_ptr<Wire> wire_;
    Conversation conversation_;
    std::string unsent_;
    Next after_sending_;
    std::uint64_t sent_ = 0;
    std::optional<Timer> timer_;
    bool reading_ = false;  // a wait for readability is pending
    bool sending_ = false;  // a wait for room is pending
    bool lingering_ = false;
    bool read_wants_room_ = false;  // a TLS handshake waits for room before it can read on
};

}  // namespace locustella::demo
