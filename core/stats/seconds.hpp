// How many requests and failures each second of the wall clock saw.
//
//   Seconds seconds{600};                 // keeps the newest 600 in which anything happened
//   seconds.add_request(1'700'000'000);
//   seconds.requests_between(1'700'000'000 - 10, 1'700'000'000 + 1) == 1
//
// Only seconds in which something happened take memory: 12 bytes each. The newest one lies in the
// object itself, where counting finds it without a further cache line. Units: whole Unix seconds.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace locustella::stats {

class Seconds {
public:
    struct Second {
        std::uint32_t at = 0;  // Unix time; good until 2106
        std::uint32_t requests = 0;
        std::uint32_t failures = 0;

        bool idle() const { return requests == 0 && failures == 0; }
    };

    static constexpr std::uint32_t keep_all = std::numeric_limits<std::uint32_t>::max();

    explicit Seconds(std::uint32_t keep = keep_all) : keep_(keep > 1 ? keep : 1) {}

    void add_request(std::int64_t second)
    {
        if (Second* cell = cell_of(second))
            ++cell->requests;
    }
    void add_failure(std::int64_t second)
    {
        if (Second* cell = cell_of(second))
            ++cell->failures;
    }

    // After this add_request() and add_failure() of that second cannot fail.
    void make_room(std::int64_t second)
    {
        if (newest_.at != second)
            make_room_for(1);
    }
    // ... nor can merge().
    void make_room(const Seconds& other) { make_room_for(other.older_.size() + 1); }

    // Counts of one second, replaced. Counts beyond 2^32 - 1 are held there.
    void set_requests(std::int64_t second, std::int64_t count);
    void set_failures(std::int64_t second, std::int64_t count);
    void clear_requests();
    void clear_failures();

    void merge(const Seconds& other);
    void clear();

    // Sums over [from, to).
    std::int64_t requests_between(std::int64_t from, std::int64_t to) const;
    std::int64_t failures_between(std::int64_t from, std::int64_t to) const;

    std::vector<Second> all() const;          // ascending
    Seconds newest(std::size_t count) const;  // the same, of the newest that saw anything
    std::uint32_t kept() const { return keep_; }

private:
    // Null for a second that cannot be kept: outside 32 bits, or older than all of a full list.
    Second* cell_of(std::int64_t second)
    {
        return newest_.at == second ? &newest_ : find_or_insert(second);
    }
    Second* find_or_insert(std::int64_t second);
    Second* insert_older(std::uint32_t second);
    void make_room_for(std::size_t more);
    void add(const Second& second);
    void retire_newest();
    void assign(const std::vector<Second>& ascending);

    Second newest_;  // `at` is 0 while there is none
    std::uint32_t keep_;
    std::vector<Second> older_;  // ascending, all before newest_
};

}  // namespace locustella::stats
