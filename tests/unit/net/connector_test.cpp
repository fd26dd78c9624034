// From a name to a connection, and what happens to the other addresses on the way.
#include "net/connector.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unit/net/loopback_peer.hpp"
#include "unit/net/slow_names.hpp"

namespace locustella::net {
namespace {

constexpr Nanos never = 3600 * base::nanos_per_second;

Address address(const std::string& text)
{
    return boost::asio::ip::make_address(text);
}

class ConnectorTest : public testing::Test, public reactor::Watcher {
protected:
    void on_ready(std::uint32_t events) override
    {
        events_ |= events;
        if (connector_ && !told_)
            connector_->on_ready();
    }

    // The addresses of "shop.test", whatever the port.
    void shop_is_at(const std::vector<std::string>& texts)
    {
        ResolverSettings settings;
        settings.fixed.push_back({"shop.test", 0, {}});
        for (const auto& text : texts)
            settings.fixed.back().addresses.push_back(address(text));
        resolver_.configure(settings);
    }

    void start(const std::string& host, std::uint16_t port, Nanos next_after = never)
    {
        told_.reset();
        began_ = base::monotonic_now();
        connector_ =
            std::make_unique<Connector>(reactor_, resolver_, *this, [this](std::error_code ec) {
                EXPECT_FALSE(told_) << "it is said once";
                told_ = ec;
            });
        connector_->start({host, port, sources_, next_after}, began_);
    }

    void from(const std::string& list)
    {
        std::string problem;
        sources_ = SourceAddresses::parse(list, problem);
        ASSERT_TRUE(sources_) << problem;
    }

    void until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened()) {
            ASSERT_LT(base::monotonic_now(), end) << "waited in vain";
            pollfd waiting{reactor_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 10);
            reactor_.turn();
        }
    }

    // The address that was connected to.
    std::string connected()
    {
        until([&] { return told_.has_value(); });
        if (!told_ || *told_)
            return told_ ? told_->message() : "nothing was said";
        Endpoint peer;
        socklen_t size = static_cast<socklen_t>(peer.capacity());
        ::getpeername(connector_->stream().fd(), peer.data(), &size);
        return peer.address().to_string();
    }

    void expect_spent()
    {
        const auto now =
            connector_->connected_at() ? connector_->connected_at() : base::monotonic_now();
        const auto spent = connector_->spent(now);
        EXPECT_EQ(spent.looking_up + spent.connecting + spent.late, now - began_);
        EXPECT_GE(spent.looking_up, 0);
        EXPECT_GE(spent.connecting, 0);
        EXPECT_GE(spent.late, 0);
    }

    reactor::Reactor reactor_;
    Resolver resolver_{reactor_};
    std::shared_ptr<const SourceAddresses> sources_;
    std::unique_ptr<Connector> connector_;
    std::optional<std::error_code> told_;
    std::uint32_t events_ = 0;
    Nanos began_ = 0;
};

TEST_F(ConnectorTest, ConnectsToAnAddress)
{
    Listener listener;
    start("127.0.0.1", listener.port());
    EXPECT_EQ(connected(), "127.0.0.1");
    expect_spent();
    EXPECT_EQ(connector_->spent(connector_->connected_at()).looking_up, 0)
        << "nobody had to be asked";
    EXPECT_GT(connector_->spent(connector_->connected_at()).connecting, 0);
}

TEST_F(ConnectorTest, ConnectsToAName)
{
    SlowNames names;
    Listener listener;
    start("one.slow.test", listener.port());
    ASSERT_TRUE(names.wait_for(1));
    EXPECT_EQ(connector_->step(), Connector::Step::looking_up);
    expect_spent();
    names.let_go();
    EXPECT_EQ(connected(), "127.0.0.1");
    expect_spent();
    EXPECT_GT(connector_->spent(connector_->connected_at()).looking_up, 0);
}

