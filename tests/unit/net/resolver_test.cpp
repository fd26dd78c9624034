#include "net/resolver.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "unit/net/no_threads.hpp"
#include "unit/net/slow_names.hpp"

namespace locustella::net {
namespace {

using reactor::Reactor;

struct Answer {
    int calls = 0;
    std::error_code error;
    Endpoints found;
    Nanos answered = -1;

    Resolver::Callback callback()
    {
        return [this](const Resolver::Answer& answer) {
            ++calls;
            error = answer.error;
            found = answer.endpoints;
            answered = answer.answered;
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
    EXPECT_TRUE(answer.error.value() == EAI_NONAME || answer.error.value() == EAI_AGAIN)
        << answer.error;
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

TEST_F(ResolverTest, AnAnswerIsKeptForAsLongAsTheSettingsSay)
{
    struct Case {
        Nanos time_to_live;
        int questions;
    };
    for (const auto& [time_to_live, questions] :
         {Case{3600 * base::nanos_per_second, 1}, Case{1, 4}, Case{0, 4}}) {
        SlowNames names;
        names.let_go();
        Resolver resolver(reactor_);
        resolver.configure({.time_to_live = time_to_live});
        for (int i = 0; i < 4; ++i) {
            Answer answer;
            const auto lookup = resolver.resolve("one.slow.test", 80, answer.callback());
            ASSERT_TRUE(until([&] { return answer.calls > 0; }));
            EXPECT_FALSE(answer.error);
            EXPECT_EQ(answer.answered > 0, lookup != nullptr)
                << "the time of an answer that had to be waited for";
        }
        EXPECT_EQ(names.asked(), questions) << time_to_live;
        EXPECT_EQ(resolver.questions(), static_cast<std::uint64_t>(questions));
    }
}

TEST_F(ResolverTest, WhereNothingIsKeptEverybodyAsks)
{
    SlowNames names;
    resolver_.configure({.time_to_live = 0});
    std::vector<Answer> answers(5);
    std::vector<std::shared_ptr<Resolver::Lookup>> lookups;
    for (auto& answer : answers)
        lookups.push_back(resolver_.resolve("one.slow.test", 80, answer.callback()));
    names.let_go();
    ASSERT_TRUE(until([&] { return answers.back().calls > 0; }));
    for (const auto& answer : answers)
        EXPECT_EQ(answer.calls, 1);
    EXPECT_EQ(names.asked(), 5);
}

TEST_F(ResolverTest, EachAnswerBeginsAtAnotherAddress)
{
    SlowNames names;
    names.answer_with({"127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.4"});
    resolver_.configure({.time_to_live = 3600 * base::nanos_per_second});
    std::vector<Answer> answers(7);
    std::vector<std::shared_ptr<Resolver::Lookup>> lookups;
    for (int i = 0; i < 2; ++i)  // who shared the question do not share the address
        lookups.push_back(resolver_.resolve("many.slow.test", 80, answers[i].callback()));
    names.let_go();
    ASSERT_TRUE(until([&] { return answers[1].calls > 0; }));
    for (int i = 2; i < 7; ++i)
        lookups.push_back(resolver_.resolve("many.slow.test", 80, answers[i].callback()));
    std::string began;
    for (const auto& answer : answers) {
        ASSERT_EQ(answer.found.size(), 3u) << "each address once";
        began += answer.found[0].address().to_string().back();
    }
    EXPECT_EQ(began, "2342342");
}

Address address(const char* text)
{
    return boost::asio::ip::make_address(text);
}

TEST_F(ResolverTest, WhatTheSettingsSayOfAHostGoesFirst)
{
    resolver_.configure({.fixed = {{"*", 0, {address("127.0.0.1")}},
                                   {"*", 81, {address("127.0.0.2")}},
                                   {"shop.test", 0, {address("127.0.0.3")}},
                                   {"shop.test", 81, {address("127.0.0.4"), address("127.0.0.5")}},
                                   {"10.9.8.7", 82, {address("127.0.0.6")}}}});
    const auto first = [&](const char* host, std::uint16_t port) {
        Answer answer;
        EXPECT_EQ(resolver_.resolve(host, port, answer.callback()), nullptr);
        EXPECT_EQ(answer.answered, 0);
        return answer.calls == 1 ? answer.found.at(0).address().to_string() : "no answer";
    };
    EXPECT_EQ(first("other.test", 80), "127.0.0.1");
    EXPECT_EQ(first("other.test", 81), "127.0.0.2");
    EXPECT_EQ(first("shop.test", 80), "127.0.0.3");
    EXPECT_EQ(first("shop.test", 81), "127.0.0.4");
    EXPECT_EQ(first("shop.test", 81), "127.0.0.5");
    EXPECT_EQ(first("shop.test", 81), "127.0.0.4");
    EXPECT_EQ(first("10.9.8.7", 82), "127.0.0.6");
    resolver_.configure({});
    EXPECT_EQ(first("10.9.8.7", 82), "10.9.8.7");
    EXPECT_EQ(resolver_.questions(), 0u);
}

TEST_F(ResolverTest, AnEntryWithALifetimeEnds)
{
    SlowNames names;
    names.let_go();
    resolver_.configure(
        {.fixed = {{"long.slow.test", 80, {address("127.0.0.2")}, 3600 * base::nanos_per_second},
                   {"brief.slow.test", 80, {address("127.0.0.2")}, 1}}});
    Answer kept, expired;
    EXPECT_EQ(resolver_.resolve("long.slow.test", 80, kept.callback()), nullptr);
    EXPECT_EQ(kept.found.at(0).address(), address("127.0.0.2"));
    const auto lookup = resolver_.resolve("brief.slow.test", 80, expired.callback());
    ASSERT_TRUE(until([&] { return expired.calls > 0; }));
    EXPECT_EQ(expired.found.at(0).address(), address("127.0.0.1"));
}

TEST_F(ResolverTest, AnAnswerIsKeptForTheNextWhoAsks)
{
    Answer first, second, other_port;
    const auto lookup = resolver_.resolve("localhost", 80, first.callback());
    ASSERT_TRUE(until([&] { return first.calls > 0; }));
    EXPECT_EQ(resolver_.resolve("localhost", 80, second.callback()), nullptr);
    EXPECT_EQ(second.calls, 1);
    EXPECT_EQ(second.found, first.found);
    EXPECT_EQ(resolver_.resolve("localhost", 81, other_port.callback()), nullptr)
        << "whatever the port";
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
    const auto first = resolver_.resolve("localhost", 80, [&](const Resolver::Answer&) {
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

// The first thread is the resolver's own, the second Asio's.
TEST_F(ResolverTest, WithoutAThreadToAskOnTheLookupFailsAndTheNextOneTriesAgain)
{
    for (const int threads : {0, 1}) {
        Resolver resolver(reactor_);
        Answer refused, answered;
        {
            NoThreads none(threads);
            const auto lookup = resolver.resolve("localhost", 80, refused.callback());
            ASSERT_NE(lookup, nullptr) << threads;
            ASSERT_TRUE(until([&] { return refused.calls > 0; })) << threads;
        }
        EXPECT_EQ(refused.calls, 1) << threads;
        EXPECT_EQ(refused.error.category(), name_lookup_category()) << threads;
        EXPECT_EQ(refused.error.message(), "no thread could be started to look the name up");
        EXPECT_TRUE(refused.found.empty()) << threads;
        const auto again = resolver.resolve("localhost", 80, answered.callback());
        ASSERT_TRUE(until([&] { return answered.calls > 0; })) << threads;
        EXPECT_FALSE(answered.error) << threads << answered.error.message();
    }
}

}  // namespace
}  // namespace locustella::net
