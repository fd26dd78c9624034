// Where the time of requests goes, by entry: look-up, connect, TLS, send, first byte, receive.
//
//   PhaseTable table;
//   table.record("GET", "/basket", {0, 0, 0, 0, 58'000, 3'000});   // nanoseconds
//   table.find("GET", "/basket")->phases[PhaseTable::first_byte].times.percentile(0.99)
//
// A phase that did not happen (0: a reused connection does not connect) counts for the mean of all
// requests, and not for the percentiles of the phase. Names without end are counted together past
// `most_names`.
//
// Thread: one owner at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "stats/histogram.hpp"

namespace locustella::stats {

class PhaseTable {
public:
    enum Phase : std::size_t { dns, connect, tls, send, first_byte, receive };
    static constexpr std::array<std::string_view, 6> phase_names = {
        "dns", "connect", "tls", "send", "first_byte", "receive"};
    static constexpr std::size_t most_names = 10'000;

    using Times = std::array<base::Nanos, phase_names.size()>;

    struct PhaseTimes {
        base::Nanos sum = 0;
        std::uint64_t happened = 0;
        Histogram times;  // microseconds, of those that happened
    };
    struct Entry {
        std::uint64_t requests = 0;
        std::array<PhaseTimes, phase_names.size()> phases;
    };
    using Key = std::pair<std::string, std::string>;  // method, name

    void record(std::string_view method, std::string_view name, const Times& times);
    void clear() { entries_.clear(); }

    const Entry* find(std::string_view method, std::string_view name) const;
    const auto& entries() const { return entries_; }

private:
    struct Less {
        using is_transparent = void;
        using View = std::pair<std::string_view, std::string_view>;
        bool operator()(const View& a, const View& b) const { return a < b; }
    };

    std::map<Key, Entry, Less> entries_;
};

}  // namespace locustella::stats
