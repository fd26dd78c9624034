#include "net/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <array>
#include <functional>
#include <string>

#include "net/stream.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/loopback_peer.hpp"

namespace locustella::net {
namespace {

using Status = IoResult::Status;

const Certificate& authority()
{
    static const Certificate certificate = Certificate::authority("Test Authority");
    return certificate;
}

class TlsTest : public testing::Test {
protected:
    TlsTest()
    {
        server_ = authority().issue("server", {"DNS:shop.test", "IP:127.0.0.1", "IP:::1"});
    }

    TlsConfig trusting() const
    {
        return {.ca_bundle = folder_.write("authority.pem", authority().pem())};
    }

    bool until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened()) {
            if (base::monotonic_now() > end)
                return false;
            if (!peer_)
                peer_ = listener_->accept();
            if (peer_)
                peer_->pump();
            pollfd waiting{stream_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 1);
        }
        return true;
    }
    void connect(SSL_CTX* server_tls)
    {
        listener_ = std::make_unique<Listener>(ListenerOptions{.tls = server_tls});
        peer_.reset();
        ASSERT_FALSE(stream_.open(listener_->endpoint()));
        ASSERT_TRUE(until([&] { return stream_.connected().status == Status::done && peer_; }));
    }
    // Connects and shakes hands as far as that goes.
    IoResult handshake(TlsContext& context, const std::string& host, SSL_CTX* server_tls)
    {
        connect(server_tls);
        EXPECT_FALSE(stream_.start_tls(context, host));
        IoResult result;
        EXPECT_TRUE(until([&] {
            result = stream_.handshake();
            return result.status != Status::again;
        }));
        return result;
    }
    IoResult handshake(const TlsConfig& config, const std::string& host, const ServerTls& server)
    {
        context_ = std::make_unique<TlsContext>(config);
        return handshake(*context_, host, server.context());
    }
    IoResult read_something()
    {
        IoResult result;
        until([&] {
            result = stream_.read(buffer_);
            return result.status != Status::again;
        });
        return result;
    }
    std::string_view text(const IoResult& result) const { return {buffer_.data(), result.size}; }

    Folder folder_;
    Certificate server_ = authority();
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<Peer> peer_;
    std::unique_ptr<TlsContext> context_;
    Stream stream_;
    std::array<char, 32768> buffer_{};
};

TEST_F(TlsTest, CarriesBytesBothWaysWhenTheCertificateIsGood)
{
    for (const char* host : {"shop.test", "127.0.0.1", "::1"}) {
        const ServerTls tls(server_);
        ASSERT_EQ(handshake(trusting(), host, tls).status, Status::done)
            << host << ": " << stream_.tls_failure();
        EXPECT_TRUE(stream_.is_tls());
        EXPECT_EQ(stream_.write("ping").size, 4u);
        ASSERT_TRUE(until([&] { return peer_->received == "ping"; }));
        peer_->send("pong");
        EXPECT_EQ(text(read_something()), "pong");
    }
}

TEST_F(TlsTest, RefusesACertificateOfNobodyItKnows)
{
    const ServerTls tls(Certificate::self_signed("stranger", {"DNS:shop.test"}));
    const auto result = handshake(trusting(), "shop.test", tls);
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, TlsError::certificate_refused);
    EXPECT_NE(stream_.tls_failure().find("certificate verify failed"), std::string::npos)
        << stream_.tls_failure();
}

TEST_F(TlsTest, RefusesWithTheSystemsAuthoritiesToo)
{
    const ServerTls tls(server_);
    EXPECT_EQ(handshake(TlsConfig{}, "shop.test", tls).error, TlsError::certificate_refused);
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost)
{
    for (const char* host : {"other.test", "127.0.0.2", "sub.shop.test"}) {
        const ServerTls tls(server_);
        EXPECT_EQ(handshake(trusting(), host, tls).error, TlsError::certificate_refused) << host;
        EXPECT_NE(stream_.tls_failure().find("mismatch"), std::string::npos)
            << stream_.tls_failure();
    }
}

TEST_F(TlsTest, RefusesAnExpiredCertificate)
{
    const ServerTls tls(authority().issue_expired("server", {"DNS:shop.test"}));
    EXPECT_EQ(handshake(trusting(), "shop.test", tls).error, TlsError::certificate_refused);
    EXPECT_NE(stream_.tls_failure().find("expired"), std::string::npos) << stream_.tls_failure();
}

TEST_F(TlsTest, TakesAnyCertificateWhenToldNotToVerify)
{
    for (const char* host : {"shop.test", "other.test", "127.0.0.1"}) {
        const ServerTls tls(Certificate::self_signed("stranger", {"DNS:elsewhere"}));
        EXPECT_EQ(handshake({.verify = false}, host, tls).status, Status::done) << host;
    }
}

