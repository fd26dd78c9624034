// The statistics of a test: one entry for each (method, name), and one for all of them together.
//
//   Table table;
//   table.log_request("GET", "/basket", 12.5, 512, wall_now);
//   table.log_error("GET", "/basket", wall_now);
//   table.total().totals().requests == 1
//   table.find("GET", "/basket")->totals().failures == 1
//
// A known name costs one hash look-up and no allocation, however many names there are. Names
// without end (an id in every URL, say) would eat the memory, so past `names` further ones are
// counted together, for each method in an entry called names_beyond_limit; the total misses
// nothing, and on_limit() is told once. Entries never move: a reference stays good until clear() or
// erase(), and longer for who holds the shared_ptr.
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

#include <boost/unordered/unordered_flat_set.hpp>

#include "base/clock.hpp"
#include "stats/entry.hpp"

namespace locustella::stats {

inline constexpr std::string_view names_beyond_limit = "(names beyond the limit)";

class Table {
public:
    struct Options {
        std::size_t names = 30'000;         // past these, further names are counted together
        std::uint32_t entry_seconds = 600;  // active seconds an entry keeps; the total keeps all
        std::size_t snapshots = 0;          // each keeps, for percentiles of the last seconds
    };

    // Locust's name for the bucket of a response time, in ms. A result that is no finite number is
    // passed over, and Locust's own rounding taken.
    using Rounding = std::function<double(Number response_ms)>;
    using EntryCallback = std::function<void(const std::shared_ptr<Entry>&)>;
    using LimitCallback = std::function<void(std::string_view method, std::string_view name)>;

    explicit Table(double wall_now = 0) : Table(wall_now, Options{}) {}
    Table(double wall_now, Options options);
    ~Table() { erase_entries(); }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    void log_request(std::string_view method, std::string_view name,
                     std::optional<double> response_ms, std::int64_t content_length,
                     double wall_now);
    void log_request_nanos(std::string_view method, std::string_view name,
                           base::Nanos response_time, std::int64_t content_length, double wall_now);
    void log_request(std::string_view method, std::string_view name, Sample sample);
    void log_error(std::string_view method, std::string_view name, double wall_now);

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

    void reset(double wall_now);  // every number to zero; the entries stay
    void clear(double wall_now);  // a new total and no entry; then the limit is told anew

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

    Options options_;
    std::shared_ptr<Entry> total_;
    Entries entries_;
    EntryCallback on_new_entry_;
    LimitCallback on_limit_;
    Rounding rounding_;
    std::size_t entries_beyond_ = 0;
    bool limit_reached_ = false;
};

}  // namespace locustella::stats
