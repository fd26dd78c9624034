// From a target to an open stream: each phase to its good end, to its failure, to its deadline, and
// broken off.
#include "net/opener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/tls.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/loopback_peer.hpp"
#include "unit/net/slow_names.hpp"

namespace locustella::net {
namespace {

using Phase = Opener::Phase;
using base::TalkStep;

// Says HELLO, perhaps wants to know where the shop is, and hears WORLD.
class Greeting final : public Talk {
public:
    explicit Greeting(bool asks_for_address = false) : asks_for_address_(asks_for_address) {}

    TalkStep resume(std::string_view received) override
    {
        heard_ += received;
        if (!std::exchange(greeted_, true))
            return TalkStep::sending("HELLO");
        if (asks_for_address_)
            return {.act = TalkStep::Act::look_up};
        if (heard_.size() < 5)
            return TalkStep::receiving(5 - heard_.size());
        return heard_ == "WORLD" ? TalkStep::finished()
                                 : TalkStep::failing(OpenError::closed_in_talk, heard_);
    }
    const std::string& wanted_host() const override { return host_; }
    std::uint16_t wanted_port() const override { return 80; }
    TalkStep resume_with(const Endpoint& address) override
    {
        asks_for_address_ = false;
        return TalkStep::sending(address.address().to_string());
    }

private:
    std::string host_ = "shop.slow.test";
    std::string heard_;
    bool asks_for_address_;
    bool greeted_ = false;
};

// A port whose connections the test speaks over itself, before it makes peers of them.
class BarePort {
public:
    BarePort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&place), size), 0);
        EXPECT_EQ(::listen(fd_, 8), 0);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&place), &size);
        port_ = ntohs(place.sin_port);
    }
    ~BarePort() { ::close(fd_); }
    BarePort(const BarePort&) = delete;
    BarePort& operator=(const BarePort&) = delete;

    int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }
    std::uint16_t port() const { return port_; }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

class OpenerTest : public testing::Test, public reactor::Watcher {
protected:
    ~OpenerTest() override = default;

    void on_ready(std::uint32_t events) override
    {
        if (opener_)
            opener_->on_ready(events);
    }

    void start(Opener::Target target)
    {
        told_.reset();
        began_ = base::monotonic_now();
        opener_ = std::make_unique<Opener>(reactor_, resolver_, contexts_, *this, stream_,
                                           [this](Opener::Failure failure) {
                                               EXPECT_FALSE(told_) << "it is said once";
                                               told_ = std::move(failure);
                                               spent_ = opener_->spent(base::monotonic_now());
                                               reactor_.dispose_later(std::move(opener_));
                                           });
        Opener& opener = *opener_;
        opener.start(std::move(target), began_);
    }

    static Opener::Target at(std::uint16_t port, std::unique_ptr<Talk> talk = nullptr)
    {
        Opener::Target target;
        target.host = "127.0.0.1";
        target.port = port;
        target.talk = std::move(talk);
        return target;
    }

    void until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened()) {
            ASSERT_LT(base::monotonic_now(), end) << "waited in vain";
            pollfd waiting{reactor_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 1);
            reactor_.turn();
            if (listener_ && !peer_)
                peer_ = listener_->accept();
            if (peer_)
                peer_->pump();
        }
    }
    void until_told()
    {
        until([&] { return told_.has_value(); });
    }
    void until_in(Phase phase)
    {
        until([&] { return told_ || opener_->phase() == phase; });
        ASSERT_FALSE(told_);
    }

    void expect_open()
    {
        until_told();
        ASSERT_TRUE(told_);
        EXPECT_FALSE(*told_) << told_->code.message() << told_->words;
        EXPECT_TRUE(stream_.is_open());
        EXPECT_EQ(reactor_.armed_timers(), 0u);
    }
    void expect_failure(Phase phase, std::error_code code)
    {
        until_told();
        ASSERT_TRUE(told_);
        EXPECT_EQ(told_->phase, phase);
        EXPECT_EQ(told_->code, code) << told_->code.message();
        EXPECT_EQ(reactor_.armed_timers(), 0u);
    }
    // Ends it by its deadline, or breaks it off, in this phase.
    void expect_deadline(Phase phase)
    {
        opener_->on_timer(0);
        expect_failure(phase, OpenError::timed_out);
    }
    void expect_nothing_after_stop()
    {
        opener_->stop();
        reactor_.dispose_later(std::move(opener_));
        if (stream_.is_open())
            reactor_.forget(stream_.fd(), *this);
        stream_.reset();
        for (int i = 0; i < 5; ++i)
            reactor_.turn();
        EXPECT_FALSE(told_);
        EXPECT_EQ(reactor_.armed_timers(), 0u);
    }
    void TearDown() override
    {
        if (stream_.is_open())
            reactor_.forget(stream_.fd(), *this);
    }

    const Certificate authority_ = Certificate::authority("Test CA");
    const Certificate identity_ = authority_.issue("server", {"DNS:shop.test", "IP:127.0.0.1"});
    const ServerTls tls_{identity_};
    Folder folder_;
    const std::string bundle_ = folder_.write("ca.pem", authority_.pem());
    reactor::Reactor reactor_;
    Resolver resolver_{reactor_};
    TlsContexts contexts_;
    Stream stream_;
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<Peer> peer_;
    std::unique_ptr<Opener> opener_;
    std::optional<Opener::Failure> told_;
    Opener::Spent spent_;
    Nanos began_ = 0;
};

