// A user that needs no Python: on a reactor thread of its own, with its requests in the table as
// Python's users have theirs.
#include "engine/recording.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/unix_clock.hpp"
#include "client/client.hpp"
#include "engine/reactor_thread.hpp"
#include "unit/engine/server_thread.hpp"

namespace locustella::engine {
namespace {

using http::Dialect;

struct Call {
    std::string target;
    std::uint16_t port;
    std::string name = {};
    std::string method = "GET";
};

// Makes its calls one after the other, and ends its thread.
class User final : public client::Exchange {
public:
    User(ThreadContext& context, stats::Table& table, Dialect dialect, std::vector<Call> calls)
        : context_(context),
          client_(context.http()),
          table_(table),
          calls_(std::move(calls))
    {
        request.dialect = dialect;
        go_on();
    }
    ~User() { client_.abandon(*this); }

    void run_deferred() override
    {
        const auto now = base::monotonic_now();
        const Call& call = calls_[at_++];
        record(table_, *this, {.name = call.name, .target = call.target, .given = call.target},
               context_.http().limits, {.monotonic = now, .wall = base::unix_clock().at(now)});
        at_ == calls_.size() ? context_.reactor().stop() : go_on();
    }

private:
    void go_on()
    {
        const Call& call = calls_[at_];
        request.method = call.method;
        request.origin = {.tls = false, .host = "localhost", .port = call.port};
        request.target = call.target;
        request.follow = true;
        request.timeouts.read = call.target == "/silent" ? base::nanos_per_second / 50 : 0;
        client_.start(*this);
    }

    ThreadContext& context_;
    client::Client client_;
    stats::Table& table_;
    std::vector<Call> calls_;
    std::size_t at_ = 0;
};

std::string answer(const std::string& request)
{
    const auto asked = request.substr(request.find(' ') + 1);
    if (asked.starts_with("/gone"))
        return "HTTP/1.1 404 N\xe9"
               "ant\r\nContent-Length: 0\r\n\r\n";
    if (asked.starts_with("/moved"))
        return client::redirect_to("/hello");
    if (asked.starts_with("/silent"))
        return {};
    return client::ok("hello");
}

// A port that nobody listens on: one that somebody did.
std::uint16_t free_port()
{
    return net::Listener().port();
}

std::unique_ptr<stats::Table> table_after(Dialect dialect, const std::vector<Call>& calls)
{
    stats::Table::Options options;
    options.phases = true;
    auto table = std::make_unique<stats::Table>(0, options);
    Engine engine;
    int errors = 0;
    ReactorThread thread(engine, [&](const std::exception_ptr&) { ++errors; });
    std::unique_ptr<User> user;
    thread.post([&](ThreadContext& context) {
        user = std::make_unique<User>(context, *table, dialect, calls);
    });
    thread.join();
    EXPECT_EQ(errors, 0);
    user.reset();
    return table;
}

std::int64_t occurrences(const stats::Table& table, std::string_view method, std::string_view name,
                         std::string_view error)
{
    const auto failure = table.failures().find(method, name, error);
    return failure ? failure->occurrences : 0;
}

TEST(Recording, SaysHowSureTheTimeIs)
{
    struct Finished final : client::Exchange {
        void run_deferred() override {}
    } exchange;
    exchange.times.certainty = base::Certainty::upper_bound;
    stats::Table table;
    record(table, exchange, {.name = "a"}, {}, {});
    EXPECT_EQ(table.total().totals().ended(base::Certainty::upper_bound), 1);
}

TEST(Recording, AnHttpUsersRequests)
{
    ServerThread server(answer);
    const auto port = server.port();
    const auto table = table_after(Dialect::requests, {{"/hello?a=1", port},
                                                       {"/hello?a=1", port},
                                                       {"/hello?a=2", port, "named"},
                                                       {"/gone", port},
                                                       {"/gone", port},
                                                       {"/closed", free_port()}});
    EXPECT_EQ(table->total().totals().requests, 6);
    EXPECT_EQ(table->total().totals().failures, 3);
    ASSERT_NE(table->find("GET", "/hello?a=1"), nullptr);
    const auto& hello = *table->find("GET", "/hello?a=1");
    EXPECT_EQ(hello.totals().requests, 2);
    EXPECT_EQ(hello.totals().failures, 0);
    EXPECT_EQ(hello.totals().content_length().value, 10);
    ASSERT_NE(hello.phases(), nullptr);
    EXPECT_EQ(hello.phases()->requests(), 2u);
    EXPECT_EQ(hello.phases()->of(stats::connect).happened, 1u);
    EXPECT_EQ(hello.phases()->of(stats::first_byte).happened, 2u);
    EXPECT_NE(table->find("GET", "named"), nullptr);
    EXPECT_EQ(occurrences(*table, "GET", "/gone",
                          "HTTPError('404 Client Error: N\u00e9ant for url: /gone')"),
              2);
    EXPECT_EQ(
        occurrences(*table, "GET", "/closed", "ConnectionRefusedError(111, 'Connection refused')"),
        1);
    EXPECT_EQ(table->find("GET", "/closed")->totals().failures, 1);
    EXPECT_EQ(table->find("GET", "/closed")->totals().content_length().value, 0);
}

TEST(Recording, AFastHttpUsersRequests)
{
    ServerThread server(answer);
    const auto port = server.port();
    const auto table = table_after(
        Dialect::geventhttpclient,
        {{"/hello", port}, {"/gone", port}, {"/silent", port}, {"/closed", free_port()}});
    EXPECT_EQ(table->total().totals().requests, 4);
    EXPECT_EQ(table->total().totals().failures, 3);
    EXPECT_EQ(occurrences(*table, "GET", "/gone", "LocustBadStatusCode(code=404)"), 1);
    EXPECT_EQ(occurrences(*table, "GET", "/silent",
                          "RetriesExceeded('http://localhost:" + std::to_string(port) +
                              "/silent', 0, original=timed out)"),
              1);
    EXPECT_EQ(
        occurrences(*table, "GET", "/closed", "ConnectionRefusedError(111, 'Connection refused')"),
        1);
    EXPECT_GT(table->find("GET", "/silent")->totals().max_ms().value, 10);
}

TEST(Recording, ARedirectedRequestIsWhatWasAsked)
{
    ServerThread server(answer);
    Call call{"/moved", server.port()};
    call.method = "POST";
    const auto table = table_after(Dialect::requests, {call});
    ASSERT_NE(table->find("POST", "/moved"), nullptr);
    EXPECT_EQ(table->find("POST", "/moved")->totals().failures, 0);
    EXPECT_EQ(table->total().totals().requests, 1);
}

}  // namespace
}  // namespace locustella::engine
