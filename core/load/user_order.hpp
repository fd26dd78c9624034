// In which order the classes of users start: missing fixed users first, then by weight.
//
//   UserOrder order;
//   bool look_for_fixed = true;
//   order.next(classes, totals, look_for_fixed)      // -> the column of the class that starts next
//
// Thread: any one at a time. No clock, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace locustella::load {

// A class of users, as far as who starts next depends on it.
struct UserClass {
    std::string name;
    double weight = 1;             // how often it is chosen, relative to the others; 0: never
    std::int64_t fixed_count = 0;  // not 0: this many of them, whatever the weight

    bool operator==(const UserClass&) const = default;
};

using Column = std::uint32_t;

// A class and the column of the tables that counts its users.
struct PlacedClass {
    UserClass user_class;
    Column column = 0;
};

// An endless sequence whose every beginning is as close to the weights as it can be.
//
// Closeness is the Kullback-Leibler divergence of what was given out (each class counted from its
// own weight on) from the weights: each step gives out the class that lowers it most. This is
// Locust's rule, to the last bit: the same users start in the same order.
class WeightedOrder {
public:
    // Equals are told apart by their order here. Weights that are not above 0 do not take part.
    void add(Column column, double weight);

    std::optional<Column> next();

private:
    struct Share {
        double drop;   // of the divergence, if this one is next; negative, the lowest is the best
        double count;  // from the weight on
        double weight;
        std::uint32_t rank;
        Column column;
    };

    static bool later(const Share& a, const Share& b);

    std::vector<Share> heap_;  // the next one on top
    std::uint32_t added_ = 0;
    bool ordered_ = false;
};

class UserOrder {
public:
    // `classes` in the order of their names, `totals`: how many users of each column there should
    // be now. `look_for_fixed`: whether fixed users may be missing; false again once that was
    // looked at. Nullopt: nobody is left to start.
    std::optional<Column> next(const std::vector<PlacedClass>& classes,
                               const std::vector<std::int64_t>& totals, bool& look_for_fixed);

private:
    void find_missing(const std::vector<PlacedClass>& classes,
                      const std::vector<std::int64_t>& totals);

    WeightedOrder weighted_;
    WeightedOrder fixed_;
    std::int64_t fixed_left_ = 0;
    bool weighed_ = false;  // weights count from the first choice by weight on
};

}  // namespace locustella::load
