#include "stats/seconds.hpp"

#include <algorithm>
#include <iterator>

namespace locustella::stats {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();

std::uint32_t held(std::int64_t count)
{
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, most));
}

bool is_before(const Seconds::Second& left, std::int64_t second)
{
    return left.at < second;
}

template <class Count>
std::int64_t sum_between(const std::vector<Seconds::Second>& older, const Seconds::Second& newest,
                         std::int64_t from, std::int64_t to, Count count)
{
    std::int64_t sum = newest.at >= from && newest.at < to ? count(newest) : 0;
    const auto first = std::lower_bound(older.begin(), older.end(), from, is_before);
    for (auto second = first; second != older.end() && second->at < to; ++second)
        sum += count(*second);
    return sum;
}

}  // namespace

void Seconds::set_requests(std::int64_t second, std::int64_t count)
{
    if (Second* cell = cell_of(second))
        cell->requests = held(count);
}

void Seconds::set_failures(std::int64_t second, std::int64_t count)
{
    if (Second* cell = cell_of(second))
        cell->failures = held(count);
}

void Seconds::clear_requests()
{
    auto seconds = all();
    for (auto& second : seconds)
        second.requests = 0;
    assign(seconds);
}

void Seconds::clear_failures()
{
    auto seconds = all();
    for (auto& second : seconds)
        second.failures = 0;
    assign(seconds);
}

void Seconds::merge(const Seconds& other)
{
    make_room(other);
    for (const auto& second : other.older_)
        add(second);
    add(other.newest_);
}

void Seconds::add(const Second& second)
{
    Second* const cell = second.idle() ? nullptr : cell_of(second.at);
    if (!cell)
        return;
    cell->requests = held(std::int64_t{cell->requests} + second.requests);
    cell->failures = held(std::int64_t{cell->failures} + second.failures);
}

void Seconds::clear()
{
    newest_ = Second{};
    older_.clear();
}

std::int64_t Seconds::requests_between(std::int64_t from, std::int64_t to) const
{
    return sum_between(older_, newest_, from, to, [](const Second& s) { return s.requests; });
}

std::int64_t Seconds::failures_between(std::int64_t from, std::int64_t to) const
{
    return sum_between(older_, newest_, from, to, [](const Second& s) { return s.failures; });
}

std::vector<Seconds::Second> Seconds::all() const
{
    std::vector<Second> seconds;
    seconds.reserve(older_.size() + 1);
    std::copy_if(older_.begin(), older_.end(), std::back_inserter(seconds),
                 [](const Second& second) { return !second.idle(); });
    if (!newest_.idle())
        seconds.push_back(newest_);
    return seconds;
}

Seconds Seconds::newest(std::size_t count) const
{
    Seconds copy{static_cast<std::uint32_t>(std::min<std::size_t>(count, keep_))};
    copy.newest_ = newest_;
    const auto older = std::min(older_.size(), std::size_t{copy.keep_} - 1);
    copy.older_.assign(older_.end() - static_cast<std::ptrdiff_t>(older), older_.end());
    return copy;
}

Seconds::Second* Seconds::find_or_insert(std::int64_t second)
{
    if (second < 0 || second > most)
        return nullptr;
    const auto at = static_cast<std::uint32_t>(second);
    if (at == newest_.at)
        return &newest_;
    if (at < newest_.at)
        return insert_older(at);
    retire_newest();
    newest_ = Second{at, 0, 0};
    return &newest_;
}

// The clock was set back, or a report comes late.
Seconds::Second* Seconds::insert_older(std::uint32_t second)
{
    auto place = std::lower_bound(older_.begin(), older_.end(), std::int64_t{second}, is_before);
    if (place != older_.end() && place->at == second)
        return &*place;
    if (older_.size() + 1 < keep_)
        return &*older_.insert(place, Second{second, 0, 0});
    if (place == older_.begin())
        return nullptr;
    std::move(older_.begin() + 1, place, older_.begin());
    --place;
    *place = Second{second, 0, 0};
    return &*place;
}

// In `older_`, which never has more than keep_ - 1.
void Seconds::make_room_for(std::size_t more)
{
    const std::size_t most_older = keep_ - 1;
    const auto wanted = std::min(older_.size() + more, most_older);
    if (wanted > older_.capacity())
        older_.reserve(std::min(std::max(wanted, 2 * older_.capacity()), most_older));
}

void Seconds::retire_newest()
{
    if (newest_.idle() || keep_ == 1)
        return;
    if (older_.size() + 1 >= keep_)
        older_.erase(older_.begin());
    else
        make_room_for(1);
    older_.push_back(newest_);
}

void Seconds::assign(const std::vector<Second>& ascending)
{
    const auto extra = ascending.size() > keep_ ? ascending.size() - keep_ : 0;
    clear();
    for (auto second = ascending.begin() + static_cast<std::ptrdiff_t>(extra);
         second != ascending.end(); ++second) {
        if (second->idle())
            continue;
        retire_newest();
        newest_ = *second;
    }
}

}  // namespace locustella::stats