TEST_F(OpenerTest, OpensAPlainConnection)
{
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port()));
    expect_open();
    EXPECT_FALSE(stream_.is_tls());
    EXPECT_EQ(spent_.looking_up, 0);
    EXPECT_GT(spent_.connecting, 0);
    EXPECT_EQ(spent_.tunnelling, 0);
    EXPECT_EQ(spent_.securing, 0);
}

TEST_F(OpenerTest, SecuresItForTheHostThatIsMeant)
{
    listener_ = std::make_unique<Listener>(ListenerOptions{.tls = tls_.context()});
    for (const std::string host : {"shop.test", "other.test"}) {
        auto target = at(listener_->port());
        target.tls = TlsConfig{.ca_bundle = bundle_};
        target.tls_host = host;
        peer_.reset();
        start(std::move(target));
        if (host == "shop.test") {
            expect_open();
            EXPECT_TRUE(stream_.is_tls());
            EXPECT_GT(spent_.securing, 0);
        } else {
            expect_failure(Phase::securing, TlsError::certificate_refused);
            EXPECT_NE(told_->words.find("verify failed"), std::string::npos) << told_->words;
        }
        reactor_.forget(stream_.fd(), *this);
        stream_.reset();
    }
}

TEST_F(OpenerTest, WithoutAnAnswerToItsAlpnThereIsNoProtocol)
{
    listener_ = std::make_unique<Listener>(ListenerOptions{.tls = tls_.context()});
    auto target = at(listener_->port());
    target.tls = TlsConfig{.verify = false};
    target.alpn = {"h2", "http/1.1"};
    start(std::move(target));
    expect_open();
    EXPECT_EQ(stream_.alpn(), "");
}

TEST_F(OpenerTest, TheServerChoosesAmongTheProtocolsOffered)
{
    ::SSL_CTX_set_alpn_select_cb(
        tls_.context(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
           unsigned length, void*) {
            static constexpr unsigned char known[] = "\x08http/1.1";
            unsigned char* chosen = nullptr;
            const int found =
                ::SSL_select_next_proto(&chosen, size, known, sizeof known - 1, in, length);
            *out = chosen;
            return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
        },
        nullptr);
    listener_ = std::make_unique<Listener>(ListenerOptions{.tls = tls_.context()});
    auto target = at(listener_->port());
    target.tls = TlsConfig{.verify = false};
    target.alpn = {"h2", "http/1.1"};
    start(std::move(target));
    expect_open();
    EXPECT_EQ(stream_.alpn(), "http/1.1");
}

TEST_F(OpenerTest, TalksBeforeTheConnectionIsTheServers)
{
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>()));
    until([&] { return peer_ && peer_->received == "HELLO"; });
    EXPECT_EQ(opener_->phase(), Phase::tunnelling);
    peer_->send("WOR");
    until([&] { return peer_->delivered(); });
    peer_->send("LD and what the server says");
    expect_open();
    EXPECT_GT(spent_.tunnelling, 0);
    char rest[64];
    const auto read = stream_.read({rest, sizeof rest});
    EXPECT_EQ(std::string_view(rest, read.size), " and what the server says");
}

TEST_F(OpenerTest, SecuresTheConnectionThatItsTalkHasBroughtAbout)
{
    const BarePort port;
    auto target = at(port.port(), std::make_unique<Greeting>());
    target.tls = TlsConfig{.ca_bundle = bundle_};
    target.tls_host = "shop.test";
    start(std::move(target));
    int fd = -1;
    until([&] { return fd >= 0 || (fd = port.accept()) >= 0; });
    char heard[5];
    until([&] { return ::recv(fd, heard, sizeof heard, 0) == 5; });
    ASSERT_EQ(::send(fd, "WORLD", 5, 0), 5);
    peer_ = std::make_unique<Peer>(fd, tls_.context());
    expect_open();
    EXPECT_TRUE(stream_.is_tls());
    EXPECT_GT(spent_.tunnelling, 0);
    EXPECT_GT(spent_.securing, 0);
}

TEST_F(OpenerTest, LooksAnAddressUpThatItsTalkWantsToKnow)
{
    SlowNames names;
    names.answer_with({"127.0.0.9"});
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>(/*asks_for_address=*/true)));
    until_in(Phase::looking_up);
    until([&] { return peer_ && peer_->received == "HELLO"; });
    ASSERT_TRUE(names.wait_for(1));
    names.let_go();
    until([&] { return peer_->received == "HELLO127.0.0.9"; });
    EXPECT_EQ(opener_->phase(), Phase::tunnelling);
    peer_->send("WORLD");
    expect_open();
    EXPECT_GT(spent_.looking_up, 0);
}

