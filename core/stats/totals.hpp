// What an entry adds up: plain numbers, open to assignment, without a rule between them.
//
//   Totals totals;
//   totals.add_response_ms(Number{12.5});
//   totals.min_ms()->value == 12.5
//
// Everything a request touches lies in two cache lines; the getters put value and kind together
// again. Times in milliseconds, sizes in bytes, instants in seconds of Unix time.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "stats/number.hpp"
#include "stats/sample.hpp"

namespace locustella::stats {

// What each request changes comes first: see Entry.
class Totals {
public:
    std::int64_t requests = 0;
    // Of the timed requests, by how sure their end is. Of those of a stock worker nobody knows.
    std::array<std::int64_t, certainties> ends = {};
    std::int64_t ended(Certainty certainty) const
    {
        return ends[static_cast<std::size_t>(certainty)];
    }

    // Minimum and maximum keep the first of equals, and so its kind.
    void add_response_ms(Number ms)
    {
        sum_ms_ += ms.value;
        sum_whole_ = sum_whole_ && ms.whole;
        if (!(ms.value >= min_ms_))  // also where there is no minimum yet
            set_min_ms(ms);
        if (ms.value > max_ms_)
            set_max_ms(ms);
    }
    void add_content_length(Number bytes)
    {
        content_length_ += bytes.value;
        content_whole_ = content_whole_ && bytes.whole;
    }
    void add(const Totals& other);

    Number response_ms() const { return {sum_ms_, sum_whole_}; }
    Number content_length() const { return {content_length_, content_whole_}; }
    Number max_ms() const { return {max_ms_, max_whole_}; }
    std::optional<Number> min_ms() const
    {
        return std::isnan(min_ms_) ? std::nullopt : std::optional{Number{min_ms_, min_whole_}};
    }
    std::optional<double> last_request() const
    {
        return std::isnan(last_request_) ? std::nullopt : std::optional{last_request_};
    }
    bool no_request_since(std::int64_t second) const
    {
        return !(last_request_ >= static_cast<double>(second));  // true while there is none
    }
    double start_time() const { return start_time_; }

    void set_response_ms(Number sum) { sum_ms_ = sum.value, sum_whole_ = sum.whole; }
    void set_content_length(Number sum) { content_length_ = sum.value, content_whole_ = sum.whole; }
    void set_max_ms(Number ms) { max_ms_ = ms.value, max_whole_ = ms.whole; }
    void set_min_ms(std::optional<Number> ms)
    {
        min_ms_ = ms ? ms->value : none;
        min_whole_ = ms && ms->whole;
    }
    void set_last_request(std::optional<double> wall) { last_request_ = wall.value_or(none); }
    void set_start_time(double wall) { start_time_ = wall; }

private:
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();

    double sum_ms_ = 0;
    double content_length_ = 0;
    double min_ms_ = none;
    double max_ms_ = 0;
    double last_request_ = none;
    bool sum_whole_ = true;
    bool content_whole_ = true;
    bool min_whole_ = false;
    bool max_whole_ = true;

public:
    std::int64_t none_requests = 0;  // of the requests, without a response time
    std::int64_t failures = 0;

private:
    double start_time_ = 0;
};

// The sums, and the earliest start and latest request of both.
inline void Totals::add(const Totals& other)
{
    requests += other.requests;
    none_requests += other.none_requests;
    failures += other.failures;
    for (std::size_t certainty = 0; certainty < ends.size(); ++certainty)
        ends[certainty] += other.ends[certainty];
    sum_ms_ += other.sum_ms_;
    sum_whole_ = sum_whole_ && other.sum_whole_;
    add_content_length(other.content_length());
    if (const auto least = other.min_ms(); least && !(least->value >= min_ms_))
        set_min_ms(least);
    if (other.max_ms_ > max_ms_)
        set_max_ms(other.max_ms());
    if (other.start_time_ < start_time_)
        start_time_ = other.start_time_;
    if (!(last_request_ >= other.last_request_) && !std::isnan(other.last_request_))
        last_request_ = other.last_request_;
}

}  // namespace locustella::stats
