// HTTP clients on two reactor threads beside a third reactor that is turned by hand, as a hub turns
// it: all of them look the same name up, ask one server, and their statistics become one table.
// Meant for ThreadSanitizer.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/unix_clock.hpp"
#include "client/client.hpp"
#include "engine/reactor_thread.hpp"
#include "load/recorder.hpp"
#include "stats/table.hpp"
#include "unit/engine/server_thread.hpp"

namespace locustella::engine {
namespace {

using client::Client;
using client::Exchange;

constexpr int users = 8;
constexpr int requests_each = 50;

// One user: asks again and again, and counts its answers in its thread's table.
class User final : public Exchange {
public:
    User(ThreadContext& context, stats::Table& table, std::uint16_t port,
         std::function<void()> done)
        : client_(context.http()),
          table_(table),
          done_(std::move(done))
    {
        request.origin = {.tls = false, .host = "localhost", .port = port};
        request.target = "/hello";
    }
    ~User() { client_.abandon(*this); }

    void go_on() { client_.start(*this); }

    void run_deferred() override
    {
        const auto now = base::monotonic_now();
        load::record(table_,
                     {.method = "GET",
                      .name = failure ? "failed" : "/hello",
                      .begun = times.begun,
                      .taken = times.taken(),
                      .bytes = static_cast<std::int64_t>(response.body().size())},
                     {.monotonic = now, .wall = base::unix_clock().at(now)});
        ++left_ == requests_each ? done_() : go_on();
    }

private:
    Client client_;
    stats::Table& table_;
    std::function<void()> done_;
    int left_ = 0;
};

// What one thread has: made, used and taken apart on it.
struct Shard {
    Shard(ThreadContext& context, std::uint16_t port, std::function<void()> all_done)
        : finished(std::move(all_done))
    {
        for (int i = 0; i < users; ++i)
            crowd.push_back(std::make_unique<User>(context, table, port, [this] {
                if (++done == users)
                    finished();
            }));
        for (auto& user : crowd)
            user->go_on();
    }

    stats::Table table;
    std::function<void()> finished;
    std::vector<std::unique_ptr<User>> crowd;
    int done = 0;
};

void turn_until(ThreadContext& hub, const std::function<bool()>& happened)
{
    const auto end = base::monotonic_now() + 60 * base::nanos_per_second;
    while (!happened()) {
        ASSERT_LT(base::monotonic_now(), end);
        pollfd waiting{hub.reactor().fd(), POLLIN, 0};
        ::poll(&waiting, 1, 100);
        hub.reactor().turn();
    }
}

TEST(Threads, ClientsOfThreeReactorsAskOneServerAndTheirStatisticsBecomeOneTable)
{
    ServerThread server([](const std::string&) { return client::ok("hello"); });
    Engine engine;
    ThreadContext hub(engine);
    hub.reactor().measure_stalls();
    stats::Table all;
    int merged = 0;
    std::atomic<int> errors = 0;
    const auto count = [&](const std::exception_ptr&) { ++errors; };
    ReactorThread first(engine, count), second(engine, count);
    std::map<ReactorThread*, std::unique_ptr<Shard>> shards{};
    const auto merge_at_hub = [&](ReactorThread* thread, std::unique_ptr<Shard>* shard) {
        all.merge((*shard)->table);
        ++merged;
        thread->post([shard](ThreadContext& context) {
            shard->reset();
            context.reactor().stop();
        });
    };
    for (ReactorThread* thread : {&first, &second}) {
        auto* shard = &shards[thread];
        // When it is done its table goes to the hub, which merges it while the other goes on.
        const auto done = [&hub, &merge_at_hub, thread, shard] {
            hub.reactor().post([&merge_at_hub, thread, shard] { merge_at_hub(thread, shard); });
        };
        thread->post([&server, shard, done](ThreadContext& context) {
            *shard = std::make_unique<Shard>(context, server.port(), done);
        });
    }
    std::unique_ptr<Shard> own;
    own = std::make_unique<Shard>(hub, server.port(), [&] {
        all.merge(own->table);
        ++merged;
    });
    // Settings change under way.
    engine.change([](Settings& settings) { settings.limits.body = 1 << 20; });
    turn_until(hub, [&] { return merged == 3; });
    own.reset();
    first.join();
    second.join();
    EXPECT_EQ(errors, 0);
    ASSERT_EQ(all.find("GET", "failed"), nullptr);
    ASSERT_NE(all.find("GET", "/hello"), nullptr);
    EXPECT_EQ(all.find("GET", "/hello")->totals().requests, 3 * users * requests_each);
    EXPECT_EQ(all.total().totals().requests, 3 * users * requests_each);
    for (ThreadContext* context : {&hub, &first.context(), &second.context()}) {
        EXPECT_EQ(context->http().counts.opened, context->http().counts.closed);
        EXPECT_EQ(context->http().counts.opened, static_cast<std::uint64_t>(users));
        EXPECT_EQ(context->http().resolver.questions(), 1u);
        EXPECT_EQ(context->http().limits.body, std::size_t{1} << 20);
    }
}

}  // namespace
}  // namespace locustella::engine
