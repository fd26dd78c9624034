#include "net/resolver.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "unit/net/slow_names.hpp"

namespace locustella::net {
namespace {

using reactor::Reactor;

struct Answer {
    int calls = 0;
    std::error_code error;
    Endpoints found;

    Resolver::Callback callback()
    {
        return [this](std::error_code ec, const Endpoints& endpoints) {
            ++calls;
            error = ec;
            found = endpoints;
        };
    }
};

class ResolverTest : public testing::Test {
protected:
    // False when it has not happened within half a minute.
    bool until(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 30 * base::nanos_per_second;
        while (!happened()) {
            if (base::monotonic_now() > end)
                return false;
            pollfd waiting{reactor_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 100);
            reactor_.turn();
        }
        return true;
    }

    Reactor reactor_;
    Resolver resolver_{reactor_};
};

TEST_F(ResolverTest, NumericAddressesAnswerAtOnce)
{
    for (const char* host : {"127.0.0.1", "::1", "0.0.0.0", "2001:db8::7"}) {
        Answer answer;
        EXPECT_EQ(resolver_.resolve(host, 81, answer.callback()), nullptr) << host;
        EXPECT_EQ(answer.calls, 1) << host;
        EXPECT_FALSE(answer.error) << host;
        ASSERT_EQ(answer.found.size(), 1u) << host;
        EXPECT_EQ(answer.found[0].address().to_string(), host);
        EXPECT_EQ(answer.found[0].port(), 81);
    }
}

TEST_F(ResolverTest, LocalhostIsThisMachine)
{
    Answer answer;
    const auto lookup = resolver_.resolve("localhost", 8080, answer.callback());
    ASSERT_NE(lookup, nullptr);
    EXPECT_EQ(answer.calls, 0) << "names answer in a turn of the reactor";
    ASSERT_TRUE(until([&] { return answer.calls > 0; }));
    EXPECT_FALSE(answer.error) << answer.error.message();
    ASSERT_FALSE(answer.found.empty());
    for (const auto& endpoint : answer.found) {
        EXPECT_TRUE(endpoint.address().is_loopback());
        EXPECT_EQ(endpoint.port(), 8080);
    }
}

TEST_F(ResolverTest, ANameThatDoesNotExistIsAnErrorWithWords)
{
    Answer answer;
    const auto lookup = resolver_.resolve("no-such-host.invalid", 80, answer.callback());
    ASSERT_TRUE(until([&] { return answer.calls > 0; }));
    EXPECT_EQ(answer.error.category(), name_lookup_category());
    EXPECT_TRUE(answer.error.value() == EAI_NONAME || answer.error.value() == EAI_AGAIN) << answer.error;
    EXPECT_EQ(answer.error.message(), ::gai_strerror(answer.error.value()));
    EXPECT_TRUE(answer.found.empty());
}

TEST_F(ResolverTest, NonsenseIsAnErrorToo)
{
    for (const auto& host : {std::string("a b"), std::string(300, 'x'), std::string("..")}) {
        Answer answer;
        const auto lookup = resolver_.resolve(host, 80, answer.callback());
        ASSERT_TRUE(until([&] { return answer.calls > 0; })) << host;
        EXPECT_TRUE(answer.error) << host;
    }
}

TEST_F(ResolverTest, LookupsOfOneNameThatAreUnderWayShareOneQuestion)
{
    SlowNames names;
    std::vector<Answer> answers(50);
    std::vector<std::shared_ptr<Resolver::Lookup>> lookups;
    for (auto& answer : answers)
        lookups.push_back(resolver_.resolve("one.slow.test", 80, answer.callback()));
    ASSERT_TRUE(names.wait_for(1));
    Answer latecomer;
    lookups.push_back(resolver_.resolve("one.slow.test", 80, latecomer.callback()));
    names.let_go();
    ASSERT_TRUE(until([&] { return latecomer.calls > 0; }));
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.calls, 1);
        EXPECT_FALSE(answer.error);
        EXPECT_EQ(answer.found, latecomer.found);
    }
    EXPECT_EQ(names.asked(), 1);
}

TEST_F(ResolverTest, DifferentNamesAreDifferentQuestions)
{
    SlowNames names;
    names.let_go();
    Answer one, two;
    const auto first = resolver_.resolve("one.slow.test", 80, one.callback());
    const auto second = resolver_.resolve("two.slow.test", 80, two.callback());
    ASSERT_TRUE(until([&] { return one.calls + two.calls == 2; }));
    EXPECT_EQ(names.asked(), 2);
}

