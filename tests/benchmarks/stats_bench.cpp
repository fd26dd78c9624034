// What recording one request costs, by the number of names, and what reading the results costs.
//
//   stats_bench --benchmark_filter=Record
//
// Record/N draws its names at random from N, its times from a wide log-normal, and lets the wall
// clock advance by 10 us a request (100,000 requests per second), so new seconds and their
// snapshots are part of the price. RecordSparse is the worst case for them: every request of a name
// falls into a new second.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "stats/table.hpp"

namespace {

using locustella::stats::Entry;
using locustella::stats::Table;

constexpr double noon = 1'700'000'000;
constexpr std::size_t draws = 1 << 16;

// Requests in the order of their recording, names and all, so that reading them costs no cache
// misses of its own: the program's next request has its name at hand.
struct Traffic {
    explicit Traffic(std::int64_t name_count)
    {
        std::mt19937_64 random{1};
        std::uniform_int_distribution<std::int64_t> pick{0, name_count - 1};
        std::lognormal_distribution<double> time_ms{1, 1.2};
        for (std::size_t i = 0; i < draws; ++i) {
            auto& request = requests.emplace_back();
            const auto name = "/api/v1/products/" + std::to_string(pick(random)) + "/reviews";
            request.size = static_cast<std::uint32_t>(name.copy(request.name, sizeof request.name));
            request.ms = time_ms(random);
        }
    }

    struct Request {
        double ms;
        std::uint32_t size;
        char name[44];
        std::string_view view() const { return {name, size}; }
    };
    std::vector<Request> requests;
};

using locustella::stats::Number;
using locustella::stats::Sample;

Sample sample_of(const Traffic::Request& request, double now)
{
    return {.method = "GET",
            .name = request.view(),
            .response_ms = Number{request.ms},
            .content_length = {512, true},
            .wall_now = now};
}

void warm_up(Table& table, const Traffic& traffic)
{
    for (std::size_t i = 0; i < draws * 4; ++i)
        table.record(sample_of(traffic.requests[i % draws], noon));
}

void record(benchmark::State& state, double seconds_per_request, std::size_t snapshots)
{
    const Traffic traffic{state.range(0)};
    Table table{noon, {.snapshots = snapshots}};
    warm_up(table, traffic);
    double now = noon;
    std::size_t i = 0;
    for (auto _ : state) {
        table.record(sample_of(traffic.requests[i], now));
        now += seconds_per_request;
        i = (i + 1) % draws;
    }
    state.SetItemsProcessed(state.iterations());
}

void Record(benchmark::State& state)
{
    record(state, 1e-5, 20);
}
void RecordWithoutSnapshots(benchmark::State& state)
{
    record(state, 1e-5, 0);
}
void RecordSparse(benchmark::State& state)
{
    record(state, 1.0 / static_cast<double>(state.range(0)), 20);
}

void Failure(benchmark::State& state)
{
    const Traffic traffic{state.range(0)};
    Table table{noon};
    warm_up(table, traffic);
    std::size_t i = 0;
    for (auto _ : state) {
        table.log_error("GET", traffic.requests[i].view(), "connection refused", noon);
        i = (i + 1) % draws;
    }
}

// What an output costs the thread that records; its own thread is not in it.
void RecordForAReader(benchmark::State& state)
{
    const Traffic traffic{state.range(0)};
    Table table{noon};
    const auto queue = std::make_shared<locustella::stats::SampleQueue>();
    warm_up(table, traffic);
    table.add_reader(queue);
    std::size_t i = 0;
    for (auto _ : state) {
        table.record(sample_of(traffic.requests[i], noon));
        i = (i + 1) % draws;
        if (i % 4'096 == 0) {
            state.PauseTiming();
            queue->read();
            queue->read(0);
            state.ResumeTiming();
        }
    }
}

// What a page costs that looks each second, with so many entries that were all busy since.
void Snapshot(benchmark::State& state)
{
    const Traffic traffic{state.range(0)};
    Table table{noon, {.snapshots = 20}};
    warm_up(table, traffic);
    auto shown = table.snapshot(noon);
    for (auto _ : state) {
        state.PauseTiming();
        for (std::size_t i = 0; i < draws; ++i)
            table.record(sample_of(traffic.requests[i], noon));
        state.ResumeTiming();
        shown = table.snapshot(noon);
    }
}

void SnapshotOfIdleEntries(benchmark::State& state)
{
    const Traffic traffic{state.range(0)};
    Table table{noon, {.snapshots = 20}};
    warm_up(table, traffic);
    for (auto _ : state)
        benchmark::DoNotOptimize(table.snapshot(noon));
}

void LocustPercentile(benchmark::State& state)
{
    const Traffic traffic{1};
    Table table{noon};
    warm_up(table, traffic);
    for (auto _ : state)
        benchmark::DoNotOptimize(table.total().locust_percentile(0.99));
}

void PrecisePercentile(benchmark::State& state)
{
    const Traffic traffic{1};
    Table table{noon};
    warm_up(table, traffic);
    for (auto _ : state)
        benchmark::DoNotOptimize(table.total().percentile_ms(0.99));
}

void Merge(benchmark::State& state)
{
    const Traffic traffic{1};
    Table table{noon};
    warm_up(table, traffic);
    Entry sum{"", "", noon};
    for (auto _ : state)
        sum.extend(table.total());
}

BENCHMARK(Record)->Arg(1)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000)->Arg(30'000);
BENCHMARK(RecordWithoutSnapshots)->Arg(10)->Arg(10'000);
BENCHMARK(RecordSparse)->Arg(10)->Arg(10'000);
BENCHMARK(Failure)->Arg(10)->Arg(10'000);
BENCHMARK(RecordForAReader)->Arg(10)->Arg(10'000);
BENCHMARK(Snapshot)->Arg(1'000)->Arg(10'000);
BENCHMARK(SnapshotOfIdleEntries)->Arg(10'000);
BENCHMARK(LocustPercentile);
BENCHMARK(PrecisePercentile);
BENCHMARK(Merge);

}  // namespace

BENCHMARK_MAIN();
