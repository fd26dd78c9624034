// Settings as each thread sees them, and what a reactor's thread does when it is told to stop.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "client/client.hpp"
#include "engine/reactor_thread.hpp"
#include "unit/net/no_threads.hpp"

namespace locustella::engine {
namespace {

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// What a thread says about itself, when it has said it.
template <class Value>
Value ask(ReactorThread& thread, Value (*question)(ThreadContext&))
{
    std::atomic<bool> answered = false;
    Value value{};
    thread.post([&](ThreadContext& context) {
        value = question(context);
        answered = true;
        answered.notify_one();
    });
    answered.wait(false);
    return value;
}

std::size_t body_limit(ThreadContext& context)
{
    return context.http().limits.body;
}

TEST(Engine, AChangeHoldsForTheCallersThreadAtOnceAndForOthersFromTheirNextTurn)
{
    Engine engine;
    ThreadContext own(engine);
    ReactorThread other(engine, nullptr);
    engine.change([](Settings& settings) { settings.limits.body = 1234; });
    EXPECT_EQ(own.http().limits.body, 1234u);
    EXPECT_EQ(own.settings().limits.body, 1234u);
    EXPECT_EQ(ask(other, body_limit), 1234u);
    ThreadContext later(engine);
    EXPECT_EQ(later.http().limits.body, 1234u);
}

TEST(Engine, AViewOnceTakenStaysAsItIs)
{
    Engine engine;
    const SharedSettings before = engine.settings();
    engine.change([](Settings& settings) { settings.limits.fields = 7; });
    EXPECT_NE(before->limits.fields, 7u);
    EXPECT_EQ(engine.settings()->limits.fields, 7u);
}

TEST(Engine, AChangeThatThrowsChangesNothing)
{
    Engine engine;
    ThreadContext own(engine);
    const SharedSettings before = engine.settings();
    EXPECT_THROW(engine.change([](Settings& settings) {
        settings.limits.body = 1;
        throw std::invalid_argument("no such size");
    }),
                 std::invalid_argument);
    EXPECT_EQ(engine.settings(), before);
    EXPECT_NE(own.http().limits.body, 1u);
}

TEST(Engine, FixedNamesHoldForEveryThread)
{
    Engine engine;
    ReactorThread other(engine, nullptr);
    engine.change([](Settings& settings) {
        settings.resolver.fixed = {
            {.host = "shop.test", .addresses = {boost::asio::ip::make_address("127.0.0.9")}}};
    });
    EXPECT_EQ(ask<std::string>(other,
                               [](ThreadContext& context) {
                                   std::string found;
                                   const auto lookup = context.http().resolver.resolve(
                                       "shop.test", 80, [&](const net::Resolver::Answer& answer) {
                                           found = answer.endpoints.at(0).address().to_string();
                                       });
                                   return found;
                               }),
              "127.0.0.9");
}

TEST(Engine, WhoGivesTheSameListOfAddressesSharesIt)
{
    Engine engine;
    std::string problem;
    const auto first = engine.sources("127.0.0.1-127.0.0.4", problem);
    ASSERT_NE(first, nullptr) << problem;
    EXPECT_EQ(engine.sources("127.0.0.1-127.0.0.4", problem), first);
    EXPECT_EQ(engine.sources("", problem), nullptr);
    EXPECT_TRUE(problem.empty());
    EXPECT_EQ(engine.sources("nonsense", problem), nullptr);
    EXPECT_FALSE(problem.empty());
}

TEST(Engine, AListThatNobodyHasIsForgottenAndGoneOnWith)
{
    Engine engine;
    std::string problem;
    const net::Endpoint target(net::Address(boost::asio::ip::make_address("127.0.0.1")), 80);
    std::string order;
    std::weak_ptr<const net::SourceAddresses> last;
    for (int session = 0; session < 3; ++session) {
        const auto sources = engine.sources("127.0.0.1-127.0.0.2", problem);
        order += sources->next(target)->to_string() + ' ';
        last = sources;
    }
    EXPECT_EQ(order, "127.0.0.1 127.0.0.2 127.0.0.1 ");
    EXPECT_TRUE(last.expired());
}

// What a child does, which has nothing but the thread that has forked it.
bool child_can_use(Engine& engine)
{
    engine.before_fork();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);  // a lock that nobody gives back
        engine.after_fork_in_child();
        engine.change([](Settings& settings) { settings.limits.body = 1; });
        ::_exit(engine.settings()->limits.body == 1 ? 0 : 1);
    }
    engine.after_fork_in_parent();
    int status = -1;
    ::waitpid(child, &status, 0);
    return status == 0;
}

