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
    if (needs_users_bucket(sample)) [[unlikely]]
        return record(with_users_bucket(sample));
    const Reading reading{sample};
    const bool phases = sample.phases && options_.phases;
    if (phases || !sample.error.empty() || !readers_.empty()) [[unlikely]] {
        count_more(sample, reading);
        return tell(sample);
    }
    Entry& one = entry(sample.method, sample.name, sample.wall_now);
    one.prefetch();
    total_->make_room(reading);
    one.make_room(reading);
    total_->count(reading);
    one.count(reading);
}

// What few samples have beyond a success of some duration. The keeper of failures is a stranger,
// too, and may even clear the table: it is asked before the entry is looked for.
void Table::count_more(const Sample& sample, const Reading& reading)
{
    const bool failed = !sample.error.empty();
    const auto kept = failed ? failure(sample.method, sample.name, sample.error) : nullptr;
    Entry& one = entry(sample.method, sample.name, sample.wall_now);
    const Phases* const phases = options_.phases ? sample.phases : nullptr;
    if (phases)
        one.make_room(*phases);
    total_->make_room(reading);
    one.make_room(reading);
    // From here on nothing can fail.
    for (Entry* counting : {total_.get(), &one}) {
        counting->count(reading);
        if (failed)
            counting->count_failure(reading);
    }
    if (phases)
        one.count(*phases);
    if (kept)
        kept->occurred(sample.wall_now);
}

void Table::count(const Sample& sample)
{
    if (needs_users_bucket(sample))
        return count(with_users_bucket(sample));
    count_more(sample, Reading{sample});
}

void Table::tell(const Sample& sample) const
{
    for (const auto& queue : readers_)
        queue->push(sample);
}

Sample Table::with_users_bucket(Sample sample) const
{
    sample.rounded_ms = rounding_(*sample.response_ms);
    return sample;
}

void Table::log_error(std::string_view method, std::string_view name, std::string_view error,
                      double wall_now)
{
    const Reading reading{{.wall_now = wall_now}};
    const auto kept = failure(method, name, error);
    Entry& one = entry(method, name, wall_now);
    total_->make_room_for_failure(reading);
    one.make_room_for_failure(reading);
    total_->count_failure(reading);
    one.count_failure(reading);
    if (kept)
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
    std::vector<std::pair<Failures::Shared, const Failure*>> failures;
    failures.reserve(other.failures_.size());
    other.failures_.for_each([&](const Failure& news) {
        if (auto kept = failure(news.method, news.name, news.error))
            failures.emplace_back(std::move(kept), &news);
    });
    std::vector<std::pair<Entry*, const Entry*>> entries;
    entries.reserve(other.entries_.size() + 1);
    entries.emplace_back(total_.get(), other.total_.get());
    for (const auto& theirs : other.entries_)
        entries.emplace_back(
            &entry(theirs->method(), theirs->name(), theirs->totals().start_time()), theirs.get());
    for (const auto& [ours, theirs] : entries)
        ours->make_room(*theirs);
    // From here on nothing can fail.
    for (const auto& [ours, theirs] : entries)
        ours->extend(*theirs);
    for (const auto& [kept, news] : failures)
        kept->merge(*news);
}

std::unique_ptr<Table> Table::delta(double wall_now)
{
    auto news = std::make_unique<Table>(wall_now, Options{});
    news->total_ = total_->empty_twin();
    std::vector<std::pair<Entry*, Entry*>> moves{{total_.get(), news->total_.get()}};
    for (const auto& entry : entries_) {
        if (!entry->has_news())
            continue;
        auto twin = entry->empty_twin();
        moves.emplace_back(entry.get(), twin.get());
        news->file(std::move(twin));
    }
    news->options_.names = std::max(options_.names, news->size());
    failures_.for_each(
        [&](const Failure& failure) { news->failures_.adopt(std::make_shared<Failure>(failure)); });
    // From here on nothing can fail.
    for (const auto& [entry, twin] : moves)
        entry->hand_over(*twin, wall_now);
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
    Entry& filed = *entry;
    entries_.insert(std::move(entry));
    ++filed.tables_;
    entries_beyond_ += filed.name() == names_beyond_limit;
}

Entry& Table::create(std::string_view method, std::string_view name, double wall_now)
{
    auto made = std::make_shared<Entry>(method, name, wall_now,
                                        Entry::Options{options_.entry_seconds, options_.snapshots});
    file(made);
    created_ = made;
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
    if (!named_so)
        entry->rename(method, name);
    entries_.reserve(entries_.size() + 1);
    erase(method, name);
    file(std::move(entry));
    return true;
}

bool Table::erase(std::string_view method, std::string_view name)
{
    const auto found = entries_.find(Key{method, name});
    if (found == entries_.end())
        return false;
    entries_beyond_ -= name == names_beyond_limit;
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

bool Table::knows_failure(std::string_view method, std::string_view name,
                          std::string_view error) const
{
    const auto known = failures_.find(method, name, error);
    return known && (!shows_ || shows_(*known));
}

void Table::keep_snapshots(std::size_t newest, double wall_now)
{
    options_.snapshots = newest;
    total_->keep_snapshots(newest, wall_now);
    for (const auto& entry : entries_)
        entry->keep_snapshots(newest, wall_now);
}

}  // namespace locustella::stats
