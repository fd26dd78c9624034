// One user's client and the servers it talks to, in one loop: the test says what each of them does
// next.
//
//   class MyTest : public ClientTest {};
//   TEST_F(MyTest, ...) {
//       Server& server = start_server();
//       Waiting& exchange = get(server, "/page");
//       Peer& peer = server.next_request();    // waits until the client has connected and asked
//       EXPECT_EQ(peer.request, "GET /page HTTP/1.1\r\n...");
//       peer.socket->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
//       finish(exchange);
//   }
//
// or, where the server's part is dull, server.answers = [](const std::string& request) { return
// "HTTP..."; }; When the test ends, nothing may be left of what it did: every connection that was
// opened is closed, no timer armed, no completion queued, no descriptor watched, and each server
// has seen the end of each connection.
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/client.hpp"
#include "http/error.hpp"
#include "http/header_block.hpp"
#include "unit/net/loopback_peer.hpp"

namespace locustella::client {

using base::Nanos;
using http::Dialect;
using http::Error;
using http::HeaderBlock;
using http::Hop;
using http::Origin;
using http::Phases;
using http::Proxy;
using http::Request;
using http::Response;
using http::Stage;
using http::Times;
using http::Upload;
using http::Url;

struct Waiting : Exchange {
    void run_deferred() override
    {
        ++resumed;
        if (then)
            then();
    }

    int resumed = 0;
    std::function<void()> then;
};

// One connection as the server sees it.
struct Served {
    std::unique_ptr<net::Peer> socket;
    std::string request;  // the latest whole one
    int requests = 0;

    // Takes a whole request out of what has been received; false while there is none.
    bool take_request();
};

class Server {
public:
    explicit Server(net::ListenerOptions options) : listener_(options), tls_(options.tls) {}

    void pump();
    std::string url(std::string_view target = "/") const;
    net::Listener& listener() { return listener_; }

    std::vector<std::unique_ptr<Served>> connections;
    // Given a whole request, what to send back; an empty answer sends nothing.
    std::function<std::string(const std::string& request)> answers;
    std::string host = "127.0.0.1";

private:
    net::Listener listener_;
    bool tls_;
};

// "HTTP/1.1 200 OK" with a length, these further fields ("Name: value\r\n") and the body.
std::string ok(std::string_view body, std::string_view fields = {});
std::string redirect_to(std::string_view location, int status = 302, std::string_view fields = {});

class ClientTest : public testing::Test {
protected:
    void TearDown() override;

    Server& start_server(net::ListenerOptions options = {});

    // A request to this place, not started yet. It lives as long as the test.
    Waiting& request(const std::string& method, const std::string& url);
    Waiting& start(Waiting& exchange);
    Waiting& get(const Server& server, const std::string& target = "/")
    {
        return start(request("GET", server.url(target)));
    }

    // One round of everybody. `until` goes round until it has happened, and fails the test after
    // half a minute.
    void round();
    void until(const std::function<bool()>& happened, const char* what);
    void finish(Waiting& exchange);
    // Runs the exchange to its end: started already or not.
    Waiting& complete(Waiting& exchange);
    // The connection, of any server, whose newest request has not been looked at.
    Served& next_request(Server& server);
    Served& next_connection(Server& server);
    void settle(int rounds = 5);
    // After the client: what TearDown expects of every test.
    void expect_nothing_left();

    reactor::Reactor reactor_;
    Context context_{reactor_};
    std::unique_ptr<Client> client_ = std::make_unique<Client>(context_);
    std::vector<std::unique_ptr<Waiting>> exchanges_;
    std::vector<std::unique_ptr<Server>> servers_;
    std::vector<std::function<void()>> bystanders_;  // called in every round
};

}  // namespace locustella::client
