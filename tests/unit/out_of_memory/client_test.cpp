// Requests while memory runs out: each fails or succeeds, is told once, is recorded at most once,
// and the next one works. Nothing is left behind, as the fixture of the clients' tests sees to.
#include <gtest/gtest.h>
#include <poll.h>
#include <zlib.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/pool.hpp"
#include "engine/recording.hpp"
#include "unit/client/client_fixture.hpp"
#include "unit/out_of_memory/refusal.hpp"

namespace locustella::client {
namespace {

using out_of_memory::AtWork;
using out_of_memory::Refusal;

std::string gzipped(const std::string& plain)
{
    z_stream z{};
    deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&z, plain.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(packed.data());
    z.avail_out = static_cast<uInt>(packed.size());
    deflate(&z, Z_FINISH);
    packed.resize(z.total_out);
    deflateEnd(&z);
    return packed;
}

const std::string large(std::size_t{1} << 20, 'z');

std::string answer(const std::string& request)
{
    static const std::string packed_large = gzipped(large);
    const auto asked = request.substr(request.find(' ') + 1);
    const auto is = [&](std::string_view target) { return asked.starts_with(target); };
    if (is("/moved"))
        return redirect_to(
            "/a-place-that-is-longer-than-a-short-string", 302,
            "Set-Cookie: a_cookie_that_is_long=and_so_is_its_value_that_comes_back\r\n");
    if (is("/packed"))
        return ok(packed_large, "Content-Encoding: gzip\r\n");
    if (is("/chunks"))
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    if (is("/close"))
        return "HTTP/1.1 200 OK\r\n\r\nas long as it takes";
    return ok("hello, whoever you are, and however long this may become");
}

// What happens in one try.
class Scene : public ClientTest {
public:
    explicit Scene(Refusal& refusal) : refusal_(refusal)
    {
        reactor_.report_exceptions_to([this](const std::exception_ptr&) { ++reported_; });
        server_ = &start_server();
        server_->answers = answer;
    }
    void TestBody() override {}

    Waiting& asked(const std::string& method, const std::string& target)
    {
        Waiting& exchange = request(method, server_->url(target));
        exchange.request.follow = true;
        return exchange;
    }

    // Whoever cannot even begin gets the exception, and gives up.
    void begin(Waiting& exchange)
    {
        try {
            const AtWork counting(refusal_);
            client_->start(exchange);
        } catch (const std::bad_alloc&) {
            give_up(exchange);
        }
    }

    void take_body(Waiting& exchange)
    {
        try {
            client_->take_body(exchange);
        } catch (const std::bad_alloc&) {
            give_up(exchange);
        }
    }

    void work(const std::function<bool()>& happened)
    {
        const auto end = base::monotonic_now() + 10 * base::nanos_per_second;
        while (!happened()) {
            ASSERT_LT(base::monotonic_now(), end)
                << "nobody was told, with " << refusal_.number() << " refused";
            pollfd waiting{reactor_.fd(), POLLIN, 0};
            ::poll(&waiting, 1, 1);
            {
                const AtWork counting(refusal_);
                reactor_.turn();
            }
            server_->pump();
            for (auto& connection : server_->connections)
                if (connection->request.starts_with("GET /close "))
                    connection->socket->close();
        }
    }

    void finish_all(const std::vector<Waiting*>& all)
    {
        for (Waiting* one : all)
            work([=] { return one->done && !one->queued(); });
        for (Waiting* one : all) {
            EXPECT_LE(one->resumed, 1) << "told twice, with " << refusal_.number() << " refused";
            if (one->failure)
                ++failed_;
        }
    }

    // Recorded once, or not at all.
    void record(const Waiting& exchange)
    {
        try {
            const AtWork counting(refusal_);
            engine::record(table_, exchange,
                           {.given = "/a-name-that-is-longer-than-a-short-string"}, context_.limits,
                           {.monotonic = 1, .wall = 1});
        } catch (const std::bad_alloc&) {
            return;
        }
        ++recorded_;
    }

    // With all the memory there is.
    void check_the_next()
    {
        Waiting& next = asked("GET", "/next");
        complete(next);
        EXPECT_FALSE(next.failure)
            << next.failure.code.message() << ", with " << refusal_.number() << " refused";
        std::int64_t in_entries = 0;
        table_.for_each([&](const auto& entry) { in_entries += entry.totals().requests; });
        EXPECT_EQ(table_.total().totals().requests, recorded_);
        EXPECT_EQ(in_entries, recorded_);
        TearDown();
    }

    Client& client() { return *client_; }
    Context& context() { return context_; }
    Server& server() { return *server_; }
    int failed() const { return failed_; }

private:
    void give_up(Waiting& exchange)
    {
        client_->abandon(exchange);
        exchange.failure = {Stage::send, std::make_error_code(std::errc::not_enough_memory), {}};
    }

