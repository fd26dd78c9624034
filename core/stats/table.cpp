#include "stats/table.hpp"

#include <algorithm>
#include <utility>

namespace locustella::stats {
namespace {

// Methods come from the script as well; so many get an entry for their names beyond the limit,
// further ones share one without a method.
constexpr std::size_t most_entries_beyond = 64;

std::shared_ptr<Entry> new_total(double wall_now, std::size_t snapshots)
{
    return std::make_shared<Entry>("", "Aggregated", wall_now,
                                   Entry::Options{Seconds::keep_all, snapshots});
}

}  // namespace

Table::Table(double wall_now, Options options)
    : options_(options),
      total_(new_total(wall_now, options.snapshots)),
      failures_(options.errors)
{
}

void Table::record(const Sample& sample)
{
    // First of all, for it runs a stranger's code: nothing is counted should it throw.
    if (rounding_ && sample.response_ms && !sample.rounded_ms) [[unlikely]]
        return record_with_users_bucket(sample);
    const Reading reading{sample};
    Entry& one = entry(sample.method, sample.name, sample.wall_now);
    one.prefetch();
    const bool phases = sample.phases && options_.phases;
    if (phases || !sample.error.empty() || !readers_.empty()) [[unlikely]]
        record_more(one, sample);
    total_->log(reading);
    one.log(reading);
}

// What few samples have beyond a success of some duration.
void Table::record_more(Entry& one, const Sample& sample)
{
    if (sample.phases && options_.phases)
        one.log_phases(*sample.phases);
    if (!sample.error.empty())
        fail(one, sample.method, sample.name, sample.error, sample.wall_now);
    for (const auto& queue : readers_)
        queue->push(sample);
}

void Table::record_with_users_bucket(Sample sample)
{
    sample.rounded_ms = rounding_(*sample.response_ms);
    record(sample);
}

void Table::log_error(std::string_view method, std::string_view name, std::string_view error,
                      double wall_now)
{
    fail(entry(method, name, wall_now), method, name, error, wall_now);
}

void Table::fail(Entry& entry, std::string_view method, std::string_view name,
                 std::string_view error, double wall_now)
{
    total_->log_error(wall_now);
    entry.log_error(wall_now);
    if (const auto kept = failure(method, name, error))
        kept->occurred(wall_now);
}

Failures::Shared Table::failure(std::string_view method, std::string_view name,
                                std::string_view error)
{
    auto found = failures_.find_or_add(method, name, error);
    if (!keeper_)
        return found;
    auto kept = keeper_(found);
    if (kept != found) {
        failures_.erase(*found);
        if (kept)
            failures_.adopt(kept);
    }
    return kept;
}

void Table::merge_failure(const Failure& news)
{
    if (const auto kept = failure(news.method, news.name, news.error))
        kept->merge(news);
}

void Table::remove_reader(const SampleQueue* queue)
{
    std::erase_if(readers_, [=](const auto& reader) { return reader.get() == queue; });
}

void Table::merge(const Table& other)
{
    for (const auto& theirs : other.entries_)
        entry(theirs->method(), theirs->name(), theirs->totals().start_time()).extend(*theirs);
    total_->extend(*other.total_);
    other.failures_.for_each([this](const Failure& failure) { merge_failure(failure); });
}

std::unique_ptr<Table> Table::delta(double wall_now)
{
    auto news = std::make_unique<Table>(wall_now, Options{});
    news->total_ = total_->take(wall_now);
    for (const auto& entry : entries_)
        if (entry->has_news())
            news->file(entry->take(wall_now));
    news->options_.names = std::max(options_.names, news->size());
    failures_.for_each(
        [&](const Failure& failure) { news->failures_.adopt(std::make_shared<Failure>(failure)); });
    failures_.clear();
    return news;
}

std::shared_ptr<const Snapshot> Table::snapshot(double wall_now)
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->wall_now = wall_now;
    snapshot->total = total_->copy(Snapshot::seconds, true);
    snapshot->entries.reserve(entries_.size());
    for (const auto& entry : entries_)
        snapshot->entries.push_back(entry->copy(Snapshot::seconds));
    snapshot->failures = failures_.copies();
    return snapshot;
}

Entry* Table::find(std::string_view method, std::string_view name)
{
    const auto found = entries_.find(Key{method, name});
    return found == entries_.end() ? nullptr : found->get();
}

Entry& Table::entry(std::string_view method, std::string_view name, double wall_now)
{
    const auto found = entries_.find(Key{method, name});
    if (found != entries_.end())
        return **found;
    if (entries_.size() - entries_beyond_ < options_.names)
        return create(method, name, wall_now);
    return entry_beyond_limit(method, name, wall_now);
}

void Table::file(std::shared_ptr<Entry> entry)
{
    ++entry->tables_;
    entries_.insert(std::move(entry));
}

Entry& Table::create(std::string_view method, std::string_view name, double wall_now)
{
    auto made = std::make_shared<Entry>(method, name, wall_now,
                                        Entry::Options{options_.entry_seconds, options_.snapshots});
    file(made);
    if (on_new_entry_)
        on_new_entry_(made);
    return *made;
}

Entry& Table::entry_beyond_limit(std::string_view method, std::string_view name, double wall_now)
{
    note_limit(method, name);
    if (Entry* shared = find(method, names_beyond_limit))
        return *shared;
    if (entries_beyond_ >= most_entries_beyond) {
        method = "";
        if (Entry* shared = find(method, names_beyond_limit))
            return *shared;
    }
    ++entries_beyond_;
    return create(method, names_beyond_limit, wall_now);
}

void Table::note_limit(std::string_view method, std::string_view name)
{
    if (std::exchange(limit_reached_, true))
        return;
    if (on_limit_)
        on_limit_(method, name);
}

bool Table::adopt(std::string_view method, std::string_view name, std::shared_ptr<Entry> entry)
{
    if (find(method, name) == entry.get())
        return true;
    const bool named_so = entry->method() == method && entry->name() == name;
    if (!named_so && entry->tables_ > 0)
        return false;
    erase(method, name);
    entry->rename(method, name);
    file(std::move(entry));
    return true;
}

bool Table::erase(std::string_view method, std::string_view name)
{
    const auto found = entries_.find(Key{method, name});
    if (found == entries_.end())
        return false;
    if (name == names_beyond_limit && entries_beyond_ > 0)
        --entries_beyond_;
    --(*found)->tables_;
    entries_.erase(found);
    return true;
}

void Table::erase_entries()
{
    for (const auto& entry : entries_)
        --entry->tables_;
    entries_.clear();
    entries_beyond_ = 0;
    limit_reached_ = false;
}

void Table::reset(double wall_now)
{
    total_->reset(wall_now);
    for (const auto& entry : entries_)
        entry->reset(wall_now);
    failures_.clear();
}

void Table::clear(double wall_now)
{
    erase_entries();
    failures_.clear();
    total_ = new_total(wall_now, options_.snapshots);
}

void Table::clear_phases()
{
    for (const auto& entry : entries_)
        entry->clear_phases();
}

void Table::keep_snapshots(std::size_t newest, double wall_now)
{
    options_.snapshots = newest;
    total_->keep_snapshots(newest, wall_now);
    for (const auto& entry : entries_)
        entry->keep_snapshots(newest, wall_now);
}

}  // namespace locustella::stats
