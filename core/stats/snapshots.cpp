#include "stats/snapshots.hpp"

#include <algorithm>
#include <utility>

namespace locustella::stats {
namespace {

template <class Steps>
auto find_second(Steps& steps, std::int64_t second)
{
    return std::find_if(steps.begin(), steps.end(),
                        [=](const auto& step) { return step.second == second; });
}

}  // namespace

void Snapshots::add(const Buckets& changes)
{
    for (const auto& bucket : changes)
        fresh_.add(bucket.ms, bucket.count);
}

void Snapshots::take(std::int64_t second, State now)
{
    if (!on())
        return;
    if (keeper_)
        return (*keeper_)(second);
    if (second <= latest_second_ && has(second))
        return replace(second, now);
    latest_second_ = std::max(latest_second_, second);
    drop_oldest();
    const auto before = changes_.size();
    append_news();
    steps_.push_back({second, now, changes_.size() - before});
}

std::optional<Snapshots::Slice> Snapshots::since(std::int64_t second, State now) const
{
    const auto steps = unpacked();
    const auto from = find_second(steps, second);
    if (from == steps.end())
        return std::nullopt;
    Buckets later = news();
    for (auto step = from + 1; step != steps.end(); ++step)
        later = sum(later, step->buckets);
    return Slice{std::move(later), now.timed() - from->state.timed()};
}

std::vector<Snapshots::Snapshot> Snapshots::all(const RoundedTimes& now) const
{
    auto full = unpacked();
    Buckets counts = difference(now.buckets(), news());
    for (auto step = full.rbegin(); step != full.rend(); ++step) {
        const Buckets added = std::exchange(step->buckets, counts);
        counts = difference(counts, added);
    }
    return full;
}

bool Snapshots::has(std::int64_t second) const
{
    const auto steps = live();
    return find_second(steps, second) != steps.end();
}

void Snapshots::hand_over(Keeper keeper)
{
    clear();
    keeper_ = std::make_unique<Keeper>(std::move(keeper));
}

void Snapshots::clear()
{
    steps_.clear();
    changes_.clear();
    dropped_steps_ = dropped_changes_ = 0;
    latest_second_ = 0;
    noted_ = 0;
    fresh_.clear();
    keeper_.reset();
}

void Snapshots::count_notes()
{
    for (std::uint32_t i = 0; i < noted_; ++i)
        fresh_.add_slot(notes_[i]);
    noted_ = 0;
}

Buckets Snapshots::news() const
{
    RoundedTimes news = fresh_;
    for (std::uint32_t i = 0; i < noted_; ++i)
        news.add_slot(notes_[i]);
    return news.buckets();
}

// Moves the news to the end of changes_. For few of them without a detour: their list is sorted.
void Snapshots::append_news()
{
    if (!fresh_.empty()) {
        count_notes();
        const Buckets news = fresh_.buckets();
        changes_.insert(changes_.end(), news.begin(), news.end());
        fresh_.clear();
        return;
    }
    const auto end = notes_.begin() + noted_;
    std::sort(notes_.begin(), end);
    for (auto note = notes_.begin(); note != end;) {
        const auto next = std::upper_bound(note, end, *note);
        changes_.push_back({RoundedTimes::ms_of(*note), next - note});
        note = next;
    }
    noted_ = 0;
}

void Snapshots::drop_oldest()
{
    while (live().size() >= limit_) {
        dropped_changes_ += static_cast<std::uint32_t>(live().front().size);
        ++dropped_steps_;
    }
    if (dropped_steps_ >= limit_)
        compact();
}

void Snapshots::compact()
{
    steps_.erase(steps_.begin(), steps_.begin() + dropped_steps_);
    changes_.erase(changes_.begin(), changes_.begin() + dropped_changes_);
    dropped_steps_ = dropped_changes_ = 0;
}

// Every later step keeps its own full counts: the step after the replaced one takes over what that one
// had added. Only a wall clock that was set back replaces any other than the last.
void Snapshots::replace(std::int64_t second, State now)
{
    auto steps = unpacked();
    Buckets fresh = news();
    const auto old = find_second(steps, second);
    Buckets& heir = old + 1 < steps.end() ? (old + 1)->buckets : fresh;
    heir = sum(heir, old->buckets);
    steps.erase(old);
    steps.push_back({second, now, std::move(fresh)});

    clear();
    for (const auto& step : steps) {
        latest_second_ = std::max(latest_second_, step.second);
        steps_.push_back({step.second, step.state, step.buckets.size()});
        changes_.insert(changes_.end(), step.buckets.begin(), step.buckets.end());
    }
}

std::vector<Snapshots::Snapshot> Snapshots::unpacked() const
{
    std::vector<Snapshot> snapshots;
    auto begin = changes_.begin() + dropped_changes_;
    for (const auto& step : live()) {
        const auto end = begin + static_cast<std::ptrdiff_t>(step.size);
        snapshots.push_back({step.second, step.state, Buckets(begin, end)});
        begin = end;
    }
    return snapshots;
}

}  // namespace locustella::stats
