// The statistics of one kind of request: one (method, name), or all of them together.
//
//   Entry entry{"GET", "/basket", 1'700'000'000.0};
//   entry.log({.response_ms = Number{12.5}, .content_length = Number{512, true},
//              .wall_now = 1'700'000'000.7});
//   entry.log_error(1'700'000'000.7);          // the request above counts as failed, too
//   entry.percentile_ms(0.99) == 12.5          // to 1 %
//   entry.locust_percentile(0.99) == 12        // as Locust rounds
//
// Sums, minimum and maximum are exact. Times are in milliseconds, instants in seconds of Unix time;
// the caller says what time it is. Every number is open to assignment, because Locust's are.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "stats/histogram.hpp"
#include "stats/number.hpp"
#include "stats/rounded_times.hpp"
#include "stats/seconds.hpp"
#include "stats/snapshots.hpp"
#include "stats/totals.hpp"

namespace locustella::stats {

// One finished request. Without a response time (something asynchronous, say) it counts as a
// request but not in averages and percentiles; a time that is no finite number counts as none.
struct Sample {
    std::optional<Number> response_ms;
    Number content_length = Number::zero();  // bytes
    double wall_now = 0;
    std::optional<double> rounded_ms;  // the bucket, where it is not Locust's
};

// A sample worked out: what an entry needs of it, computed once for the entry and the total.
struct Reading {
    explicit Reading(const Sample& sample);

    std::int64_t second;
    double wall_now;
    Number content_length;
    Number response_ms;
    bool timed;  // it has a response time; else what follows is of no meaning
    Histogram::Mark micros;
    RoundedTimes::Mark rounded;
};

// Its first cache lines hold all that a request changes, the counting cells apart.
class alignas(64) Entry {
public:
    struct Options {
        std::uint32_t seconds = Seconds::keep_all;  // how many active seconds to keep counts of
        std::size_t snapshots = 0;                  // how many snapshots to keep; 0: none at all
    };

    Entry(std::string_view method, std::string_view name, double wall_now)
        : Entry(method, name, wall_now, Options{})
    {
    }
    Entry(std::string_view method, std::string_view name, double wall_now, Options options);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    void log(const Sample& sample) { log(Reading{sample}); }
    void log(const Reading& reading);
    void log_error(double wall_now);

    // Adds another entry's numbers, such as those of a worker's report.
    void extend(const Entry& other);

    void reset(double wall_now);

    Totals& totals() { return totals_; }
    const Totals& totals() const { return totals_; }
    Seconds& seconds() { return seconds_; }
    const Seconds& seconds() const { return seconds_; }
    const Histogram& histogram() const { return histogram_; }

    // Locust's rounded counts. Replacing them replaces the histogram by the best they can tell.
    const RoundedTimes& rounded_times() const { return rounded_; }
    void assign_rounded_times(const RoundedTimes& times);

    // 0 while there is nothing to tell.
    double percentile_ms(double fraction) const;
    double locust_percentile(double fraction) const;
    Number locust_median() const;

    // Requests that have a response time.
    std::int64_t timed_requests() const { return totals_.requests - totals_.none_requests; }

    Snapshots& snapshots() { return snapshots_; }
    const Snapshots& snapshots() const { return snapshots_; }
    void keep_snapshots(std::size_t newest, double wall_now);  // 0 drops them
    void take_snapshot(std::int64_t second) { snapshots_.take(second, state()); }
    std::optional<Snapshots::Slice> since(std::int64_t second) const
    {
        return snapshots_.since(second, state());
    }

    std::string_view method() const { return {key_.data(), method_size_}; }
    std::string_view name() const
    {
        return {key_.data() + method_size_, key_.size() - method_size_};
    }

private:
    friend class Table;  // files entries by their name, so it alone may change one

    void rename(std::string_view method, std::string_view name);
    Snapshots::State state() const { return {totals_.requests, totals_.none_requests}; }

    // The method, then the name. Most fit into the object: finding an entry compares them, and
    // would else wait for one more cache line after the entry's own.
    boost::container::small_vector<char, 40> key_;
    std::size_t method_size_ = 0;
    RoundedTimes rounded_;
    Histogram histogram_;
    Totals totals_;
    Seconds seconds_;
    Snapshots snapshots_;
    int tables_ = 0;  // that have it filed
};

}  // namespace locustella::stats
