// The different failures of a test: the same error at the same (method, name), counted.
//
//   Failures failures;
//   failures.find_or_add("GET", "/basket", "timeout")->occurred(wall_now);
//   failures.find("GET", "/basket", "timeout")->occurrences == 1
//
// Errors that carry an id or a time in their text have no end, so past `limit` further ones are
// counted together: for each (method, name) under errors_beyond_limit, and past most_beyond of
// these in one failure for all. No occurrence is lost.
//
// A failure is shared with who shows it (Python's `stats.errors`), and may be changed there: every
// number of it is open to assignment.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "stats/limits.hpp"

namespace locustella::stats {

struct Failure {
    std::string method, name, error;
    std::int64_t occurrences = 0;
    std::optional<double> first_seen = std::nullopt;  // seconds of Unix time
    std::optional<double> last_seen = std::nullopt;

    void occurred(double wall_now)
    {
        ++occurrences;
        last_seen = wall_now;
        if (!first_seen)
            first_seen = wall_now;
    }
    void merge(const Failure& other);
    bool operator==(const Failure&) const = default;
};

// The error's text without the memory addresses of objects in it: "<Thing object at 0x7f12>" is
// "<Thing object at 0x....>". Failures group by it.
std::string without_addresses(std::string_view error);

class Failures {
public:
    using Shared = std::shared_ptr<Failure>;

    static constexpr std::size_t most_beyond = 1'000;

    explicit Failures(std::size_t limit = default_error_limit) : limit_(limit) {}

    // Null where there is none.
    Shared find(std::string_view method, std::string_view name, std::string_view error) const;

    // Past the limit the one that stands for all further errors.
    Shared find_or_add(std::string_view method, std::string_view name, std::string_view error);

    // Puts one made elsewhere in place of any other with its texts, whatever the limit.
    void adopt(Shared failure);

    // As they are now; those that have not changed since the last copies are these.
    std::vector<std::shared_ptr<const Failure>> copies();

    void erase(const Failure& failure);
    void clear();

    std::size_t size() const { return all_.size(); }
    std::size_t limit() const { return limit_; }
    void limit(std::size_t most) { limit_ = most; }

    template <class Visit>
    void for_each(Visit visit) const
    {
        for (const auto& failure : all_)
            visit(*failure);
    }

private:
    struct Key {
        std::string_view method, name, error;

        bool operator==(const Key&) const = default;
    };
    static Key key_of(const Key& key) { return key; }
    static Key key_of(const Shared& failure)
    {
        return {failure->method, failure->name, failure->error};
    }
    struct Hash {
        using is_transparent = void;
        using is_avalanching = std::true_type;
        template <class Keyed>
        std::size_t operator()(const Keyed& keyed) const
        {
            const auto [method, name, error] = key_of(keyed);
            const std::hash<std::string_view> hash;
            return hash(error) ^ std::rotl(hash(name), 1) ^ std::rotl(hash(method), 2);
        }
    };
    struct Equal {
        using is_transparent = void;
        template <class Left, class Right>
        bool operator()(const Left& left, const Right& right) const
        {
            return key_of(left) == key_of(right);
        }
    };

    Shared add(const Key& key);
    void insert(Shared failure);
    Key beyond_limit(const Key& key) const;

    boost::unordered_flat_set<Shared, Hash, Equal> all_;
    boost::unordered_flat_map<const Failure*, std::shared_ptr<const Failure>> copied_;
    std::size_t limit_;
    std::size_t beyond_ = 0;  // so many of all_ stand for others
};

}  // namespace locustella::stats
