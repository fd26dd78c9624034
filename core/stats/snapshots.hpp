// The recent past of an entry's rounded response times, for percentiles over the last ~10 seconds.
//
//   Snapshots snapshots{20};
//   snapshots.add(RoundedTimes::Mark{150});          // every response time, as it is counted
//   snapshots.take(1'000, {500, 0});                 // how things stood as second 1'000 ended
//   ...
//   auto slice = snapshots.since(1'000, {740, 0});
//   locust_percentile(slice->buckets, slice->requests, 0.95);
//
// A snapshot stores only what came after the one before it, so ten thousand entries may each keep
// their twenty: a second with three requests costs 44 bytes, not a copy of all counts. The first
// few requests of a second are merely noted in a list; only busy entries go through counts.
//
// Somebody may ask to keep the snapshots himself (Python, once a script has touched Locust's
// `response_times_cache`): after hand_over() every take() calls his function instead.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stats/rounded_times.hpp"

namespace locustella::stats {

class Snapshots {
public:
    struct State {
        std::int64_t requests;
        std::int64_t none_requests;  // of these, without a response time

        std::int64_t timed() const { return requests - none_requests; }
    };
    struct Snapshot {
        std::int64_t second;
        State state;
        Buckets buckets;
    };
    struct Slice {
        Buckets buckets;
        std::int64_t requests;  // with a response time
    };
    using Keeper = std::function<void(std::int64_t second)>;

    // `newest` snapshots are kept; 0 turns the whole thing off.
    explicit Snapshots(std::size_t newest) : limit_(newest) {}

    bool on() const { return limit_ > 0; }
    void limit(std::size_t newest) { limit_ = newest; }
    std::size_t limit() const { return limit_; }

    void add(const RoundedTimes::Mark& time)
    {
        static_assert(RoundedTimes::slots <= 0xFFFF);
        if (time.slot == RoundedTimes::no_slot)
            return fresh_.add(time);
        if (noted_ == notes_.size())
            count_notes();
        notes_[noted_++] = static_cast<std::uint16_t>(time.slot);
    }
    void add(const RoundedTimes& times) { fresh_.merge(times); }
    // After these the two above cannot fail.
    void make_room(const RoundedTimes::Mark& time)
    {
        if (time.slot == RoundedTimes::no_slot)
            fresh_.make_room(time);
        else if (noted_ == notes_.size())
            count_notes();
    }
    void make_room(const RoundedTimes& times) { fresh_.make_room(times); }
    void add(const Buckets& changes);

    // Remembers how things stand under `second`, in place of an earlier snapshot of the same
    // second; the oldest ones beyond the limit are dropped. Where there is no memory for it there
    // is no such snapshot, and the next has what this one would have had.
    void take(std::int64_t second, State now) noexcept;

    // What happened after the snapshot of `second`; nullopt where there is none.
    std::optional<Slice> since(std::int64_t second, State now) const;

    // Oldest first, each with its full counts; `now` are the full counts of this moment.
    std::vector<Snapshot> all(const RoundedTimes& now) const;
    bool has(std::int64_t second) const;

    // What is kept, without the keeper.
    Snapshots copy() const;

    void hand_over(Keeper keeper);
    bool handed_over() const { return keeper_ != nullptr; }

    // Drops everything and keeps the snapshots here again.
    void clear();

private:
    // What nearly every change is: so many requests more in one of Locust's buckets.
    struct Increase {
        std::uint16_t slot;
        std::uint16_t count;
    };
    struct Step {
        std::int64_t second;
        State state;
        std::uint32_t increases;  // how many of increases_ are its own
        std::uint32_t others;     // how many of others_ are
    };

    std::span<const Step> live() const { return std::span{steps_}.subspan(dropped_.steps); }
    void append(std::int64_t second, State now);
    void count_notes();
    Buckets news() const;  // since the last step
    void push(std::int64_t second, State now, const Buckets& changes);
    void push_notes(std::int64_t second, State now);
    void drop_oldest();
    void compact();
    void replace(std::int64_t second, State now);
    std::vector<Snapshot> unpacked() const;  // each with its own changes

    // What each request looks at or changes comes first: see Entry.
    std::size_t limit_;
    std::array<std::uint16_t, 14> notes_;  // slots of the newest times, not yet in fresh_
    std::uint32_t noted_ = 0;
    RoundedTimes fresh_;  // earlier ones since the last step

    // Oldest first, and what each has beyond the one before, one after the other. The dropped ones
    // before them go in one sweep now and then.
    std::vector<Step> steps_;
    std::vector<Increase> increases_;
    std::vector<Bucket> others_;  // changes that are no Increase: huge, negative, somebody's own
    struct {
        std::uint32_t steps = 0, increases = 0, others = 0;
    } dropped_;
    std::int64_t latest_second_ = 0;  // of all steps there have been; the clock may be set back

    std::unique_ptr<Keeper> keeper_;
};

}  // namespace locustella::stats
