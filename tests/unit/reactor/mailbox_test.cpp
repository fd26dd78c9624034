#include "reactor/mailbox.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <thread>
#include <vector>

namespace locustella::reactor {
namespace {

bool readable(int fd, int milliseconds = 0)
{
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, milliseconds) == 1;
}

TEST(Mailbox, IsReadableWhileLettersWaitAndOnlyThen)
{
    Mailbox mailbox;
    EXPECT_FALSE(readable(mailbox.fd()));
    int delivered = 0;
    mailbox.post([&] { ++delivered; });
    mailbox.post([&] { ++delivered; });
    EXPECT_TRUE(readable(mailbox.fd()));
    mailbox.deliver();
    EXPECT_EQ(delivered, 2);
    EXPECT_FALSE(readable(mailbox.fd()));
}

TEST(Mailbox, LettersPostedByALetterAreDeliveredNextTime)
{
    Mailbox mailbox;
    std::vector<int> order;
    mailbox.post([&] {
        order.push_back(1);
        mailbox.post([&] { order.push_back(2); });
    });
    mailbox.deliver();
    EXPECT_EQ(order, (std::vector{1}));
    EXPECT_TRUE(readable(mailbox.fd()));
    mailbox.deliver();
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(Mailbox, AnEmptyOneDeliversNothing)
{
    Mailbox mailbox;
    mailbox.deliver();
    EXPECT_FALSE(readable(mailbox.fd()));
}

TEST(Mailbox, EveryLetterOfManyThreadsArrivesOnceAndInItsThreadsOrder)
{
    constexpr int threads = 4, letters = 500;
    Mailbox mailbox;
    std::vector<std::vector<int>> arrived(threads);
    std::vector<std::thread> writers;
    for (int thread = 0; thread < threads; ++thread)
        writers.emplace_back([&mailbox, &arrived, thread] {
            for (int i = 0; i < letters; ++i)
                mailbox.post([&arrived, thread, i] { arrived[thread].push_back(i); });
        });
    const auto all_there = [&] {
        std::size_t count = 0;
        for (const auto& one : arrived)
            count += one.size();
        return count == threads * letters;
    };
    while (!all_there() && readable(mailbox.fd(), 10'000))
        mailbox.deliver();
    for (auto& writer : writers)
        writer.join();
    for (const auto& one : arrived) {
        ASSERT_EQ(one.size(), static_cast<std::size_t>(letters));
        for (int i = 0; i < letters; ++i)
            ASSERT_EQ(one[i], i);
    }
}

TEST(Mailbox, WhatALetterOwnsMayPostWhenItIsClosed)
{
    Mailbox mailbox;
    const auto answers = [&mailbox](int*) { mailbox.post([] {}); };
    int nobody = 0;
    mailbox.post([owned = std::shared_ptr<int>(&nobody, answers)] {});
    mailbox.close();
    EXPECT_EQ(mailbox.fd(), -1);
}

}  // namespace
}  // namespace locustella::reactor
