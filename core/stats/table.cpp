#include "stats/table.hpp"

#include <utility>

namespace locustella::stats {
namespace {

constexpr double nanos_per_ms = 1e6;

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
      total_(new_total(wall_now, options.snapshots))
{
}

void Table::log_request(std::string_view method, std::string_view name,
                        std::optional<double> response_ms, std::int64_t content_length,
                        double wall_now)
{
    Sample sample{.response_ms = std::nullopt,
                  .content_length = {static_cast<double>(content_length), true},
                  .wall_now = wall_now,
                  .rounded_ms = std::nullopt};
    if (response_ms)
        sample.response_ms = Number{*response_ms};
    log_request(method, name, sample);
}

void Table::log_request_nanos(std::string_view method, std::string_view name,
                              base::Nanos response_time, std::int64_t content_length,
                              double wall_now)
{
    log_request(method, name, static_cast<double>(response_time) / nanos_per_ms, content_length,
                wall_now);
}

void Table::log_request(std::string_view method, std::string_view name, Sample sample)
{
    // First of all, for it runs a stranger's code: nothing is counted should it throw.
    if (rounding_ && sample.response_ms && !sample.rounded_ms)
        sample.rounded_ms = rounding_(*sample.response_ms);
    const Reading reading{sample};
    Entry& one = entry(method, name, sample.wall_now);
    total_->log(reading);
    one.log(reading);
}

void Table::log_error(std::string_view method, std::string_view name, double wall_now)
{
    Entry& one = entry(method, name, wall_now);
    total_->log_error(wall_now);
    one.log_error(wall_now);
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
}

void Table::clear(double wall_now)
{
    erase_entries();
    total_ = new_total(wall_now, options_.snapshots);
}

void Table::keep_snapshots(std::size_t newest, double wall_now)
{
    options_.snapshots = newest;
    total_->keep_snapshots(newest, wall_now);
    for (const auto& entry : entries_)
        entry->keep_snapshots(newest, wall_now);
}

}  // namespace locustella::stats
