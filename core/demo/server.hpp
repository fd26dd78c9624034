// The demo target as a server: listens, accepts, keeps the date, stops in time.
//
//   run_demo_target({.port = 8080, .delay = 5ms}, [](const std::string& url) { announce(url); });
//
// blocks until SIGINT, SIGTERM or max_time. In a test, without signals:
//
//   Server server{{}, nullptr};
//   std::thread thread{[&] { server.run(); }};
//   ... requests to 127.0.0.1, server.port() ...
//   server.stop();
//
// The reactor is Asio's. A bare epoll loop was tried: it saves Asio's epoll_ctl for each wait, a
// tenth of the CPU of the shortest answer (3.8 us against 4.2, nginx 4.5), and was not worth having
// timers, signals and accepting twice.
//
// Thread: the one that calls run() does everything; stop() may be called from any.
// Errors: std::runtime_error with one line. Wrong options are reported all at once.
#pragma once

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "demo/connection.hpp"
#include "demo/service_log.hpp"
#include "demo/site.hpp"
#include "demo/tls_identity.hpp"

namespace locustella::demo {

struct ServerOptions {
    std::string host = "127.0.0.1";   // an address, or a name that stands for one
    std::uint16_t port = 0;           // 0: whichever is free
    std::string tls_certificate{};    // PEM, the chain after it; both files or neither
    std::string tls_key{};            // PEM
    bool self_signed = false;         // HTTPS with a throwaway certificate
    std::string write_certificate{};  // where the throwaway certificate goes, for clients to trust
    Nanos delay{0};                   // before every answer that names none of its own
    Nanos jitter{0};                  // on top of it, uniform in [0, jitter)
    std::string service_log{};        // empty: none
    std::optional<Nanos> max_time{};  // then run_demo_target returns by itself
};

class Server {
public:
    // Listens from here on. `log` may be nullptr; it must outlive the server.
    Server(const ServerOptions& options, ServiceLog* log);

    void run();
    void stop();
    void stop_after(Nanos time);
    void stop_on_signals();  // SIGINT and SIGTERM, for as long as the server lives

    std::uint16_t port() const { return port_; }
    std::string url() const;  // "http://127.0.0.1:8080", "https://[::1]:8443"

private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
    using Signals = boost::asio::basic_signal_set<Executor>;

    void listen(const ServerOptions& options, bool timestamps);
    void accept();
    void accept_later();
    void keep_date();

    Site site_;
    std::optional<TlsIdentity> identity_;
    std::vector<char> inbox_;
    ConnectionHost host_;
    std::string url_host_;
    std::uint16_t port_ = 0;
    // After all that the connections use: they die with the context, before the rest does.
    boost::asio::io_context io_{1};
    Acceptor acceptor_{io_.get_executor()};
    Timer accept_timer_{io_.get_executor()};
    Timer date_timer_{io_.get_executor()};
    Timer stop_timer_{io_.get_executor()};
    Signals signals_{io_.get_executor()};
};

// Runs a server until a signal or max_time ends it; `listening` gets its URL once it can be
// reached. The process's handlers for SIGINT and SIGTERM are as before afterwards.
void run_demo_target(const ServerOptions& options,
                     const std::function<void(const std::string& url)>& listening);

}  // namespace locustella::demo