TEST_F(ResolverTest, TheReactorTurnsWhileANameIsLookedUp)
{
    SlowNames names;
    Answer slow, quick;
    const auto lookup = resolver_.resolve("one.slow.test", 80, slow.callback());
    ASSERT_TRUE(names.wait_for(1));
    EXPECT_EQ(resolver_.resolve("127.0.0.1", 80, quick.callback()), nullptr);
    reactor_.turn();
    EXPECT_EQ(quick.calls, 1);
    EXPECT_EQ(slow.calls, 0);
    names.let_go();
    EXPECT_TRUE(until([&] { return slow.calls == 1; }));
}

TEST_F(ResolverTest, AnAnswerIsKeptForTheNextWhoAsks)
{
    Answer first, second, other_port;
    const auto lookup = resolver_.resolve("localhost", 80, first.callback());
    ASSERT_TRUE(until([&] { return first.calls > 0; }));
    EXPECT_EQ(resolver_.resolve("localhost", 80, second.callback()), nullptr);
    EXPECT_EQ(second.calls, 1);
    EXPECT_EQ(second.found, first.found);
    const auto another = resolver_.resolve("localhost", 81, other_port.callback());
    ASSERT_TRUE(until([&] { return other_port.calls > 0; }));
    EXPECT_EQ(other_port.found.front().port(), 81);
}

TEST_F(ResolverTest, AQuestionNobodyWaitsForIsSharedStill)
{
    SlowNames names;
    Answer cancelled, wanted;
    auto dropped = resolver_.resolve("one.slow.test", 80, cancelled.callback());
    ASSERT_TRUE(names.wait_for(1));
    dropped.reset();
    const auto kept = resolver_.resolve("one.slow.test", 80, wanted.callback());
    names.let_go();
    ASSERT_TRUE(until([&] { return wanted.calls > 0; }));
    EXPECT_EQ(cancelled.calls, 0);
    EXPECT_EQ(names.asked(), 1);
}

TEST_F(ResolverTest, AFailureIsNotKept)
{
    for (int i = 0; i < 2; ++i) {
        Answer answer;
        const auto lookup = resolver_.resolve("no-such-host.invalid", 80, answer.callback());
        EXPECT_NE(lookup, nullptr);
        ASSERT_TRUE(until([&] { return answer.calls > 0; }));
    }
}

TEST_F(ResolverTest, ACancelledLookupIsNotCalledAndTheOthersAre)
{
    SlowNames names;
    Answer wanted, cancelled;
    const auto kept = resolver_.resolve("one.slow.test", 80, wanted.callback());
    auto dropped = resolver_.resolve("one.slow.test", 80, cancelled.callback());
    ASSERT_TRUE(names.wait_for(1));
    dropped.reset();
    names.let_go();
    ASSERT_TRUE(until([&] { return wanted.calls > 0; }));
    EXPECT_EQ(wanted.calls, 1);
    EXPECT_EQ(cancelled.calls, 0);
}

TEST_F(ResolverTest, ACallbackMayCancelAnotherAndAskAgain)
{
    Answer cancelled, again;
    std::shared_ptr<Resolver::Lookup> second, third;
    int calls = 0;
    const auto first = resolver_.resolve("localhost", 80, [&](std::error_code, const Endpoints&) {
        ++calls;
        second.reset();
        third = resolver_.resolve("localhost", 80, again.callback());
    });
    second = resolver_.resolve("localhost", 80, cancelled.callback());
    ASSERT_TRUE(until([&] { return again.calls > 0; }));
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(cancelled.calls, 0);
    EXPECT_FALSE(again.error);
}

TEST_F(ResolverTest, ItMayBeDestroyedWithALookupUnderWay)
{
    Answer answer;
    for (int i = 0; i < 20; ++i) {
        auto brief = std::make_unique<Resolver>(reactor_);
        const auto lookup = brief->resolve("localhost", 80, answer.callback());
        brief.reset();
        reactor_.turn();
    }
    EXPECT_EQ(answer.calls, 0);
}

TEST(ResolverAndReactor, BothMayGoWithALookupUnderWay)
{
    Answer answer;
    for (int i = 0; i < 20; ++i) {
        auto reactor = std::make_unique<Reactor>();
        auto resolver = std::make_unique<Resolver>(*reactor);
        const auto lookup = resolver->resolve("localhost", 80, answer.callback());
        resolver.reset();
        reactor.reset();
    }
    EXPECT_EQ(answer.calls, 0);
}

TEST(ResolverAndReactor, AnAnswerThatWaitsInTheMailboxOfADestroyedResolverIsDropped)
{
    Reactor reactor;
    auto resolver = std::make_unique<Resolver>(reactor);
    Answer answer;
    const auto lookup = resolver->resolve("localhost", 80, answer.callback());
    pollfd waiting{reactor.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 30'000), 1);  // the answer is there, and nobody has read it
    resolver.reset();
    reactor.turn();
    EXPECT_EQ(answer.calls, 0);
}

}  // namespace
}  // namespace locustella::net
