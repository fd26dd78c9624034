#include "load/dispatcher.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <tuple>

namespace locustella::load {
namespace {

[[noreturn]] void refuse(const char* words, double number)
{
    char text[128];
    std::snprintf(text, sizeof text, "%s, not %g", words, number);
    throw std::invalid_argument(text);
}

std::string_view host_of(std::string_view worker)
{
    return worker.substr(0, worker.find('_'));
}

}  // namespace

Dispatcher::Dispatcher(std::vector<std::string> workers, std::vector<UserClass> classes)
    : workers_(std::move(workers))
{
    classes_ = placed(std::move(classes));
    sort_workers();
    spread_anew();
    workers_changed_ = false;
}

// First the first worker of every host, then the second ones.
void Dispatcher::sort_workers()
{
    std::sort(workers_.begin(), workers_.end());
    std::map<std::string_view, int> seen;
    std::vector<std::pair<int, std::string>> keyed;
    keyed.reserve(workers_.size());
    for (const auto& worker : workers_)
        keyed.emplace_back(seen[host_of(worker)]++, worker);
    std::sort(keyed.begin(), keyed.end());
    workers_.clear();
    for (auto& [index_within_host, worker] : keyed)
        workers_.push_back(std::move(worker));
}

Column Dispatcher::column_of(const std::string& class_name)
{
    const auto known = std::find(columns_.begin(), columns_.end(), class_name);
    if (known != columns_.end())
        return static_cast<Column>(known - columns_.begin());
    columns_.push_back(class_name);
    totals_.push_back(0);
    for (auto& row : rows_) {
        row.wanted.push_back(0);
        row.told.push_back(0);
    }
    return static_cast<Column>(columns_.size() - 1);
}

std::vector<PlacedClass> Dispatcher::placed(std::vector<UserClass> classes)
{
    std::stable_sort(classes.begin(), classes.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    std::vector<PlacedClass> placed;
    placed.reserve(classes.size());
    for (auto& user_class : classes) {
        const Column column = column_of(user_class.name);
        placed.push_back({std::move(user_class), column});
    }
    return placed;
}

void Dispatcher::ramp(double users, double rate)
{
    if (users < 0)
        refuse("the number of users must be 0 or more", users);
    if (!(rate > 0 && std::isfinite(rate)))
        refuse("the spawn rate must be a number above 0", rate);
    constexpr double most_a_step = 1e15;
    const double a_step = std::max(1.0, std::floor(rate));
    target_ = users;
    users_a_step_ = static_cast<std::int64_t>(std::min(a_step, most_a_step));
    pause_ = a_step / rate;
    state_ = State::begun;
    went_down_ = false;
    nobody_left_ = false;
}

void Dispatcher::choose(std::vector<UserClass> classes)
{
    classes_ = placed(std::move(classes));
    order_ = {};
}

void Dispatcher::revise(const std::vector<UserClass>& classes)
{
    const auto same = [](const PlacedClass& known, const UserClass& now) {
        return known.user_class == now;
    };
    if (!std::equal(classes_.begin(), classes_.end(), classes.begin(), classes.end(), same))
        classes_ = placed(classes);
}

void Dispatcher::join(const std::string& worker)
{
    workers_.push_back(worker);
    sort_workers();
    spread_anew();
}

void Dispatcher::leave(std::string_view worker)
{
    std::erase(workers_, worker);
    if (!workers_.empty())
        spread_anew();
}

void Dispatcher::report(const std::string& worker, const Counts& running)
{
    const auto found = row_of_.find(worker);
    if (found == row_of_.end())
        return;
    auto& told = rows_[found->second].told;
    std::fill(told.begin(), told.end(), 0);
    for (const auto& [class_name, count] : running) {
        const auto known = std::find(columns_.begin(), columns_.end(), class_name);
        if (known != columns_.end())
            told[static_cast<std::size_t>(known - columns_.begin())] += count;
    }
    touch(found->second);
}

// Distributes as many users as there are now as if all were started afresh. The order and the
// rounds of that distribution stay, so that later steps continue it smoothly.
void Dispatcher::spread_anew()
{
    std::vector<WorkerRow> before = std::exchange(rows_, {});
    const auto row_before = std::exchange(row_of_, {});
    changed_rows_.clear();
    round_.clear();
    next_in_round_ = 0;
    for (const auto& worker : workers_) {
        const auto [place, is_new] = row_of_.try_emplace(worker, static_cast<Row>(rows_.size()));
        round_.push_back(place->second);
        if (!is_new)
            continue;
        WorkerRow& row = rows_.emplace_back();
        row.id = worker;
        row.wanted.resize(columns_.size());
        const auto known = row_before.find(worker);
        row.told = known == row_before.end() ? row.wanted : std::move(before[known->second].told);
        touch(place->second);
    }
    std::fill(totals_.begin(), totals_.end(), 0);
    order_ = {};
    look_for_fixed_ = true;
    const std::size_t users = placed_.size();
    placed_.clear();
    while (placed_.size() < users && start_one()) {
    }
    workers_changed_ = true;
}

bool Dispatcher::start_one()
{
    if (round_.empty())
        return false;
    const auto column = order_.next(classes_, totals_, look_for_fixed_);
    if (!column)
        return false;
    const Row row = round_[next_in_round_];
    next_in_round_ = next_in_round_ + 1 == round_.size() ? 0 : next_in_round_ + 1;
    ++rows_[row].wanted[*column];
    ++totals_[*column];
    placed_.push_back({row, *column});
    touch(row);
    return true;
}

void Dispatcher::touch(Row row)
{
    if (std::exchange(rows_[row].changed, true))
        return;
    changed_rows_.push_back(row);
}

Dispatcher::Action Dispatcher::resume()
{
    switch (state_) {
    case State::idle: return {};
    case State::begun:
        under_way_ = true;
        if (std::exchange(workers_changed_, false))
            return answer(Action::Kind::moves, State::moved);
        if (static_cast<double>(placed_.size()) == target_)
            return answer(Action::Kind::step, State::last);
        return step_towards_target();
    case State::moved: return step_towards_target();
    case State::stepped:
        if (std::exchange(workers_changed_, false))
            return answer(Action::Kind::moves, State::settled);
        return pause();
    case State::settled: return pause();
    case State::paused:
        if (!std::exchange(nobody_left_, false))
            return step_towards_target();
        break;
    case State::last: break;
    }
    return end();
}

Dispatcher::Action Dispatcher::end()
{
    state_ = State::idle;
    under_way_ = false;
    return {};
}

Dispatcher::Action Dispatcher::step_towards_target()
{
    const auto now = [this] { return static_cast<double>(placed_.size()); };
    const auto a_step = static_cast<double>(users_a_step_);
    if (now() < target_ && !went_down_) {
        const double goal = std::min(now() + a_step, target_);
        while (now() < goal && !nobody_left_)
            nobody_left_ = !start_one();
    } else if (now() > target_) {
        const double goal = std::max(now() - a_step, target_);
        while (now() > goal) {
            const auto [row, column] = placed_.back();
            placed_.pop_back();
            --rows_[row].wanted[column];
            --totals_[column];
            touch(row);
        }
        look_for_fixed_ = true;
        went_down_ = true;
    } else {
        return end();
    }
    return answer(Action::Kind::step, State::stepped);
}

// What the workers must do so that as many run as are wanted.
Dispatcher::Action Dispatcher::answer(Action::Kind kind, State next)
{
    changes_.clear();
    for (const Row at : changed_rows_) {
        WorkerRow& row = rows_[at];
        row.changed = false;
        for (Column column = 0; column < row.wanted.size(); ++column)
            if (const std::int64_t by = row.wanted[column] - row.told[column])
                changes_.push_back({at, column, by});
        row.told = row.wanted;
    }
    changed_rows_.clear();
    state_ = next;
    return {kind, 0, changes_};
}

Dispatcher::Action Dispatcher::pause()
{
    state_ = State::paused;
    const bool last = static_cast<double>(placed_.size()) == target_;
    return {Action::Kind::pause, last ? 0.0 : pause_, {}};
}

std::int64_t Dispatcher::wanted(std::string_view class_name) const
{
    const auto known = std::find(columns_.begin(), columns_.end(), class_name);
    return known == columns_.end() ? 0
                                   : totals_[static_cast<std::size_t>(known - columns_.begin())];
}

}  // namespace locustella::load
