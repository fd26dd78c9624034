// The server over real sockets on loopback. What it says is tested without sockets elsewhere; here
// it is how it reads, writes, waits and ends. Every wait is for an event, bounded by the socket's
// own timeout.
#include "demo/server.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

namespace locustella::demo {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

class RunningServer {
public:
    explicit RunningServer(const ServerOptions& options = {}, ServiceLog* log = nullptr)
        : server_{std::make_unique<Server>(options, log)},
          thread_{[this] { server_->run(); }}
    {
    }
    ~RunningServer() { stop(); }

    void stop()
    {
        if (!thread_.joinable())
            return;
        server_->stop();
        thread_.join();
        server_.reset();
    }

    std::uint16_t port() const { return server_->port(); }
    std::string url() const { return server_->url(); }

private:
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

class Client {
public:
    explicit Client(std::uint16_t port,
                    const asio::ip::address& to = asio::ip::address_v4::loopback())
    {
        socket.connect({to, port});
        const timeval patience{20, 0};
        setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }

    std::string read(std::size_t size)
    {
        std::string bytes(size, '\0');
        bytes.resize(asio::read(socket, asio::buffer(bytes), error));
        return bytes;
    }

    std::string read_to_end()
    {
        std::string bytes;
        asio::read(socket, asio::dynamic_buffer(bytes), error);
        return bytes;
    }

    std::string read_until(const std::string& end)
    {
        std::string bytes;
        while (!bytes.ends_with(end) && !error)
            bytes += read(1);
        return bytes;
    }

