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

void RecentTimes::begin_anew(const Histogram& now)
{
    steps_.clear();
    last_ = now;
}

}  // namespace locustella::stats
