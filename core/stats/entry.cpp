#include "stats/entry.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace locustella::stats {
namespace {

constexpr double micros_per_ms = 1000;

Histogram::Micros micros_of(double ms)
{
    const double micros = ms * micros_per_ms;
    if (!(micros > 0))
        return 0;
    constexpr auto most = static_cast<double>(Histogram::max_recordable);
    return static_cast<Histogram::Micros>(std::min(micros, most) + 0.5);
}

// int() of Python: toward zero. Instants far beyond any calendar are held at its ends.
std::int64_t second_of(double wall)
{
    constexpr double end = 1e15;
    return static_cast<std::int64_t>(wall > -end && wall < end ? wall : end);
}

double bucket_of(double ms, std::optional<double> callers)
{
    return callers && std::isfinite(*callers) ? *callers : RoundedTimes::rounded(ms);
}

}  // namespace

Reading::Reading(const Sample& sample)
    : second(second_of(sample.wall_now)),
      wall_now(sample.wall_now),
      content_length(sample.content_length),
      response_ms(sample.response_ms.value_or(Number::zero())),
      timed(sample.response_ms && std::isfinite(response_ms.value)),
      micros(timed ? micros_of(response_ms.value) : 0),
      rounded(timed ? bucket_of(response_ms.value, sample.rounded_ms) : 0)
{
}

Entry::Entry(std::string_view method, std::string_view name, double wall_now, Options options)
    : seconds_(options.seconds),
      snapshots_(options.snapshots)
{
    rename(method, name);
    totals_.set_start_time(wall_now);
    take_snapshot(second_of(wall_now));
}

void Entry::rename(std::string_view method, std::string_view name)
{
    key_.assign(method.begin(), method.end());
    key_.insert(key_.end(), name.begin(), name.end());
    method_size_ = method.size();
}

void Entry::log(const Reading& reading)
{
    const auto last_before = totals_.last_request();
    if (snapshots_.on() && last_before && reading.second > second_of(*last_before))
        take_snapshot(reading.second - 1);
    ++totals_.requests;
    totals_.set_last_request(reading.wall_now);
    totals_.add_content_length(reading.content_length);
    seconds_.add_request(reading.second);
    if (!reading.timed) {
        ++totals_.none_requests;
        return;
    }
    totals_.add_response_ms(reading.response_ms);
    histogram_.record(reading.micros);
    rounded_.add(reading.rounded);
    if (snapshots_.on())
        snapshots_.add(reading.rounded);
}

void Entry::log_error(double wall_now)
{
    ++totals_.failures;
    seconds_.add_failure(second_of(wall_now));
}

void Entry::extend(const Entry& other)
{
    const auto last_before = totals_.last_request();
    totals_.add(other.totals_);
    histogram_.merge(other.histogram_);
    rounded_.merge(other.rounded_);
    seconds_.merge(other.seconds_);
    if (snapshots_.on())
        snapshots_.add(other.rounded_);
    const auto last = totals_.last_request();
    if (snapshots_.on() && last && second_of(*last) > second_of(last_before.value_or(0)))
        take_snapshot(second_of(*last));
}

void Entry::reset(double wall_now)
{
    totals_ = Totals{};
    totals_.set_start_time(wall_now);
    seconds_.clear();
    histogram_.clear();
    rounded_.clear();
    snapshots_.clear();
    take_snapshot(second_of(wall_now));
}

void Entry::assign_rounded_times(const RoundedTimes& times)
{
    if (snapshots_.on())
        snapshots_.add(difference(times.buckets(), rounded_.buckets()));
    rounded_ = times;
    histogram_.clear();
    for (const auto& bucket : rounded_.buckets())
        if (bucket.count > 0)
            histogram_.record(micros_of(bucket.ms), static_cast<std::uint64_t>(bucket.count));
}

double Entry::percentile_ms(double fraction) const
{
    const auto micros = histogram_.percentile(fraction);
    if (!micros)
        return 0;
    const double ms = static_cast<double>(*micros) / micros_per_ms;
    const auto least = totals_.min_ms();
    if (!least)  // only counts were assigned: no exact extremes to hold it to
        return ms;
    const double most = totals_.max_ms().value;
    return fraction >= 1 ? most : std::max(std::min(ms, most), least->value);
}

double Entry::locust_percentile(double fraction) const
{
    return stats::locust_percentile(rounded_.buckets(), timed_requests(), fraction);
}

// The rounding may carry a median out of the exact extremes, which would look absurd beside them.
Number Entry::locust_median() const
{
    const auto buckets = rounded_.buckets();
    if (buckets.empty())
        return Number::zero();
    const double median = stats::locust_percentile(buckets, timed_requests(), 0.5);
    if (median > totals_.max_ms().value)
        return totals_.max_ms();
    if (const auto least = totals_.min_ms(); least && median < least->value)
        return *least;
    return {median, median == std::floor(median)};
}

void Entry::keep_snapshots(std::size_t newest, double wall_now)
{
    const bool begins = newest > 0 && !snapshots_.on();
    snapshots_.limit(newest);
    if (newest == 0)
        snapshots_.clear();
    if (begins) {
        snapshots_.add(rounded_);
        take_snapshot(second_of(wall_now));
    }
}

}  // namespace locustella::stats
