// The statistics of a test: one entry for each (method, name), and one for all of them together.
//
//   Table table;
//   table.record({.method = "GET", .name = "/basket", .response_ms = Number{12.5},
//                 .content_length = bytes(512), .wall_now = wall_now, .error = "too slow"});
//   table.total().totals().requests == 1
//   table.find("GET", "/basket")->totals().failures == 1
//   table.failures().find("GET", "/basket", "too slow")->occurrences == 1
//
// A known name costs one hash look-up for request, failure and phases together, and no allocation,
// however many names there are; a failure one more among the different errors. Names
// without end (an id in every URL, say) would eat the memory, so past `names` further ones are
// counted together, for each method in an entry called names_beyond_limit; the total misses
// nothing, and on_limit() is told once. Entries never move: a reference stays good until clear() or
// erase(), and longer for who holds the shared_ptr.
//
// Threads each have a table of their own. What came since the last look goes to another one by
// delta() and merge(): merged deltas are the whole. An immutable copy to look at is a Snapshot.
//
// Thread: the owner's alone (with Python on top: the interpreter's, with the GIL held). Nothing
// here asks for the time; `wall_now` is Unix time in seconds, response times are milliseconds.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "stats/entry.hpp"
#include "stats/failures.hpp"
#include "stats/limits.hpp"
#include "stats/sample.hpp"
#include "stats/sample_queue.hpp"
#include "stats/snapshot.hpp"

namespace locustella::stats {

class Table {
public:
    struct Options {
        std::size_t names = default_name_limit;  // past these, further names are counted together
        std::uint32_t entry_seconds = 600;  // active seconds an entry keeps; the total keeps all
        std::size_t snapshots = 0;          // each keeps, for percentiles of the last seconds
        std::size_t errors = default_error_limit;  // past these likewise
        bool phases = false;                       // keep those of the samples that have them
    };

    // Locust's name for the bucket of a response time, in ms. A result that is no finite number is
    // passed over, and Locust's own rounding taken.
    using Rounding = std::function<double(Number response_ms)>;
    using EntryCallback = std::function<void(const std::shared_ptr<Entry>&)>;
    // In which failure this one counts: itself, or another that then takes its place; null where
    // the caller has counted it elsewhere.
    using FailureKeeper = std::function<Failures::Shared(const Failures::Shared&)>;
    using FailureShown = std::function<bool(const Failure&)>;
    using LimitCallback = std::function<void(std::string_view method, std::string_view name)>;

    explicit Table(double wall_now = 0) : Table(wall_now, Options{}) {}
    Table(double wall_now, Options options);
    ~Table() { erase_entries(); }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    // A finished request, and its failure and phases where it has them: in all places or, when it
    // throws for want of memory, in none.
    void record(const Sample& sample);

    // The two halves of record(), for who makes its samples in steps: counted in the table, and
    // told to the readers.
    void count(const Sample& sample);
    void tell(const Sample& sample) const;

    // A failure of a request that is recorded apart. Readers do not hear of it.
    void log_error(std::string_view method, std::string_view name, std::string_view error,
                   double wall_now);

    // What other has is added here, as if all its samples had been recorded here too: all of it or,
    // when it throws, nothing.
    void merge(const Table& other);

    // All that came since the last delta, in a table that shares nothing with this one:
    // it may go to another thread. This one begins anew; its entries stay in place, and who keeps
    // the failures begins anew as well. When it throws everything is still here.
    std::unique_ptr<Table> delta(double wall_now);

    std::shared_ptr<const Snapshot> snapshot(double wall_now);

    // Gets every sample from now on; without one, samples cost a comparison. Keep a queue in one
    // table at a time: it has one writer.
    void add_reader(std::shared_ptr<SampleQueue> queue) { readers_.push_back(std::move(queue)); }
    bool has_readers() const { return !readers_.empty(); }
    void remove_reader(const SampleQueue* queue);

    Entry& total() { return *total_; }
    const Entry& total() const { return *total_; }
    std::shared_ptr<Entry> shared_total() { return total_; }
    void set_total(std::shared_ptr<Entry> total) { total_ = std::move(total); }

    // Null where there is none.
    Entry* find(std::string_view method, std::string_view name);

    // Found or created; past the limit the one that stands for all further names.
    Entry& entry(std::string_view method, std::string_view name, double wall_now);

