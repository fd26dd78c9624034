// Where other threads leave work for a reactor: the resolver's answers, a request to stop.
//
//   mailbox.post([this] { ... });     // any thread; the reactor's thread runs it in its next turn
//   ::poll(mailbox.fd()) ...             // readable while letters wait
//   mailbox.deliver();                   // the reactor's thread
//
// When a letter throws, deliver() passes that on; the letters behind it stay, and are the first of
// the next delivery.
//
// Thread: post() and wake() from any; everything else from the reactor's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace locustella::reactor {

class Mailbox {
public:
    using Letter = std::function<void()>;

    Mailbox();  // throws std::system_error when the process is out of descriptors
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    void post(Letter letter);
    void wake();  // makes fd() readable, without a letter
    int fd() const { return fd_; }
    void deliver();
    // Gives the descriptor back; letters are dropped from now on. The reactor's thread has ended.
    void close();

private:
    void strike();

    int fd_;  // other threads look at it under the mutex; -1: closed
    std::mutex mutex_;
    std::vector<Letter> letters_;     // under the mutex
    std::vector<Letter> delivering_;  // the reactor's
    std::size_t next_ = 0;            // of those
};

}  // namespace locustella::reactor
