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
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "stats/histogram.hpp"
#include "stats/number.hpp"
#include "stats/phase_sums.hpp"
#include "stats/recent_times.hpp"
#include "stats/rounded_times.hpp"
#include "stats/sample.hpp"
#include "stats/seconds.hpp"
#include "stats/snapshots.hpp"
#include "stats/totals.hpp"

namespace locustella::stats {

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
    Certainty certainty;
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

    // Asks for the memory that log() will change, all at once: it is spread over several cache
    // lines, and among ten thousand entries none of them is near.
    void prefetch() const
    {
        constexpr std::size_t changing = 5 * 64;  // up to the notes of snapshots_
        const auto* line = reinterpret_cast<const char*>(this);
        for (std::size_t at = 64; at < changing; at += 64)
            __builtin_prefetch(line + at, 1);
    }

    void log(const Sample& sample) { log(Reading{sample}); }
    void log(const Reading& reading) { make_room(reading), count(reading); }
    void log_error(double wall_now);

    // log() in two steps, for who counts in several places at once or in none: only the first can
    // fail.
    void make_room(const Reading& reading)
    {
        if (snapshots_.on() && totals_.no_request_since(reading.second)) [[unlikely]]
            begin_second(reading);
        seconds_.make_room(reading.second);
        if (!reading.timed)
            return;
        histogram_.make_room(reading.micros);
        rounded_.make_room(reading.rounded);
        if (snapshots_.on())
            snapshots_.make_room(reading.rounded);
    }
    void count(const Reading& reading) noexcept;
    void make_room_for_failure(const Reading& reading) { seconds_.make_room(reading.second); }
    void count_failure(const Reading& reading) noexcept;
    void make_room(const Phases& phases) { phases_to_change().make_room(phases); }
    void count(const Phases& phases) noexcept;

    // Adds another entry's numbers, such as those of a worker's report: all or, when it throws,
    // none. After make_room() it cannot fail.
    void extend(const Entry& other);
    void make_room(const Entry& other);

    void reset(double wall_now) noexcept;  // the phases stay: they are cleared by themselves
    void clear_phases();

    // An empty entry of the same name, with room for what hand_over() moves into it, whereupon this
    // one begins anew.
    std::shared_ptr<Entry> empty_twin() const;
    void hand_over(Entry& twin, double wall_now) noexcept;

    // Its numbers as they are now, with the counts of the newest seconds alone. Entries that have
    // not changed since the last such copy give the same one again.
    std::shared_ptr<const Entry> copy(std::size_t newest_seconds, bool with_snapshots = false);

    Totals& totals() { return changed(), totals_; }
    const Totals& totals() const { return totals_; }
    Seconds& seconds() { return changed(), seconds_; }
    const Seconds& seconds() const { return seconds_; }
    const Histogram& histogram() const { return histogram_; }
    const PhaseSums* phases() const  // null: none were kept
    {
        return seldom_ ? seldom_->phases.get() : nullptr;
    }

    // Locust's rounded counts. Replacing them replaces the histogram by the best they can tell.
    const RoundedTimes& rounded_times() const { return rounded_; }
    void assign_rounded_times(const RoundedTimes& times);

    // 0 while there is nothing to tell.
    double percentile_ms(double fraction) const;
    double locust_percentile(double fraction) const;
    Number locust_median() const;

    // Anything that a report of it would carry.
    bool has_news() const { return totals_.requests != 0 || totals_.failures != 0 || phases(); }

    // Requests that have a response time.
    std::int64_t timed_requests() const { return totals_.requests - totals_.none_requests; }

    Snapshots& snapshots() { return changed(), snapshots_; }
    const Snapshots& snapshots() const { return snapshots_; }
    void keep_snapshots(std::size_t newest, double wall_now);  // 0 drops them
    void take_snapshot(std::int64_t second) noexcept;          // see Snapshots::take
    std::optional<Snapshots::Slice> since(std::int64_t second) const
    {
        return snapshots_.since(second, state());
    }

    // The precise times after that snapshot; nullopt where there is none. They are noted from the
    // first question on; of what was before, this knows nothing.
    std::optional<Histogram> times_since(std::int64_t second);
    // The precise times of the seconds after `from` and up to `to`, one by one, as far as they are
    // still known.
    std::vector<RecentTimes::Slice> times_by_second(std::int64_t from, std::int64_t to);

    std::string_view method() const { return {key_.data(), method_size_}; }
    std::string_view name() const
    {
        return {key_.data() + method_size_, key_.size() - method_size_};
    }

private:
    friend class Table;  // files entries by their name, so it alone may change one

    // What few tests want, out of the way of all the others' cache lines.
    struct Seldom {
        std::unique_ptr<PhaseSums> phases;
        std::shared_ptr<const Entry> copied;
        std::size_t copied_seconds = 0;
        bool copied_snapshots = false;
        std::optional<RecentTimes> recent;
    };

    void changed() { changed_ = true; }
    void begin_second(const Reading& reading) noexcept;
    Seldom& seldom();
    RecentTimes& recent();
    PhaseSums& phases_to_change();
    void look_at_recent_times(std::int64_t second) noexcept;
    void begin_recent_times_anew() noexcept;
    void rename(std::string_view method, std::string_view name);
    Snapshots::State state() const { return {totals_.requests, totals_.none_requests}; }

    // The method, then the name. Most fit into the object: finding an entry compares them, and
    // would else wait for one more cache line after the entry's own.
    boost::container::small_vector<char, 40> key_;
    std::uint32_t method_size_ = 0;
    std::uint16_t tables_ = 0;  // that have it filed
    bool changed_ = true;       // since the last copy
    RoundedTimes rounded_;
    Histogram histogram_;
    Seconds seconds_;
    Totals totals_;
    Snapshots snapshots_;
    std::unique_ptr<Seldom> seldom_;
};

}  // namespace locustella::stats