TEST(Engine, AForkedChildCanUseItWhateverTheOtherThreadsDo)
{
    Engine engine;
    ThreadContext own(engine);
    ReactorThread other(engine, nullptr);
    std::atomic<bool> over = false;
    std::thread busy([&] {
        while (!over)
            engine.change([](Settings& settings) { ++settings.limits.head; });
    });
    for (int fork = 0; fork < 20; ++fork)
        EXPECT_TRUE(child_can_use(engine));
    over = true;
    busy.join();
}

TEST(ThreadContext, ReleasedItHasNoDescriptorAndItsClientsMayStillGo)
{
    Engine engine;
    const std::size_t before = open_descriptors();
    ThreadContext context(engine);
    auto client = std::make_unique<client::Client>(context.http());
    EXPECT_GT(open_descriptors(), before);
    context.release();
    context.release();
    EXPECT_EQ(open_descriptors(), before);
    engine.change([](Settings& settings) { settings.limits.body = 5; });
    client.reset();
}

TEST(ReactorThread, StopsHoweverOftenAndWheneverItIsTold)
{
    Engine engine;
    for (int round = 0; round < 100; ++round) {
        ReactorThread thread(engine, nullptr);
        std::thread other([&] { thread.stop(); });
        thread.stop();
        other.join();
        thread.join();
        thread.stop();
        thread.join();
    }
}

TEST(ReactorThread, ALetterThatStopsIsBehindThoseBeforeIt)
{
    Engine engine;
    int ran = 0;
    ReactorThread thread(engine, nullptr);
    for (int i = 0; i < 100; ++i)
        thread.post([&](ThreadContext& context) {
            EXPECT_TRUE(context.is_of_this_thread());
            ++ran;
        });
    thread.post([](ThreadContext& context) { context.reactor().stop(); });
    thread.join();
    EXPECT_EQ(ran, 100);
    EXPECT_TRUE(thread.context().is_of_this_thread());
}

TEST(ReactorThread, WhatACallbackThrowsIsReportedAndTheThreadGoesOn)
{
    Engine engine;
    std::atomic<int> no_memory = 0, others = 0;
    ReactorThread thread(engine, [&](const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::bad_alloc&) {
            ++no_memory;
        } catch (...) {
            ++others;
        }
        throw std::runtime_error("nor can it be reported");
    });
    thread.post([](ThreadContext&) { throw std::bad_alloc(); });
    thread.post([](ThreadContext&) { throw 42; });
    EXPECT_GT(ask(thread, body_limit), 0u);
    thread.stop();
    thread.join();
    EXPECT_EQ(no_memory, 1);
    EXPECT_EQ(others, 1);
}

TEST(ReactorThread, WithoutAThreadToBeHadItsMakerIsTold)
{
    Engine engine;
    const std::size_t before = open_descriptors();
    {
        net::NoThreads none;
        EXPECT_THROW(ReactorThread(engine, nullptr), std::system_error);
    }
    EXPECT_EQ(open_descriptors(), before);
    engine.change([](Settings& settings) { settings.limits.body = 5; });
}

}  // namespace
}  // namespace locustella::engine