TEST_F(OpenerTest, AllItsTimeIsInItsPhasesOrItsOwnLateness)
{
    listener_ = std::make_unique<Listener>(ListenerOptions{.tls = tls_.context()});
    auto target = at(listener_->port());
    target.tls = TlsConfig{.verify = false};
    start(std::move(target));
    until_in(Phase::securing);
    const Nanos now = base::monotonic_now();
    const auto spent = opener_->spent(now);
    EXPECT_EQ(spent.looking_up + spent.connecting + spent.tunnelling + spent.securing + spent.late,
              now - began_);
    expect_open();
}

TEST_F(OpenerTest, SaysInWhichPhaseItHasFailed)
{
    auto nameless = at(80);
    nameless.host = "no-such-host.invalid";
    start(std::move(nameless));
    until_told();
    EXPECT_EQ(told_->phase, Phase::looking_up);
    EXPECT_EQ(told_->code.category(), name_lookup_category());

    start(at(closed_port().port()));
    expect_failure(Phase::connecting, std::make_error_code(std::errc::connection_refused));

    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>()));
    until([&] { return peer_ && peer_->received == "HELLO"; });
    peer_->send("WRONG");
    until_told();
    EXPECT_EQ(told_->phase, Phase::tunnelling);
    EXPECT_EQ(told_->words, "WRONG");
}

TEST_F(OpenerTest, APeerThatGoesAwayEndsTheTalk)
{
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>()));
    until([&] { return peer_ && peer_->received == "HELLO"; });
    peer_->close();
    expect_failure(Phase::tunnelling, OpenError::closed_in_talk);
}

TEST_F(OpenerTest, APeerThatGoesAwayEndsTheHandshake)
{
    listener_ = std::make_unique<Listener>();
    auto target = at(listener_->port());
    target.tls = TlsConfig{};
    start(std::move(target));
    until([&] { return peer_ && !peer_->received.empty(); });
    peer_->close();
    expect_failure(Phase::securing, TlsError::protocol);
}

TEST_F(OpenerTest, SettingsThatCannotWorkAreAFailureOfTheirOwn)
{
    listener_ = std::make_unique<Listener>();
    auto target = at(listener_->port());
    target.tls = TlsConfig{.ca_bundle = folder_.path() + "/missing.pem"};
    start(std::move(target));
    expect_failure(Phase::securing, TlsError::unusable_settings);
    EXPECT_NE(told_->words.find("missing.pem"), std::string::npos) << told_->words;
}

TEST_F(OpenerTest, TheDeadlineComesByItself)
{
    const SilentPort silent;
    auto target = at(silent.endpoint().port());
    target.deadline = base::monotonic_now() + 1;
    start(std::move(target));
    expect_failure(Phase::connecting, OpenError::timed_out);
}

// In each phase: to its deadline, and broken off.
class OpenerBrokenOff : public OpenerTest, public testing::WithParamInterface<bool> {
protected:
    void end_in(Phase phase, Phase said)
    {
        until_in(phase);
        GetParam() ? expect_deadline(said) : expect_nothing_after_stop();
    }
};

TEST_P(OpenerBrokenOff, WhileLookingUp)
{
    SlowNames names;
    auto target = at(80);
    target.host = "shop.slow.test";
    start(std::move(target));
    ASSERT_TRUE(names.wait_for(1));
    end_in(Phase::looking_up, Phase::looking_up);
    names.let_go();
    reactor_.turn();
}

TEST_P(OpenerBrokenOff, WhileConnecting)
{
    const SilentPort silent;
    start(at(silent.endpoint().port()));
    end_in(Phase::connecting, Phase::connecting);
}

TEST_P(OpenerBrokenOff, WhileTalking)
{
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>()));
    end_in(Phase::tunnelling, Phase::tunnelling);
}

TEST_P(OpenerBrokenOff, WhileTheTalkWaitsForAnAddress)
{
    SlowNames names;
    listener_ = std::make_unique<Listener>();
    start(at(listener_->port(), std::make_unique<Greeting>(/*asks_for_address=*/true)));
    until_in(Phase::looking_up);
    ASSERT_TRUE(names.wait_for(1));
    end_in(Phase::looking_up, Phase::tunnelling);
    names.let_go();
    reactor_.turn();
}

TEST_P(OpenerBrokenOff, WhileShakingHands)
{
    listener_ = std::make_unique<Listener>();  // which says nothing
    auto target = at(listener_->port());
    target.tls = TlsConfig{};
    start(std::move(target));
    end_in(Phase::securing, Phase::securing);
}

INSTANTIATE_TEST_SUITE_P(ByDeadlineAndByItsOwner, OpenerBrokenOff, testing::Bool(),
                         [](const auto& way) { return way.param ? "Deadline" : "Owner"; });

}  // namespace
}  // namespace locustella::net