    asio::io_context io;
    tcp::socket socket{io};
    error_code error;
};

std::string get(const std::string& target, const std::string& fields = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

const std::string last = "Connection: close\r\n";

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

TEST(Server, AnswersOnIpv4AndIpv6)
{
    RunningServer v4, v6{{.host = "::1"}};
    EXPECT_EQ(v4.url(), "http://127.0.0.1:" + std::to_string(v4.port()));
    EXPECT_EQ(v6.url(), "http://[::1]:" + std::to_string(v6.port()));
    Client first{v4.port()}, second{v6.port(), asio::ip::address_v6::loopback()};
    for (auto* client : {&first, &second}) {
        client->send(get("/", last));
        const auto answer = client->read_to_end();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        EXPECT_EQ(count(answer, "\r\nDate: "), 1u);
    }
}

TEST(Server, AnswersAPipelineInWhateverPiecesItComes)
{
    RunningServer server;
    Client client{server.port()};
    std::string pipeline;
    for (int i = 1; i <= 60; ++i)
        pipeline += get("/products/" + std::to_string(i));
    pipeline += get("/delay/1") + get("/products/1", last);
    for (std::size_t at = 0; at < pipeline.size(); at += 101)
        client.send(pipeline.substr(at, 101));
    const auto answers = client.read_to_end();
    EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 62u);
    std::size_t at = 0;
    for (int i = 1; i <= 60; ++i) {
        at = answers.find("{\"id\": " + std::to_string(i) + ",", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

TEST(Server, SendsALargeBodyToASlowReader)
{
    constexpr std::size_t size = 20'000'000;  // more than the sockets' buffers hold
    RunningServer server;
    Client client{server.port()};
    client.send(get("/bytes/" + std::to_string(size)) + get("/products/1", last));
    Client other{server.port()};  // is served while the first one is stuck
    other.send(get("/products/2", last));
    EXPECT_TRUE(other.read_to_end().starts_with("HTTP/1.1 200"));
    client.read_until("\r\n\r\n");
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < size; at += 1'000'000) {
        const auto piece = client.read(1'000'000);
        ASSERT_EQ(piece.size(), 1'000'000u);
        for (std::size_t i = 0; i < piece.size(); ++i)
            wrong += piece[i] != "0123456789abcdef"[i % 16];
    }
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(count(client.read_to_end(), "\"id\": 1,"), 1u);
}

TEST(Server, TakesALargeBodyAndEchoesIt)
{
    RunningServer server;
    Client client{server.port()};
    const std::string body(5'000'000, 'x');
    std::thread writer{[&] {
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    }};
    const auto answer = client.read_to_end();
    writer.join();
    EXPECT_NE(answer.find("\"body\": \"" + body + "\""), std::string::npos);
}

TEST(Server, TheRefusalOfATooLargeBodyReachesAClientThatIsStillSending)
{
    RunningServer server;
    Client client{server.port()};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    client.send(std::string(200'000, 'x'));
    const auto answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Content Too Large\r\n")) << answer;
    EXPECT_FALSE(client.error && client.error != asio::error::eof) << client.error.message();
}

TEST(Server, ResetsWhenAskedTo)
{
    RunningServer server;
    Client client{server.port()};
    client.send(get("/reset"));
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(client.error, asio::error::connection_reset);
}

TEST(Server, EndsABodyByClosing)
{
    RunningServer server;
    Client client{server.port()};
    client.send(get("/stream-close"));
    EXPECT_TRUE(
        client.read_to_end().ends_with("\r\n\r\nline 1\nline 2\nline 3\nline 4\nline 5\n"
                                       "line 6\nline 7\nline 8\nline 9\nline 10\n"));
    EXPECT_EQ(client.error, asio::error::eof);
}

std::size_t open_connections(std::uint16_t port)
{
    Client client{port};
    client.send(get("/__counters", last));
    const auto answer = client.read_to_end();
    return std::stoul(answer.substr(answer.find("open_connections") + 19));
}

// The server learns of the end in its own time; asking it again is what passes that time.
bool becomes_alone(std::uint16_t port)
{
    for (int attempt = 0; attempt < 2'000; ++attempt)
        if (open_connections(port) == 1)
            return true;
    return false;
}

TEST(Server, NoticesThatAClientHasGoneWhileItsAnswerWaits)
{
    RunningServer server;
    {
        Client idle{server.port()}, waiting{server.port()}, streaming{server.port()};
        idle.send(get("/products/1"));
        idle.read_until("\r\n\r\n");
        waiting.send(get("/delay/3600000"));
        streaming.send(get("/events?count=1000&interval_ms=3600000"));
        streaming.read_until("\r\n\r\n");
        EXPECT_GE(open_connections(server.port()), 4u);
    }
    EXPECT_TRUE(becomes_alone(server.port()));
}

TEST(Server, CountsWhatItSees)
{
    RunningServer server;
    for (int i = 0; i < 3; ++i) {
        Client client{server.port()};
        client.send(get("/") + get("/", last));
        client.read_to_end();
    }
    Client client{server.port()};
    client.send(get("/__counters", last));
    EXPECT_NE(client.read_to_end().find(R"({"requests": 7, "connections": 4,)"), std::string::npos);
}

// A TLS client that trusts the server's throwaway certificate and nothing else.
class TlsClient {
public:
    TlsClient(std::uint16_t port, const std::string& certificate)
    {
        context.load_verify_file(certificate);
        context.set_verify_mode(asio::ssl::verify_peer);
        stream.emplace(io, context);
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream->native_handle()), "127.0.0.1");
        stream->lowest_layer().connect({asio::ip::address_v4::loopback(), port});
        stream->handshake(asio::ssl::stream_base::client);
    }

    std::string exchange(const std::string& bytes)
    {
        asio::write(*stream, asio::buffer(bytes));
        std::string answer;
        asio::read(*stream, asio::dynamic_buffer(answer), error);
        return answer;
    }

    asio::io_context io;
    asio::ssl::context context{asio::ssl::context::tls_client};
    std::optional<asio::ssl::stream<tcp::socket>> stream;
    error_code error;
};

TEST(Server, SpeaksTlsWithACertificateThatClientsCanVerify)
{
    const auto file = testing::TempDir() + "demo_certificate.pem";
    RunningServer server{{.self_signed = true, .write_certificate = file}};
    EXPECT_TRUE(server.url().starts_with("https://127.0.0.1:"));
    std::string pipeline;
    for (int i = 1; i <= 60; ++i)
        pipeline += get("/products");
    TlsClient client{server.port(), file};
    const auto answers = client.exchange(pipeline + get("/bytes/3000000") + get("/delay/1", last));
    EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 62u);
    EXPECT_GT(answers.size(), 3'000'000u);
    EXPECT_EQ(client.error, asio::error::eof) << client.error.message();  // a goodbye, not a cut
    TlsClient chopped{server.port(), file};
    EXPECT_TRUE(chopped.exchange(get("/stream-close")).ends_with("line 10\n"));
    EXPECT_EQ(chopped.error, asio::error::eof);
    std::remove(file.c_str());
}

TEST(Server, SurvivesClientsThatDoNotSpeakTls)
{
    const auto file = testing::TempDir() + "demo_plain_certificate.pem";
    RunningServer server{{.self_signed = true, .write_certificate = file}};
    Client plain{server.port()};
    plain.send(get("/"));
    EXPECT_FALSE(plain.read_to_end().starts_with("HTTP/1.1 200"));
    {
        Client silent{server.port()};
    }
    TlsClient client{server.port(), file};
    EXPECT_EQ(count(client.exchange(get("/", last)), "HTTP/1.1 200 OK"), 1u);
    std::remove(file.c_str());
}

TEST(Server, SaysInOneLineWhyItCannotStart)
{
    const auto reason = [](const ServerOptions& options) -> std::string {
        try {
            Server server{options, nullptr};
            return "";
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    };
    RunningServer running;
    EXPECT_EQ(reason({.port = running.port()}),
              "cannot listen on 127.0.0.1:" + std::to_string(running.port()) +
                  ": Address already in use");
    EXPECT_EQ(reason({.host = "no such host"}),
              "cannot listen on no such host: no such host or address");
    EXPECT_NE(reason({.tls_certificate = "/nonexistent", .tls_key = "/nonexistent"})
                  .find("cannot use the certificate /nonexistent: "),
              std::string::npos);
    const auto all = reason({.tls_key = "k", .write_certificate = "c", .delay = -1ms});
    EXPECT_EQ(count(all, "; "), 2u) << all;
    EXPECT_EQ(count(all, "\n"), 0u);
}

struct Logged {
    std::string target;
    std::int64_t arrival_ns;
    std::int64_t sent_ns;
};

std::vector<Logged> read_log(const std::string& path)
{
    std::ifstream stream{path, std::ios::binary};
    stream.ignore(16);
    std::vector<Logged> all;
    for (ServiceRecord record; stream.read(reinterpret_cast<char*>(&record), sizeof record);)
        all.push_back({{record.target, record.target_size}, record.arrival_ns, record.sent_ns});
    return all;
}

TEST(Server, LogsServiceTimesThatCoverTheDelay)
{
    const auto path = testing::TempDir() + "demo_service.log";
    ServiceLog log{path};
    RunningServer server{{}, &log};
    auto earlier = wall_clock_ns();
    {
        Client client{server.port()};
        for (int i = 0; i < 20; ++i) {
            client.send(get("/delay/" + std::to_string(i % 4)));
            client.read_until("delay_ns\": ");
            client.read_until("}");
        }
    }
    const auto after = wall_clock_ns();
    Client{server.port()}.send(get("/delay/3600000"));
    ASSERT_TRUE(becomes_alone(server.port()));
    server.stop();
    log.finish();
    int answered = 0, abandoned = 0;
    for (const auto& [target, arrival_ns, sent_ns] : read_log(path)) {
        if (target == "/__counters")
            continue;
        if (target == "/delay/3600000") {
            EXPECT_EQ(sent_ns, 0);
            ++abandoned;
            continue;
        }
        const auto delay_ns = std::int64_t{answered++ % 4} * 1'000'000;
        EXPECT_EQ(target, "/delay/" + std::to_string(delay_ns / 1'000'000));
        EXPECT_GE(arrival_ns, earlier);
        EXPECT_GE(sent_ns - arrival_ns, delay_ns);
        earlier = arrival_ns + delay_ns;  // the client asks again only when it has the answer
    }
    EXPECT_EQ(answered, 20);
    EXPECT_EQ(abandoned, 1);
    EXPECT_GE(after, earlier);
    std::remove(path.c_str());
}

TEST(RunDemoTarget, StopsAtASignalAndPutsTheOldHandlerBack)
{
    static volatile std::sig_atomic_t seen = 0;
    const auto before = std::signal(SIGTERM, [](int) { seen = seen + 1; });
    std::string url;
    run_demo_target({}, [&](const std::string& listening) {
        url = listening;
        std::raise(SIGTERM);
    });
    EXPECT_TRUE(url.starts_with("http://127.0.0.1:"));
    EXPECT_EQ(seen, 0);
    std::raise(SIGTERM);
    EXPECT_EQ(seen, 1);
    std::signal(SIGTERM, before);
}

TEST(RunDemoTarget, StopsByItselfWhenItsTimeIsOver)
{
    bool listened = false;
    run_demo_target({.max_time = 1ms}, [&](const std::string&) { listened = true; });
    EXPECT_TRUE(listened);
}

}  // namespace
}  // namespace locustella::demo