    // Puts an entry made elsewhere under this name, in place of any other, whatever the limit. The
    // name becomes the entry's own; false, and nothing done, where another table holds it by
    // another name.
    bool adopt(std::string_view method, std::string_view name, std::shared_ptr<Entry> entry);
    bool erase(std::string_view method, std::string_view name);
    void erase_entries();  // all but the total

    void clear(double wall_now);  // a new total, no entry, no failure; the limit is told anew

    Failures& failures() { return failures_; }
    const Failures& failures() const { return failures_; }
    void keep_failures(FailureKeeper keeper) { keeper_ = std::move(keeper); }  // null: none asked
    // Whether a failure of these texts would count in one that is there: `shows` may deny it of one
    // that somebody has taken away meanwhile.
    void show_failures(FailureShown shows) { shows_ = std::move(shows); }
    bool knows_failure(std::string_view method, std::string_view name,
                       std::string_view error) const;
    void merge_failure(const Failure& news);

    bool keeps_phases() const { return options_.phases; }
    void keep_phases(bool on) { options_.phases = on; }
    void clear_phases();

    std::size_t size() const { return entries_.size(); }

    template <class Visit>
    void for_each(Visit visit) const
    {
        for (const auto& entry : entries_)
            visit(*entry);
    }

    // After an entry was created by a request (not by adopt), before that request is counted in it.
    // It must leave the table's entries as they are.
    void on_new_entry(EntryCallback callback) { on_new_entry_ = std::move(callback); }
    // With the first name that no longer gets an entry of its own.
    void on_limit(LimitCallback callback) { on_limit_ = std::move(callback); }
    void set_rounding(Rounding rounding) { rounding_ = std::move(rounding); }  // null: Locust's

    std::size_t name_limit() const { return options_.names; }
    void set_name_limit(std::size_t names) { options_.names = names; }
    bool limit_reached() const { return limit_reached_; }
    void keep_snapshots(std::size_t newest, double wall_now);

private:
    struct Key {
        std::string_view method, name;
    };
    static Key key_of(const Key& key) { return key; }
    static Key key_of(const std::shared_ptr<Entry>& entry)
    {
        return {entry->method(), entry->name()};
    }

    struct Hash {
        using is_transparent = void;
        using is_avalanching = std::true_type;
        template <class Keyed>
        std::size_t operator()(const Keyed& keyed) const
        {
            // Methods are few: turning theirs in keeps ("A", "B") and ("B", "A") apart at little
            // cost.
            const auto [method, name] = key_of(keyed);
            const std::size_t turned = std::rotl(std::hash<std::string_view>{}(method), 1);
            return std::hash<std::string_view>{}(name) ^ turned;
        }
    };
    struct Equal {
        using is_transparent = void;
        template <class Left, class Right>
        bool operator()(const Left& left, const Right& right) const
        {
            const auto l = key_of(left), r = key_of(right);
            return l.name == r.name && l.method == r.method;
        }
    };
    using Entries = boost::unordered_flat_set<std::shared_ptr<Entry>, Hash, Equal>;

    void file(std::shared_ptr<Entry> entry);
    Entry& create(std::string_view method, std::string_view name, double wall_now);
    Entry& entry_beyond_limit(std::string_view method, std::string_view name, double wall_now);
    void note_limit(std::string_view method, std::string_view name);
    Sample with_users_bucket(Sample sample) const;
    bool needs_users_bucket(const Sample& sample) const
    {
        return rounding_ && sample.response_ms && !sample.rounded_ms;
    }
    Failures::Shared failure(std::string_view method, std::string_view name,
                             std::string_view error);
    void count_more(const Sample& sample, const Reading& reading);

    Options options_;
    std::shared_ptr<Entry> total_;
    Entries entries_;
    EntryCallback on_new_entry_;
    LimitCallback on_limit_;
    Rounding rounding_;
    FailureKeeper keeper_;
    FailureShown shows_;
    std::vector<std::shared_ptr<SampleQueue>> readers_;
    Failures failures_;
    std::size_t entries_beyond_ = 0;  // so many of entries_ stand for others
    std::shared_ptr<Entry> created_;  // the last: whoever is told of it may throw it out
    bool limit_reached_ = false;
};

}  // namespace locustella::stats