TEST_F(TlsTest, TakesAFolderOfHashedAuthorities)
{
    char name[32];
    std::snprintf(name, sizeof name, "%08lx.0", ::X509_subject_name_hash(authority().x509()));
    folder_.write(name, authority().pem());
    const ServerTls tls(server_);
    EXPECT_EQ(handshake({.ca_bundle = folder_.path()}, "shop.test", tls).status, Status::done)
        << stream_.tls_failure();
}

TEST_F(TlsTest, ShowsItsClientCertificate)
{
    const auto me = authority().issue("a customer", {});
    const ServerTls tls(server_, authority());
    auto config = trusting();
    config.certificate = folder_.write("me.pem", me.pem());
    config.key = folder_.write("me.key", me.key_pem());
    ASSERT_EQ(handshake(config, "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    EXPECT_EQ(peer_->client_name(), "a customer");
    config.certificate = folder_.write("both.pem", me.pem() + me.key_pem());
    config.key.clear();
    ASSERT_EQ(handshake(config, "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    EXPECT_EQ(peer_->client_name(), "a customer");
}

TEST_F(TlsTest, AServerThatWantsAClientCertificateRefusesWithWords)
{
    const ServerTls tls(server_, authority());
    auto result = handshake(trusting(), "shop.test", tls);
    if (result.status == Status::done)  // TLS 1.3: the client is through before the server looks
        result = read_something();
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, TlsError::protocol);
    EXPECT_NE(stream_.tls_failure().find("certificate required"), std::string::npos)
        << stream_.tls_failure();
}

TEST_F(TlsTest, APlainServerIsAProtocolError)
{
    TlsContext context(trusting());
    connect(nullptr);
    ASSERT_FALSE(stream_.start_tls(context, "shop.test"));
    peer_->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    IoResult result;
    ASSERT_TRUE(until([&] { return (result = stream_.handshake()).status != Status::again; }));
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, TlsError::protocol);
    EXPECT_FALSE(stream_.tls_failure().empty());
}

TEST_F(TlsTest, AServerThatClosesInTheHandshakeIsClosed)
{
    TlsContext context(trusting());
    for (const bool hard : {false, true}) {
        connect(nullptr);
        ASSERT_FALSE(stream_.start_tls(context, "shop.test"));
        errno = EIO;  // of some earlier call: it must not be taken for ours
        IoResult result = stream_.handshake();
        ASSERT_EQ(result.status, Status::again);
        ASSERT_TRUE(until([&] { return !peer_->received.empty(); }));
        hard ? peer_->reset() : peer_->close();
        ASSERT_TRUE(until([&] {
            errno = EIO;
            return (result = stream_.handshake()).status != Status::again;
        }));
        EXPECT_EQ(result.status, hard ? Status::error : Status::closed);
        if (hard) {
            EXPECT_EQ(result.error, std::errc::connection_reset);
        }
    }
}

TEST_F(TlsTest, SeesTheEndWithAndWithoutAGoodbye)
{
    for (const bool polite : {true, false}) {
        const ServerTls tls(server_);
        ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
        ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
        peer_->send("last words");
        polite ? peer_->close() : peer_->close_silently();
        EXPECT_EQ(text(read_something()), "last words");
        errno = EIO;
        EXPECT_EQ(read_something().status, Status::closed) << "polite: " << polite;
    }
}

TEST_F(TlsTest, AResetIsAnError)
{
    const ServerTls tls(server_);
    ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    while (stream_.read(buffer_).status == Status::done) {
    }
    peer_->reset();
    const auto result = read_something();
    EXPECT_EQ(result.status, Status::error);
    EXPECT_EQ(result.error, std::errc::connection_reset) << result.error;
}

TEST_F(TlsTest, LargeMessagesSurviveAFullSocket)
{
    const ServerTls tls(server_);
    ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
    std::string much(8 << 20, '\0');
    for (std::size_t i = 0; i < much.size(); ++i)
        much[i] = static_cast<char>(i * 31 >> 3);
    std::size_t written = 0;
    const auto write_on = [&] {
        const auto result = stream_.write(std::string_view(much).substr(written));
        written += result.size;
        return result.status;
    };
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    peer_->limit_reading(0);
    ASSERT_TRUE(until([&] { return write_on() == Status::again; }));
    EXPECT_LT(written, much.size());
    peer_->limit_reading(~std::size_t{0});
    ASSERT_TRUE(until([&] { return written == much.size() || (write_on(), false); }));
    EXPECT_TRUE(until([&] { return peer_->received.size() == much.size(); }));
    EXPECT_TRUE(peer_->received == much);
}

TEST_F(TlsTest, EncryptedBytesKeepTheirArrival)
{
    const ServerTls tls(server_);
    ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    while (stream_.read(buffer_).status == Status::done) {
    }
    const auto sent = base::monotonic_now();
    stream_.set_floor(sent);
    peer_->send("x");
    pollfd waiting{stream_.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 30'000), 1);
    const auto here = base::monotonic_now();
    while (base::monotonic_now() < here + 20 * base::nanos_per_milli)
        ;
    ASSERT_EQ(read_something().status, Status::done);
    EXPECT_GE(stream_.arrival(), sent);
    EXPECT_LE(stream_.arrival(), here + base::nanos_per_milli);
}

TEST_F(TlsTest, SessionsAreResumedOnlyWhereTheConfigurationAsksForIt)
{
    for (const bool resume : {false, true}) {
        auto config = trusting();
        config.resume = resume;
        TlsContext context(config);
        const ServerTls tls(server_);
        for (int i = 0; i < 2; ++i) {
            ASSERT_EQ(handshake(context, "shop.test", tls.context()).status, Status::done);
            ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
            peer_->send("x");
            EXPECT_EQ(text(read_something()), "x");  // the tickets come before it
            EXPECT_EQ(peer_->resumed(), resume && i == 1);
            stream_.close();
        }
    }
}

TEST_F(TlsTest, TicketsDoNotMakeAnIdleConnectionStale)
{
    const ServerTls tls(server_);
    ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    EXPECT_FALSE(stream_.went_stale());
    stream_.write("x");
    ASSERT_TRUE(until([&] { return peer_->received == "x"; }));
    EXPECT_FALSE(stream_.went_stale());
    peer_->close_silently();
    while (stream_.read(buffer_).status == Status::done) {
    }
    EXPECT_TRUE(until([&] { return stream_.went_stale(); }));
}

// A server may say goodbye and leave its socket open: there is no closing to be seen then.
TEST_F(TlsTest, AGoodbyeIsSeenHoweverOftenOneLooks)
{
    const ServerTls tls(server_);
    ASSERT_EQ(handshake(trusting(), "shop.test", tls).status, Status::done);
    ASSERT_TRUE(until([&] { return peer_->handshaken(); }));
    stream_.write("x");
    ASSERT_TRUE(until([&] { return peer_->received == "x"; }));
    EXPECT_FALSE(stream_.may_hold_more());
    peer_->say_goodbye();
    ASSERT_TRUE(until([&] { return stream_.went_stale(); }));
    EXPECT_TRUE(stream_.went_stale());
    EXPECT_TRUE(stream_.may_hold_more());
}

TEST(TlsContext, NamesTheFileThatDoesNotFit)
{
    const Folder folder;
    const auto me = authority().issue("me", {});
    const auto certificate = folder.write("me.pem", me.pem());
    const auto key = folder.write("other.key", authority().key_pem());
    const auto garbage = folder.write("garbage.pem", "not a certificate");
    const auto missing = folder.path() + "/missing.pem";
    struct Row {
        TlsConfig config;
        std::string names;
    };
    for (const auto& [config, names] :
         std::vector<Row>{{{.ca_bundle = missing}, missing},
                          {{.ca_bundle = garbage}, garbage},
                          {{.certificate = missing}, missing},
                          {{.certificate = garbage}, garbage},
                          {{.certificate = certificate, .key = missing}, missing},
                          {{.certificate = certificate, .key = key}, key},
                          {{.certificate = certificate}, certificate}})
        try {
            TlsContext context(config);
            ADD_FAILURE() << names << " was accepted";
        } catch (const TlsSetupError& error) {
            EXPECT_NE(std::string(error.what()).find(names), std::string::npos) << error.what();
        }
}

TEST(TlsContexts, OneForEachConfiguration)
{
    const Folder folder;
    TlsContexts contexts;
    const TlsConfig careless{.verify = false};
    TlsContext& first = contexts.get(careless);
    EXPECT_EQ(&contexts.get(TlsConfig{.verify = false}), &first);
    EXPECT_NE(&contexts.get(TlsConfig{.verify = false, .resume = true}), &first);
    const TlsConfig broken{.ca_bundle = folder.path() + "/later.pem"};
    EXPECT_THROW(contexts.get(broken), TlsSetupError);
    folder.write("later.pem", authority().pem());
    EXPECT_NO_THROW(contexts.get(broken));
    EXPECT_EQ(&contexts.get(careless), &first);
}

}  // namespace
}  // namespace locustella::net
