// What a reactor calls, as tests need it: each says in a log that it was called, and does what the
// test has told it to.
//
//   class MyTest : public ReactorTest {};
//   Ear ear(reactor_, log_, "read"); Alarm alarm(log_, "timer"); Step send(log_, "send");
//   ear.then = [&] { reactor_.send_later(send); };
//   ear.speak(); reactor_.turn();         // log_: {"read", "send"}
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"

namespace locustella::reactor {

using Log = std::vector<std::string>;
using Action = std::function<void()>;

inline constexpr int long_enough_ms = 10'000;
inline constexpr int at_once = 0;

struct Step : Deferred {
    Step(Log& log, std::string name) : log_(&log), name_(std::move(name)) {}
    void run_deferred() override
    {
        log_->push_back(name_);
        if (then)
            then();
    }
    Action then;

private:
    Log* log_;
    std::string name_;
};

struct Alarm : Timer {
    Alarm(Log& log, std::string name) : log_(&log), name_(std::move(name)) {}
    void on_timer(Nanos late_by) override
    {
        EXPECT_GE(late_by, 0);
        log_->push_back(name_);
        if (then)
            then();
    }
    Action then;

private:
    Log* log_;
    std::string name_;
};

// One end of a socket pair; the test writes to the other.
class Ear : public Watcher {
public:
    Ear(Reactor& reactor, Log& log, std::string name)
        : reactor_(reactor),
          log_(&log),
          name_(std::move(name))
    {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
        reactor_.watch(ends_[0], *this);
        watched_ = true;
    }
    ~Ear()
    {
        forget();
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    void on_ready(std::uint32_t ready) override
    {
        events = ready;
        std::array<char, 16> bytes;
        if (::read(ends_[0], bytes.data(), bytes.size()) <= 0)
            return;  // writable, no more
        log_->push_back(name_);
        if (then)
            then();
    }
    int fd() const { return ends_[0]; }
    void speak() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
    void hang_up() { ::shutdown(ends_[1], SHUT_RDWR); }
    void forget()
    {
        if (std::exchange(watched_, false))
            reactor_.forget(ends_[0], *this);
    }

    Action then;
    std::uint32_t events = 0;

private:
    Reactor& reactor_;
    Log* log_;
    std::string name_;
    std::array<int, 2> ends_{-1, -1};
    bool watched_ = false;
};

class ReactorTest : public testing::Test {
protected:
    bool readable(int milliseconds) const
    {
        pollfd waiting{reactor_.fd(), POLLIN, 0};
        return ::poll(&waiting, 1, milliseconds) == 1;
    }
    // A new socket is writable, which is an event of its own.
    void settle()
    {
        for (int i = 0; i < 8 && readable(at_once); ++i)
            reactor_.turn();
        ASSERT_FALSE(readable(at_once));
        log_.clear();
    }

    Log log_;
    Reactor reactor_;
};

}  // namespace locustella::reactor
