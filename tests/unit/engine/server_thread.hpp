// A server of the clients' fixture, on a thread of its own, for clients that run on theirs.
//
//   ServerThread server([](const std::string& request) { return client::ok("hello"); });
//   ... "localhost", server.port() ...
//
// Thread: the test's; the answers are made on the server's.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "unit/client/client_fixture.hpp"

namespace locustella::engine {

class ServerThread {
public:
    explicit ServerThread(std::function<std::string(const std::string&)> answers)
    {
        server_.host = "localhost";
        server_.answers = std::move(answers);
        thread_ = std::thread([this] {
            while (!stopped_) {
                server_.pump();
                std::this_thread::yield();
            }
        });
    }
    ~ServerThread()
    {
        stopped_ = true;
        thread_.join();
    }

    std::uint16_t port() { return server_.listener().port(); }

private:
    client::Server server_{net::ListenerOptions{}};
    std::atomic<bool> stopped_ = false;
    std::thread thread_;
};

}  // namespace locustella::engine
