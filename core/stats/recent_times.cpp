#include "stats/recent_times.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace locustella::stats {

void RecentTimes::take(std::int64_t second, const Histogram& now)
{
    const auto same = std::find_if(steps_.begin(), steps_.end(),
                                   [=](const Step& step) { return step.second == second; });
    Step step{second, now.increases_since(last_)};
    Histogram seen = now;
    if (same != steps_.end()) {  // looked at before: what it had is the next one's now
        auto& heir = std::next(same) != steps_.end() ? std::next(same)->increases : step.increases;
        heir.insert(heir.end(), same->increases.begin(), same->increases.end());
        steps_.erase(same);
    }
    steps_.push_back(std::move(step));
    last_ = std::move(seen);
    while (steps_.size() > limit_)
        steps_.pop_front();
}

std::optional<Histogram> RecentTimes::since(std::int64_t second, const Histogram& now) const
{
    auto step = std::find_if(steps_.begin(), steps_.end(),
                             [=](const Step& one) { return one.second == second; });
    if (step == steps_.end())
        return std::nullopt;
    Histogram later;
    later.add(now.increases_since(last_));
    for (++step; step != steps_.end(); ++step)
        later.add(step->increases);
    return later;
}

std::vector<RecentTimes::Slice> RecentTimes::slices(std::int64_t from, std::int64_t to,
                                                    const Histogram& now, std::int64_t last) const
{
    std::vector<Slice> slices;
    const auto add = [&](std::int64_t after, std::int64_t until,
                         const std::vector<Histogram::Increase>& increases) {
        if (until <= from || after >= to || increases.empty())
            return;
        slices.push_back({after, until, {}});
        slices.back().times.add(increases);
    };
    for (std::size_t at = 1; at < steps_.size(); ++at)
        add(steps_[at - 1].second, steps_[at].second, steps_[at].increases);
    if (!steps_.empty() && last > from)
        add(steps_.back().second, last, now.increases_since(last_));
    return slices;
}

void RecentTimes::begin_anew(const Histogram& now)
{
    steps_.clear();
    last_ = now;
}

}  // namespace locustella::stats
