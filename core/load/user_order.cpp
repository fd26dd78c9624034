#include "load/user_order.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace locustella::load {
namespace {

double drop(double weight, double count)
{
    return weight * std::log2(count / (count + 1.0));
}

}  // namespace

bool WeightedOrder::later(const Share& a, const Share& b)
{
    return std::tie(a.drop, a.count, a.weight, a.rank) >
           std::tie(b.drop, b.count, b.weight, b.rank);
}

void WeightedOrder::add(Column column, double weight)
{
    if (weight > 0)
        heap_.push_back({drop(weight, weight), weight + 1.0, weight, added_++, column});
    ordered_ = false;
}

std::optional<Column> WeightedOrder::next()
{
    if (heap_.empty())
        return std::nullopt;
    if (!ordered_)
        std::make_heap(heap_.begin(), heap_.end(), later);
    ordered_ = true;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Share& chosen = heap_.back();
    chosen.drop = drop(chosen.weight, chosen.count);
    chosen.count += 1.0;
    const Column column = chosen.column;
    std::push_heap(heap_.begin(), heap_.end(), later);
    return column;
}

void UserOrder::find_missing(const std::vector<PlacedClass>& classes,
                             const std::vector<std::int64_t>& totals)
{
    fixed_ = {};
    for (const auto& [user_class, column] : classes) {
        const std::int64_t missing =
            user_class.fixed_count == 0 ? 0 : user_class.fixed_count - totals[column];
        if (missing <= 0)
            continue;
        fixed_.add(column, static_cast<double>(missing));
        fixed_left_ += missing;
    }
}

std::optional<Column> UserOrder::next(const std::vector<PlacedClass>& classes,
                                      const std::vector<std::int64_t>& totals, bool& look_for_fixed)
{
    if (fixed_left_ == 0 && look_for_fixed) {
        look_for_fixed = false;
        find_missing(classes, totals);
    }
    if (fixed_left_ > 0) {
        --fixed_left_;
        return fixed_.next();
    }
    if (!weighed_)
        for (const auto& [user_class, column] : classes)
            if (user_class.fixed_count == 0)
                weighted_.add(column, user_class.weight);
    weighed_ = true;
    return weighted_.next();
}

}  // namespace locustella::load