TEST_F(ConnectorTest, ANameWithoutAddressesIsSaidToBeOne)
{
    start("no-such-host.invalid", 80);
    until([&] { return told_.has_value(); });
    EXPECT_EQ(told_->category(), name_lookup_category());
    EXPECT_EQ(connector_->step(), Connector::Step::looking_up);
}

TEST_F(ConnectorTest, TheNextAddressIsTriedAtOnceWhenOneRefuses)
{
    Listener listener({.address = "127.0.0.4"});
    shop_is_at({"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    start("shop.test", listener.port());
    EXPECT_EQ(connected(), "127.0.0.4") << "although `next_after` has not passed";
    expect_spent();
}

TEST_F(ConnectorTest, TheOtherFamilyIsTriedSecond)
{
    Listener listener({.address = "127.0.0.3"});
    shop_is_at({"::1", "2001:db8::1", "127.0.0.3"});
    start("shop.test", listener.port());
    EXPECT_EQ(connected(), "127.0.0.3");
}

TEST_F(ConnectorTest, WhenAllRefuseTheErrorIsThatOfTheLast)
{
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    start("shop.test", closed_port().port());
    until([&] { return told_.has_value(); });
    EXPECT_EQ(*told_, std::errc::connection_refused);
    EXPECT_EQ(connector_->step(), Connector::Step::connecting);
    expect_spent();
}

TEST_F(ConnectorTest, ASilentAddressIsNotWaitedForLongerThanNextAfter)
{
    SilentPort silent("127.0.0.2");
    Listener listener({.address = "127.0.0.3", .port = silent.endpoint().port()});
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    constexpr Nanos next_after = 20 * base::nanos_per_milli;
    start("shop.test", listener.port(), next_after);
    EXPECT_EQ(connected(), "127.0.0.3");
    EXPECT_GE(connector_->connected_at() - began_, next_after) << "nor shorter";
    EXPECT_GE(connector_->spent(connector_->connected_at()).connecting, next_after);
    expect_spent();
}

TEST_F(ConnectorTest, ASilentAddressIsWaitedForWhileThereIsTime)
{
    SilentPort silent("127.0.0.2");
    Listener listener({.address = "127.0.0.3", .port = silent.endpoint().port()});
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    start("shop.test", listener.port(), never);
    for (int i = 0; i < 20; ++i)
        reactor_.turn();
    EXPECT_FALSE(told_);
    EXPECT_EQ(listener.accept(), nullptr) << "only the first address is under way";
}

TEST_F(ConnectorTest, OneThatFailsWhileAnotherIsSilentLeavesTheRaceOpen)
{
    SilentPort silent("127.0.0.2");
    shop_is_at({"127.0.0.2", "127.0.0.3"});  // where nobody listens
    start("shop.test", silent.endpoint().port(), 1);
    for (int i = 0; i < 50; ++i) {
        pollfd waiting{reactor_.fd(), POLLIN, 0};
        ::poll(&waiting, 1, 1);
        reactor_.turn();
    }
    EXPECT_FALSE(told_) << "the silent one may still come";
}

TEST_F(ConnectorTest, AfterARaceTheWinnersEventsComeToTheWatcher)
{
    SilentPort silent("127.0.0.2");
    Listener listener({.address = "127.0.0.3", .port = silent.endpoint().port()});
    shop_is_at({"127.0.0.2", "127.0.0.3"});
    start("shop.test", listener.port(), 1);
    EXPECT_EQ(connected(), "127.0.0.3");
    std::unique_ptr<Peer> peer;
    until([&] { return (peer = listener.accept()) != nullptr; });
    events_ = 0;
    peer->send("hello");
    until([&] { return (events_ & EPOLLIN) != 0; });
    Stream stream;
    stream.take_over(connector_->stream());
    EXPECT_FALSE(connector_->stream().is_open());
    char buffer[16];
    EXPECT_EQ(stream.read(buffer).size, 5u);
    reactor_.forget(stream.fd(), *this);
}

TEST_F(ConnectorTest, LeavesFromTheSourceAddressesInTurn)
{
    Listener listener;
    from("127.0.0.5-127.0.0.6");
    for (const char* expected : {"127.0.0.5", "127.0.0.6", "127.0.0.5"}) {
        start("127.0.0.1", listener.port());
        EXPECT_EQ(connected(), "127.0.0.1");
        const auto peer = listener.accept();
        ASSERT_TRUE(peer);
        EXPECT_EQ(peer->came_from().to_string(), expected);
    }
}

TEST_F(ConnectorTest, KeepsItsSourceAddressesWhateverOthersDo)
{
    SlowNames names;
    Listener listener;
    from("127.0.0.5");
    start("one.slow.test", listener.port());
    sources_.reset();
    names.let_go();
    EXPECT_EQ(connected(), "127.0.0.1");
    EXPECT_EQ(listener.accept()->came_from().to_string(), "127.0.0.5");
}

TEST_F(ConnectorTest, SkipsAddressesThatNoSourceReaches)
{
    Listener listener;
    from("127.0.0.5");
    shop_is_at({"::1", "127.0.0.1"});
    start("shop.test", listener.port());
    EXPECT_EQ(connected(), "127.0.0.1");
}

TEST_F(ConnectorTest, SaysThatNoSourceFits)
{
    for (const auto& [list, target, kinds] :
         {std::tuple{"127.0.0.5", "::1", "IPv4"}, std::tuple{"::1", "127.0.0.1", "IPv6"}}) {
        from(list);
        start(target, 80);
        ASSERT_TRUE(told_);
        EXPECT_EQ(*told_, std::errc::address_family_not_supported);
        EXPECT_EQ(connector_->words(), std::string("no source address fits the target ") + target +
                                           ": all of them are " + kinds);
    }
}

TEST_F(ConnectorTest, SaysThatASourceIsNotOurs)
{
    from("192.0.2.1");  // for documentation: nobody has it
    start("127.0.0.1", 80);
    ASSERT_TRUE(told_);
    EXPECT_EQ(*told_, std::errc::address_not_available);
    EXPECT_EQ(connector_->words(),
              "cannot connect from the source address 192.0.2.1: it is not an address of this "
              "machine, or all its ports are in use");
    EXPECT_EQ(connector_->step(), Connector::Step::connecting);
}

TEST_F(ConnectorTest, DestroyedItEndsWhatIsUnderWay)
{
    SlowNames names;
    SilentPort silent;
    start("one.slow.test", silent.endpoint().port());
    ASSERT_TRUE(names.wait_for(1));
    connector_.reset();
    names.let_go();
    until([&] { return resolver_.resolve("one.slow.test", 80, [](auto) {}) == nullptr; });
    EXPECT_FALSE(told_);
    start("127.0.0.1", silent.endpoint().port(), 1);
    connector_.reset();
    for (int i = 0; i < 5; ++i)
        reactor_.turn();
    EXPECT_FALSE(told_);
}

TEST_F(ConnectorTest, MayBeDestroyedByTheOneTold)
{
    Listener listener;
    for (const auto port : {listener.port(), closed_port().port()}) {
        bool told = false;
        connector_ = std::make_unique<Connector>(reactor_, resolver_, *this, [&](std::error_code) {
            told = true;
            connector_.reset();
        });
        connector_->start({"127.0.0.1", port}, base::monotonic_now());
        until([&] { return told; });
    }
    from("192.0.2.1");  // which fails before start() returns
    bool told = false;
    connector_ = std::make_unique<Connector>(reactor_, resolver_, *this, [&](std::error_code) {
        told = true;
        connector_.reset();
    });
    connector_->start({"127.0.0.1", 80, sources_}, base::monotonic_now());
    EXPECT_TRUE(told);
}

}  // namespace
}  // namespace locustella::net
