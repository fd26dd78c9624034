#include "stats/entry.hpp"

#include <algorithm>
#include <cmath>
#include <new>
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
    // Above 0, so adding a half rounds; lround() would be a call for each request.
    // NOLINTNEXTLINE(bugprone-incorrect-roundings)
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
      rounded(timed ? bucket_of(response_ms.value, sample.rounded_ms) : 0),
      certainty(sample.certainty)
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
    changed();
    key_.assign(method.begin(), method.end());
    key_.insert(key_.end(), name.begin(), name.end());
    method_size_ = static_cast<std::uint32_t>(method.size());
}

// The last second is over, and how it stood is worth a snapshot. Locust has none before the first
// request; to tell what its second had, the precise times need a look.
void Entry::begin_second(const Reading& reading) noexcept
{
    const auto last_before = totals_.last_request();
    if (!last_before)
        look_at_recent_times(reading.second - 1);
    else if (reading.second > second_of(*last_before))
        take_snapshot(reading.second - 1);
}

void Entry::count(const Reading& reading) noexcept
{
    changed();
    ++totals_.requests;
    totals_.set_last_request(reading.wall_now);
    totals_.add_content_length(reading.content_length);
    seconds_.add_request(reading.second);
    if (!reading.timed) {
        ++totals_.none_requests;
        return;
    }
    ++totals_.ends[static_cast<std::size_t>(reading.certainty)];
    totals_.add_response_ms(reading.response_ms);
    histogram_.record_inside(reading.micros);
    rounded_.add_inside(reading.rounded);
    if (snapshots_.on())
        snapshots_.add(reading.rounded);
}

void Entry::count_failure(const Reading& reading) noexcept
{
    changed();
    ++totals_.failures;
    seconds_.add_failure(reading.second);
}

void Entry::log_error(double wall_now)
{
    const Reading reading{{.wall_now = wall_now}};
    make_room_for_failure(reading);
    count_failure(reading);
}

void Entry::count(const Phases& phases) noexcept
{
    changed();
    phases_to_change().add(phases);
}

void Entry::clear_phases()
{
    changed();
    if (seldom_)
        seldom_->phases.reset();
}

Entry::Seldom& Entry::seldom()
{
    if (!seldom_)
        seldom_ = std::make_unique<Seldom>();
    return *seldom_;
}

PhaseSums& Entry::phases_to_change()
{
    auto& phases = seldom().phases;
    if (!phases)
        phases = std::make_unique<PhaseSums>();
    return *phases;
}

void Entry::make_room(const Entry& other)
{
    if (other.phases())
        phases_to_change().make_room(*other.phases());
    histogram_.make_room(other.histogram_);
    rounded_.make_room(other.rounded_);
    seconds_.make_room(other.seconds_);
    if (snapshots_.on())
        snapshots_.make_room(other.rounded_);
}

void Entry::extend(const Entry& other)
{
    make_room(other);
    changed();
    if (other.phases())
        phases_to_change().merge(*other.phases());
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

void Entry::take_snapshot(std::int64_t second) noexcept
{
    changed();
    look_at_recent_times(second);
    snapshots_.take(second, state());
}

void Entry::look_at_recent_times(std::int64_t second) noexcept
{
    try {
        if (seldom_ && seldom_->recent)
            seldom_->recent->take(second, histogram_);
    } catch (const std::bad_alloc&) {  // as with the snapshots
    }
}

std::optional<Histogram> Entry::times_since(std::int64_t second)
{
    if (!snapshots_.on())
        return std::nullopt;
    return recent().since(second, histogram_);
}

std::vector<RecentTimes::Slice> Entry::times_by_second(std::int64_t from, std::int64_t to)
{
    if (!snapshots_.on())
        return {};
    const auto last = second_of(totals_.last_request().value_or(totals_.start_time()));
    return recent().slices(from, to, histogram_, last);
}

RecentTimes& Entry::recent()
{
    auto& recent = seldom().recent;
    if (!recent) {
        recent.emplace(histogram_, snapshots_.limit());
        recent->take(second_of(totals_.last_request().value_or(totals_.start_time())), histogram_);
    }
    return *recent;
}

void Entry::reset(double wall_now) noexcept
{
    changed();
    totals_ = Totals{};
    totals_.set_start_time(wall_now);
    seconds_.clear();
    histogram_.clear();
    rounded_.clear();
    snapshots_.clear();
    begin_recent_times_anew();
    take_snapshot(second_of(wall_now));
}

void Entry::begin_recent_times_anew() noexcept
{
    if (seldom_ && seldom_->recent)
        seldom_->recent->begin_anew(histogram_);
}

std::shared_ptr<Entry> Entry::empty_twin() const
{
    auto twin = std::make_shared<Entry>(method(), name(), totals_.start_time());
    if (phases())
        twin->seldom();
    return twin;
}

void Entry::hand_over(Entry& twin, double wall_now) noexcept
{
    std::swap(twin.totals_, totals_);
    std::swap(twin.histogram_, histogram_);
    std::swap(twin.rounded_, rounded_);
    if (phases())
        twin.seldom_->phases = std::move(seldom_->phases);
    twin.seconds_ = std::exchange(seconds_, Seconds{seconds_.kept()});
    reset(wall_now);
}

std::shared_ptr<const Entry> Entry::copy(std::size_t newest_seconds, bool with_snapshots)
{
    if (!changed_ && seldom_ && seldom_->copied && seldom_->copied_seconds == newest_seconds &&
        seldom_->copied_snapshots == with_snapshots)
        return seldom_->copied;
    auto copy = std::make_shared<Entry>(method(), name(), 0.0);
    copy->totals_ = totals_;
    copy->histogram_ = histogram_;
    copy->rounded_ = rounded_;
    copy->seconds_ = seconds_.newest(newest_seconds);
    if (with_snapshots)
        copy->snapshots_ = snapshots_.copy();
    if (phases())
        copy->phases_to_change() = *phases();
    Seldom& kept = seldom();
    kept.copied = std::move(copy);
    kept.copied_seconds = newest_seconds;
    kept.copied_snapshots = with_snapshots;
    changed_ = false;
    return kept.copied;
}

void Entry::assign_rounded_times(const RoundedTimes& times)
{
    changed();
    if (snapshots_.on())
        snapshots_.add(difference(times.buckets(), rounded_.buckets()));
    rounded_ = times;
    histogram_.clear();
    for (const auto& bucket : rounded_.buckets())
        if (bucket.count > 0)
            histogram_.record(micros_of(bucket.ms), static_cast<std::uint64_t>(bucket.count));
    begin_recent_times_anew();
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
    changed();
    snapshots_.limit(newest);
    if (seldom_ && newest == 0)
        seldom_->recent.reset();
    else if (seldom_ && seldom_->recent)
        seldom_->recent->limit(newest);
    if (newest == 0)
        snapshots_.clear();
    if (begins) {
        snapshots_.add(rounded_);
        take_snapshot(second_of(wall_now));
    }
}

}  // namespace locustella::stats
