#include "demo/server.hpp"

#include <sys/socket.h>
#include <time.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace locustella::demo {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t inbox_size = 64 * 1024;
constexpr int backlog = 4096;

// Asio puts the default action back when a signal set dies; the embedding program had its own.
class KeptSignals {
public:
    KeptSignals()
    {
        for (std::size_t i = 0; i < kept.size(); ++i)
            sigaction(kept[i], nullptr, &before_[i]);
    }
    ~KeptSignals()
    {
        for (std::size_t i = 0; i < kept.size(); ++i)
            sigaction(kept[i], &before_[i], nullptr);
    }
    KeptSignals(const KeptSignals&) = delete;
    KeptSignals& operator=(const KeptSignals&) = delete;

private:
    static constexpr std::array<int, 2> kept{SIGINT, SIGTERM};
    std::array<struct sigaction, kept.size()> before_{};
};

void check(const ServerOptions& options)
{
    std::string all;
    const auto add = [&](bool wrong, const char* problem) {
        if (wrong)
            all.append(all.empty() ? "" : "; ").append(problem);
    };
    add(options.tls_certificate.empty() != options.tls_key.empty(),
        "a TLS certificate and its key go together: give both");
    add(options.self_signed && !options.tls_certificate.empty(),
        "either a self-signed certificate or one from a file, not both");
    add(!options.write_certificate.empty() && !options.self_signed,
        "only a self-signed certificate can be written");
    add(options.delay < 0ns || options.jitter < 0ns, "delay and jitter must not be negative");
    add(options.max_time && *options.max_time < 0ns, "the time to run must not be negative");
    if (!all.empty())
        throw std::runtime_error{all};
}

std::optional<TlsIdentity> make_identity(const ServerOptions& options)
{
    check(options);
    if (!options.tls_certificate.empty())
        return TlsIdentity::from_files(options.tls_certificate, options.tls_key);
    if (!options.self_signed)
        return std::nullopt;
    auto identity = TlsIdentity::self_signed(options.host);
    if (!options.write_certificate.empty()) {
        std::ofstream file{options.write_certificate, std::ios::binary | std::ios::trunc};
        file << identity.certificate_pem() << std::flush;
        if (!file)
            throw std::runtime_error{"cannot write the certificate to " +
                                     options.write_certificate + ": " +
                                     std::generic_category().message(errno)};
    }
    return identity;
}

tcp::endpoint resolve(asio::io_context& io, const ServerOptions& options)
{
    error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (!error)
        return {address, options.port};
    const auto found =
        tcp::resolver{io}.resolve(options.host, std::to_string(options.port),
                                  tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty())
        throw std::runtime_error{"cannot listen on " + options.host + ": no such host or address"};
    return found.begin()->endpoint();
}

// "Date: Tue, 03 Mar 2026 10:00:00 GMT\r\n", whatever the locale.
std::string date_line_now()
{
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto now = ::time(nullptr);
    tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> line{};
    const int size = std::snprintf(
        line.data(), line.size(), "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[utc.tm_wday],
        utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    return {line.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Server::Server(const ServerOptions& options, ServiceLog* log)
    : site_{{.delay = options.delay, .jitter = options.jitter}},
      identity_{make_identity(options)},
      inbox_(inbox_size),
      host_{site_, log, identity_ ? &identity_->context() : nullptr, inbox_, {}}
{
    listen(options, log != nullptr);
    keep_date();
    accept();
}

void Server::listen(const ServerOptions& options, bool timestamps)
{
    auto endpoint = resolve(io_, options);
    const bool v6 = endpoint.address().is_v6();
    error_code error;
    const auto step = [&](auto&& action) {
        if (!error)
            action();
    };
    step([&] { acceptor_.open(endpoint.protocol(), error); });
    step([&] { acceptor_.set_option(tcp::acceptor::reuse_address{true}, error); });
    if (timestamps &&
        !error) {  // accepted sockets inherit it, so that no request comes too early for it
        const int on = 1;
        ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    }
    step([&] { acceptor_.bind(endpoint, error); });
    step([&] { acceptor_.listen(backlog, error); });
    step([&] { endpoint = acceptor_.local_endpoint(error); });
    url_host_ = v6 ? "[" + endpoint.address().to_string() + "]" : endpoint.address().to_string();
    port_ = endpoint.port();
    if (error)
        throw std::runtime_error{"cannot listen on " + url_host_ + ":" + std::to_string(port_) +
                                 ": " + error.message()};
}

std::string Server::url() const
{
    return (identity_ ? "https://" : "http://") + url_host_ + ":" + std::to_string(port_);
}

void Server::run()
{
    io_.run();
}

void Server::stop()
{
    io_.stop();
}

void Server::stop_after(Nanos time)
{
    stop_timer_.expires_after(time);
    stop_timer_.async_wait([this](error_code error) {
        if (!error)
            stop();
    });
}

void Server::stop_on_signals()
{
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.async_wait([this](error_code error, int) {
        if (!error)
            stop();
    });
}

void Server::accept()
{
    acceptor_.async_accept([this](error_code error, Socket socket) {
        if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
            error == asio::error::no_buffer_space)
            return accept_later();
        if (error == asio::error::operation_aborted)
            return;
        if (!error) {
            socket.non_blocking(true, error);
            socket.set_option(tcp::no_delay{true}, error);
            std::make_shared<Connection>(host_, std::move(socket))->start();
        }
        accept();
    });
}

// Out of descriptors: to try again at once would only burn the CPU that the open connections need.
void Server::accept_later()
{
    accept_timer_.expires_after(20ms);
    accept_timer_.async_wait([this](error_code error) {
        if (!error)
            accept();
    });
}

void Server::keep_date()
{
    site_.date_line = date_line_now();
    date_timer_.expires_after(1s);
    date_timer_.async_wait([this](error_code error) {
        if (!error)
            keep_date();
    });
}

void run_demo_target(const ServerOptions& options,
                     const std::function<void(const std::string& url)>& listening)
{
    check(options);  // before the log is created
    const KeptSignals kept;
    std::optional<ServiceLog> log;
    if (!options.service_log.empty())
        log.emplace(options.service_log);
    {
        Server server{options, log ? &*log : nullptr};
        server.stop_on_signals();
        if (options.max_time)
            server.stop_after(*options.max_time);
        listening(server.url());
        server.run();
    }
    if (log)
        log->finish();
}

}  // namespace locustella::demo
