#include "stats/rounded_times.hpp"

#include <algorithm>
#include <cmath>

namespace locustella::stats {
namespace {

constexpr double slow_ms = 4'000'000;  // beyond an hour buckets are too rare for slots; slot 4270

// To the nearest multiple of `step`; a tie goes to the even multiple. The division may round onto a
// tie or across one, so the verdict comes from the remainder, which is exact.
double nearest_multiple(double value, double step)
{
    const double multiple = std::nearbyint(value / step);
    const double rest = value - multiple * step;
    const double half = step / 2;
    if (std::abs(rest) < half)
        return multiple * step;
    const double toward = rest > 0 ? 1 : -1;
    const bool tie = std::abs(rest) == half;
    if (tie && std::fmod(multiple, 2) == 0)
        return multiple * step;
    return (multiple + toward) * step;
}

// Calls visit(ms, left count, right count) for every bucket that either list has, ascending.
template <class Visit>
void side_by_side(const Buckets& left, const Buckets& right, Visit visit)
{
    auto l = left.begin();
    auto r = right.begin();
    while (l != left.end() || r != right.end()) {
        if (r == right.end() || (l != left.end() && l->ms < r->ms)) {
            visit(l->ms, l->count, std::int64_t{0});
            ++l;
        } else if (l == left.end() || r->ms < l->ms) {
            visit(r->ms, std::int64_t{0}, r->count);
            ++r;
        } else {
            visit(l->ms, l->count, r->count);
            ++l;
            ++r;
        }
    }
}

}  // namespace

Buckets difference(const Buckets& later, const Buckets& earlier)
{
    Buckets result;
    side_by_side(later, earlier, [&](double ms, std::int64_t now, std::int64_t before) {
        if (now != before)
            result.push_back({ms, now - before});
    });
    return result;
}

Buckets sum(const Buckets& left, const Buckets& right)
{
    Buckets result;
    side_by_side(left, right, [&](double ms, std::int64_t one, std::int64_t other) {
        if (one + other != 0)
            result.push_back({ms, one + other});
    });
    return result;
}

double locust_percentile(const Buckets& buckets, std::int64_t requests, double fraction)
{
    const auto within = static_cast<std::int64_t>(static_cast<double>(requests) * fraction);
    std::int64_t slower = 0;
    for (auto bucket = buckets.rbegin(); bucket != buckets.rend(); ++bucket) {
        slower += bucket->count;
        if (requests - slower <= within)
            return bucket->ms;
    }
    return 0;
}

double RoundedTimes::rounded(double ms)
{
    if (ms < 100)
        return std::nearbyint(ms) + 0.0;  // "+ 0.0" turns a negative zero into zero
    if (ms < 1'000)
        return nearest_multiple(ms, 10);
    if (ms < 10'000)
        return nearest_multiple(ms, 100);
    return nearest_multiple(ms, 1'000);
}

RoundedTimes::Mark::Mark(double bucket_ms) : ms(bucket_ms), slot(slot_of(bucket_ms)) {}

// Slots number Locust's buckets without gaps: 0, 1, .. 100, 110, .. 1000, 1100, .. 10000, 11000, ..
std::uint32_t RoundedTimes::slot_of(double ms)
{
    constexpr auto none = no_slot;
    if (!(ms >= 0 && ms <= slow_ms))
        return none;
    const auto whole = static_cast<std::uint32_t>(ms);
    if (static_cast<double>(whole) != ms)
        return none;
    if (whole <= 100)
        return whole;
    if (whole <= 1'000)
        return whole % 10 == 0 ? 90 + whole / 10 : none;
    if (whole <= 10'000)
        return whole % 100 == 0 ? 180 + whole / 100 : none;
    return whole % 1'000 == 0 ? 270 + whole / 1'000 : none;
}

double RoundedTimes::ms_of(std::size_t slot)
{
    const auto number = static_cast<double>(slot);
    if (slot <= 100)
        return number;
    if (slot <= 190)
        return (number - 90) * 10;
    if (slot <= 280)
        return (number - 180) * 100;
    return (number - 270) * 1'000;
}

RoundedTimes::RoundedTimes(const RoundedTimes& other)
{
    *this = other;
}

RoundedTimes& RoundedTimes::operator=(const RoundedTimes& other)
{
    common_ = other.common_;
    if (this != &other)
        others_ = other.others_ ? std::make_unique<Others>(*other.others_) : nullptr;
    return *this;
}

RoundedTimes::Others& RoundedTimes::others()
{
    if (!others_)
        others_ = std::make_unique<Others>();
    return *others_;
}

void RoundedTimes::make_room(const RoundedTimes& other)
{
    common_.make_room(other.common_);
    if (other.others_)
        for (const auto& [ms, count] : *other.others_)
            others()[ms] += 0;
}

void RoundedTimes::merge(const RoundedTimes& other)
{
    common_.merge(other.common_);
    if (other.others_)
        for (const auto& [ms, count] : *other.others_)
            others()[ms] += count;
}

void RoundedTimes::clear()
{
    common_.clear();
    others_.reset();
}

RoundedTimes::Count RoundedTimes::at(double ms) const
{
    if (const auto slot = slot_of(ms); slot != no_slot)
        return common_.at(slot);
    if (!others_)
        return 0;
    const auto found = others_->find(ms);
    return found == others_->end() ? 0 : found->second;
}

Buckets RoundedTimes::buckets() const
{
    Buckets common, others;
    for (auto slot = common_.begin(); slot < common_.end(); ++slot)
        if (common_.at(slot) != 0)
            common.push_back({ms_of(slot), common_.at(slot)});
    if (!others_)
        return common;
    for (const auto& [ms, count] : *others_)
        if (count != 0)
            others.push_back({ms, count});
    return sum(common, others);
}

}  // namespace locustella::stats