    Refusal& refusal_;
    Server* server_;
    stats::Table table_;
    int reported_ = 0;
    int failed_ = 0;
    std::int64_t recorded_ = 0;
};

using Act = std::function<void(Scene&)>;

// Plays it until nothing is left to be refused, and once more: then it succeeds.
void play(const Act& act)
{
    int failed = 0;
    std::uint64_t refused = 0;
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Scene scene(refusal);
        act(scene);
        scene.check_the_next();
        failed += scene.failed() > 0;
        refused = refusal.number();
        if (!refusal.was_reached()) {
            EXPECT_EQ(scene.failed(), 0) << "nothing was refused";
        }
        if (testing::Test::HasFailure())
            return;
    }
    EXPECT_GT(refused, 5u) << "it does need memory";
    EXPECT_GT(failed, 0) << "and cannot do without all of it";
}

void ask(Scene& scene, const std::string& method, const std::string& target,
         const std::function<void(Waiting&)>& prepare = {})
{
    Waiting& exchange = scene.asked(method, target);
    if (prepare)
        prepare(exchange);
    scene.begin(exchange);
    scene.finish_all({&exchange});
    scene.record(exchange);
}

TEST(OutOfMemory, APlainRequest)
{
    play([](Scene& scene) { ask(scene, "GET", "/hello?and=a-query-that-makes-it-longer"); });
}

TEST(OutOfMemory, AKeptConnection)
{
    play([](Scene& scene) {
        ask(scene, "GET", "/one");
        ask(scene, "GET", "/chunks");
        ask(scene, "GET", "/close");
    });
}

TEST(OutOfMemory, ARedirectWithACookie)
{
    play([](Scene& scene) { ask(scene, "GET", "/moved"); });
}

TEST(OutOfMemory, ABodyThatIsDecodedInSlices)
{
    play([](Scene& scene) { ask(scene, "GET", "/packed"); });
}

TEST(OutOfMemory, ABodyThatIsSent)
{
    play([](Scene& scene) {
        ask(scene, "POST", "/hello",
            [](Waiting& exchange) { exchange.request.body.assign(100'000, 'x'); });
    });
}

TEST(OutOfMemory, ABodyThatIsReadPieceByPiece)
{
    play([](Scene& scene) {
        ask(scene, "GET", "/chunks", [&scene](Waiting& exchange) {
            exchange.request.stream = true;
            exchange.then = [&scene, &exchange] {
                exchange.resumed = 0;
                if (!exchange.done)
                    scene.take_body(exchange);
            };
        });
    });
}

TEST(OutOfMemory, AServerThatClosedItsKeptConnection)
{
    play([](Scene& scene) {
        Waiting& first = scene.asked("GET", "/one");
        scene.begin(first);
        scene.finish_all({&first});
        if (!scene.server().connections.empty())
            scene.server().connections.front()->socket->close();
        ask(scene, "GET", "/two");
    });
}

TEST(OutOfMemory, APortWhereNobodyListens)
{
    const auto nobody = net::closed_port();
    for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
        Scene scene(refusal);
        Waiting& exchange = scene.asked("GET", "/");
        http::Proxy proxy;
        proxy.kind = http::ProxyKind::http;
        proxy.host = "127.0.0.1";
        proxy.port = nobody.port();
        exchange.route = std::make_shared<const Route>(Route{.proxy = proxy});
        scene.begin(exchange);
        scene.finish_all({&exchange});
        EXPECT_TRUE(exchange.failure);
        scene.record(exchange);
        scene.check_the_next();
        if (HasFailure())
            return;
    }
}

TEST(OutOfMemory, ThoseWhoStandInLine)
{
    play([](Scene& scene) {
        scene.client().limit(1);
        std::vector<Waiting*> all;
        for (int i = 0; i < 4; ++i)
            all.push_back(&scene.asked("GET", "/in-line"));
        for (Waiting* one : all)
            scene.begin(*one);
        scene.finish_all(all);
        for (Waiting* one : all)
            scene.record(*one);
    });
}

TEST(OutOfMemory, APoolOfSeveralPlaces)
{
    play([](Scene& scene) {
        scene.client().use(new Pool({.most_at_once = 2, .most_idle = 1, .most_places = 1}));
        for (const char* target : {"/moved", "/close", "/hello"}) {
            std::vector<Waiting*> all;
            for (int i = 0; i < 3; ++i)
                all.push_back(&scene.asked("GET", target));
            for (Waiting* one : all)
                scene.begin(*one);
            scene.finish_all(all);
        }
    });
}

}  // namespace
}  // namespace locustella::client
