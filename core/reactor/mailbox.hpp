// Where other threads leave work for a reactor: the resolver's answers, a request to stop.
//
//   mailbox.post([this] { ... });     // any thread; the reactor's thread runs it in its next turn
//   ::poll(mailbox.fd()) ...             // readable while letters wait
//   mailbox.deliver();                   // the reactor's thread
//
// Thread: post() from any; everything else from the reactor's thread.
#pragma once

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
    int fd() const { return fd_; }
    void deliver();

private:
    int fd_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
};

}  // namespace locustella::reactor
