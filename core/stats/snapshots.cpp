#include "stats/snapshots.hpp"

#include <algorithm>
#include <new>
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

void Snapshots::take(std::int64_t second, State now) noexcept
{
    if (!on())
        return;
    if (keeper_)
        return (*keeper_)(second);
    try {
        second <= latest_second_&& has(second) ? replace(second, now) : append(second, now);
    } catch (const std::bad_alloc&) {  // what is new stays so
    }
}

void Snapshots::append(std::int64_t second, State now)
{
    drop_oldest();
    const auto increases = increases_.size(), others = others_.size();
    try {
        if (fresh_.empty())
            push_notes(second, now);
        else
            push(second, now, news());
    } catch (...) {
        increases_.resize(increases);
        others_.resize(others);
        throw;
    }
    latest_second_ = std::max(latest_second_, second);
    noted_ = 0;
    fresh_.clear();
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

Snapshots Snapshots::copy() const
{
    Snapshots copy{limit_};
    std::copy_n(notes_.begin(), noted_, copy.notes_.begin());
    copy.noted_ = noted_;
    copy.fresh_ = fresh_;
    copy.steps_ = steps_;
    copy.increases_ = increases_;
    copy.others_ = others_;
    copy.dropped_ = dropped_;
    copy.latest_second_ = latest_second_;
    return copy;
}

void Snapshots::hand_over(Keeper keeper)
{
    clear();
    keeper_ = std::make_unique<Keeper>(std::move(keeper));
}

void Snapshots::clear()
{
    steps_.clear();
    increases_.clear();
    others_.clear();
    dropped_ = {};
    latest_second_ = 0;
    noted_ = 0;
    fresh_.clear();
    keeper_.reset();
}

void Snapshots::count_notes()
{
    for (; noted_ > 0; --noted_)
        fresh_.add_slot(notes_[noted_ - 1]);
}

Buckets Snapshots::news() const
{
    RoundedTimes news = fresh_;
    for (std::uint32_t i = 0; i < noted_; ++i)
        news.add_slot(notes_[i]);
    return news.buckets();
}

void Snapshots::push(std::int64_t second, State now, const Buckets& changes)
{
    Step step{second, now, 0, 0};
    for (const auto& change : changes) {
        const auto slot = RoundedTimes::slot_of(change.ms);
        const bool small = change.count > 0 && change.count <= 0xFFFF;
        if (slot != RoundedTimes::no_slot && small) {
            increases_.push_back(
                {static_cast<std::uint16_t>(slot), static_cast<std::uint16_t>(change.count)});
            ++step.increases;
        } else {
            others_.push_back(change);
            ++step.others;
        }
    }
    steps_.push_back(step);
}

// The way of all entries but the busiest: a short list, sorted on the spot.
void Snapshots::push_notes(std::int64_t second, State now)
{
    Step step{second, now, 0, 0};
    const auto end = notes_.begin() + noted_;
    std::sort(notes_.begin(), end);
    for (auto note = notes_.begin(); note != end; ++note) {
        if (step.increases > 0 && increases_.back().slot == *note) {
            ++increases_.back().count;
        } else {
            increases_.push_back({*note, 1});
            ++step.increases;
        }
    }
    steps_.push_back(step);
}

void Snapshots::drop_oldest()
{
    while (live().size() >= limit_) {
        dropped_.increases += live().front().increases;
        dropped_.others += live().front().others;
        ++dropped_.steps;
    }
    if (dropped_.steps >= limit_)
        compact();
}

void Snapshots::compact()
{
    steps_.erase(steps_.begin(), steps_.begin() + dropped_.steps);
    increases_.erase(increases_.begin(), increases_.begin() + dropped_.increases);
    others_.erase(others_.begin(), others_.begin() + dropped_.others);
    dropped_ = {};
}

// Every later step keeps its own full counts: the step after the replaced one takes over what that
// one had added. Only a wall clock that was set back replaces any other than the last.
void Snapshots::replace(std::int64_t second, State now)
{
    auto steps = unpacked();
    Buckets fresh = news();
    const auto old = find_second(steps, second);
    Buckets& heir = old + 1 < steps.end() ? (old + 1)->buckets : fresh;
    heir = sum(heir, old->buckets);
    steps.erase(old);
    steps.push_back({second, now, std::move(fresh)});

    Snapshots anew{limit_};
    for (const auto& step : steps)
        anew.push(step.second, step.state, step.buckets);
    std::swap(steps_, anew.steps_);
    std::swap(increases_, anew.increases_);
    std::swap(others_, anew.others_);
    dropped_ = {};
    noted_ = 0;
    fresh_.clear();
}

std::vector<Snapshots::Snapshot> Snapshots::unpacked() const
{
    std::vector<Snapshot> snapshots;
    auto increase = increases_.begin() + dropped_.increases;
    auto other = others_.begin() + dropped_.others;
    for (const auto& step : live()) {
        Buckets buckets;
        for (const auto end = increase + step.increases; increase != end; ++increase)
            buckets.push_back({RoundedTimes::ms_of(increase->slot), increase->count});
        const auto begin = other;
        other += step.others;
        snapshots.push_back({step.second, step.state, sum(buckets, Buckets(begin, other))});
    }
    return snapshots;
}

}  // namespace locustella::stats
