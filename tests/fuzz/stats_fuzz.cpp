// A recording thread's table, its deltas, their merge, and a reader of its samples.
//
// Input: pairs of bytes. The first is what happens, the second what to: a request of one of 16
// names (failed or not), a delta that is merged, a failure taken out or set, a snapshot, a read.
// Claims: merged deltas are the whole; no occurrence and no sample is lost but those counted as
// such; limits hold; a snapshot does not change.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "fuzz/expect.hpp"
#include "stats/table.hpp"

namespace locustella::stats {
namespace {

using fuzz::expect;

constexpr double noon = 1'700'000'000;

Table::Options narrow()
{
    Table::Options options;
    options.names = 8;
    options.errors = 6;
    options.snapshots = 4;
    options.phases = true;
    return options;
}

std::int64_t occurrences(const Table& table)
{
    std::int64_t sum = 0;
    table.failures().for_each([&](const Failure& failure) { sum += failure.occurrences; });
    return sum;
}

class Life {
public:
    Life() { recording_.add_reader(queue_); }

    void step(std::uint8_t what, std::uint8_t to)
    {
        now_ += what / 64.0;
        switch (what % 8) {
        case 0: merge(); break;
        case 1: read(to); break;
        case 2: look(); break;
        case 3: recording_.total().times_since(static_cast<std::int64_t>(noon) + to); break;
        default: record(what, to);
        }
    }

    void end()
    {
        merge();
        read(255);
        read(255);
        const Totals &all = whole_.total().totals(), &sum = sum_.total().totals();
        expect(all.requests == sum.requests && all.failures == sum.failures, "nothing is lost");
        expect(all.none_requests == sum.none_requests && all.ends == sum.ends, "of no kind");
        expect(whole_.total().rounded_times().buckets() == sum_.total().rounded_times().buckets(),
               "the times are the same");
        expect(occurrences(whole_) == all.failures && occurrences(sum_) == all.failures,
               "every failure is counted once");
        std::int64_t in_entries = 0;
        sum_.for_each([&](const Entry& entry) { in_entries += entry.totals().requests; });
        expect(in_entries == all.requests, "every request is in an entry");
        expect(sum_.size() <= 8 + 4, "names are bounded");
        expect(sum_.failures().size() <= 6 + 16 * 4 + 1, "errors are bounded");
        expect(read_ + queue_->dropped() == static_cast<std::uint64_t>(all.requests),
               "a sample is read or counted as dropped");
        if (snapshot_)
            expect(snapshot_->total->totals().requests == requests_then_, "a snapshot stays");
    }

private:
    void record(std::uint8_t what, std::uint8_t to)
    {
        const std::string name = "/" + std::to_string(to % 16);
        const std::string error = what & 8 ? "error " + std::to_string(to / 16) : "";
        const Phases phases{0, to, 0, 0, what * 1'000, 1};
        Sample sample{.method = what & 16 ? "GET" : "POST", .name = name};
        if (to % 5 != 0)
            sample.response_ms = Number{static_cast<double>(what) * to, true};
        sample.wall_now = now_;
        sample.error = error;
        sample.phases = what & 32 ? &phases : nullptr;
        sample.certainty = static_cast<Certainty>(to % 3);
        sample.start = ++started_;
        whole_.record(sample);
        recording_.record(sample);
    }

    void merge() { sum_.merge(*recording_.delta(now_)); }

    void look()
    {
        if (snapshot_)
            expect(snapshot_->total->totals().requests == requests_then_, "a snapshot stays");
        snapshot_ = whole_.snapshot(now_);
        requests_then_ = whole_.total().totals().requests;
    }

    void read(std::uint8_t most)
    {
        for (const Sample& sample : queue_->read(most)) {
            expect(sample.start > last_read_, "samples come in order");
            expect(!sample.name.empty() && sample.name[0] == '/', "with their texts");
            last_read_ = sample.start;
            ++read_;
        }
    }

    double now_ = noon;
    Table whole_{noon, narrow()}, recording_{noon, narrow()}, sum_{noon, narrow()};
    std::shared_ptr<SampleQueue> queue_ = std::make_shared<SampleQueue>(4'096);
    std::shared_ptr<const Snapshot> snapshot_;
    std::int64_t requests_then_ = 0;
    base::Nanos started_ = 0, last_read_ = 0;
    std::uint64_t read_ = 0;
};

}  // namespace
}  // namespace locustella::stats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    locustella::stats::Life life;
    for (std::size_t i = 0; i + 1 < size; i += 2)
        life.step(data[i], data[i + 1]);
    life.end();
    return 0;
}
