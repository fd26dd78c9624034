#include "stats/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace locustella::stats {
namespace {

constexpr std::size_t linear_bits = 6;  // 2^6 = 64 buckets to each power of two
constexpr std::size_t per_octave = std::size_t{1} << linear_bits;

// Values below 64 are their own index. Above, the leading 7 bits name the bucket: dropping the
// `shift` bits under them leaves a number in [64, 128), and each shift starts a new row of 64.
// (Values in [64, 128) have shift 0, so they are exact as well.)
// 42 bits leave 35 shifts above the 7 leading bits.
static_assert(per_octave * (42 - linear_bits) <= 0xFFFF, "a bucket's number fits an Increase");

std::size_t index_of(Histogram::Micros value)
{
    value = std::min(value, Histogram::max_recordable);
    if (value < per_octave)
        return value;
    const auto shift = static_cast<std::size_t>(std::bit_width(value)) - (linear_bits + 1);
    return shift * per_octave + (value >> shift);
}

// The middle of a bucket: at most half its width, 1/128 of the value, from any value in it.
Histogram::Micros middle_of(std::size_t index)
{
    if (index < 2 * per_octave)
        return index;
    const auto shift = index / per_octave - 1;
    const auto leading = index - shift * per_octave;
    return (leading << shift) + (Histogram::Micros{1} << shift) / 2;
}

}  // namespace

Histogram::Mark::Mark(Micros micros) : value(micros), bucket(index_of(micros)) {}

void Histogram::record(Micros value, std::uint64_t times)
{
    if (times == 0)
        return;
    window_.add(index_of(value), static_cast<CountWindow::Count>(times));
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other)
{
    window_.merge(other.window_);
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

std::vector<Histogram::Increase> Histogram::increases_since(const Histogram& earlier) const
{
    std::vector<Increase> increases;
    for (auto bucket = window_.begin(); bucket < window_.end(); ++bucket)
        if (const auto more = window_.at(bucket) - earlier.window_.at(bucket); more > 0)
            increases.push_back(
                {static_cast<std::uint16_t>(bucket), static_cast<std::uint32_t>(more)});
    return increases;
}

void Histogram::add(const std::vector<Increase>& increases)
{
    for (const auto& increase : increases)
        record(middle_of(increase.bucket), increase.count);
}

std::uint64_t Histogram::count() const
{
    CountWindow::Count sum = 0;
    for (auto bucket = window_.begin(); bucket < window_.end(); ++bucket)
        sum += window_.at(bucket);
    return static_cast<std::uint64_t>(sum);
}

double Histogram::mean() const
{
    double sum = 0, values = 0;
    for (auto bucket = window_.begin(); bucket < window_.end(); ++bucket) {
        const auto count = static_cast<double>(window_.at(bucket));
        sum += count * static_cast<double>(middle_of(bucket));
        values += count;
    }
    return values > 0 ? sum / values : 0;
}

std::optional<Histogram::Micros> Histogram::percentile(double fraction) const
{
    if (empty())
        return std::nullopt;
    const auto all = static_cast<double>(count());
    const double rank = std::ceil(fraction * all);
    if (rank >= all)
        return max_;
    const auto wanted = rank > 1 ? static_cast<std::uint64_t>(rank) : 1;  // 1 for a NaN, too
    std::uint64_t seen = 0;
    for (auto bucket = window_.begin(); bucket < window_.end(); ++bucket) {
        seen += static_cast<std::uint64_t>(window_.at(bucket));
        if (seen >= wanted)
            return std::clamp(middle_of(bucket), min_, max_);
    }
    return max_;
}

}  // namespace locustella::stats
