// The dispatcher under any ramps, classes, workers and reports, in any order.
//
// Input: bytes, each a command with what the next bytes say. Claims: doing what the steps say gives
// as many users on every worker as are wanted there, never less than none; the workers' users add
// up; a ramp that is left alone ends, with as many users as it was asked for or nobody left to
// start; fixed users are there then; a pause is a number that can be waited for.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/expect.hpp"
#include "load/dispatcher.hpp"

namespace locustella::load {
namespace {

using fuzz::expect;
using Kind = Dispatcher::Action::Kind;

class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
    bool empty() const { return at_ == end_; }
    unsigned next() { return empty() ? 0 : *at_++; }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

std::vector<UserClass> classes_from(Bytes& bytes)
{
    std::vector<UserClass> classes;
    const unsigned count = 1 + bytes.next() % 4;
    for (unsigned number = 0; number < count; ++number) {
        const unsigned choice = bytes.next();
        const double weights[] = {0, 1, 2.5, 1e-9, 1e18, -1, INFINITY, NAN};
        classes.push_back({std::string(1, static_cast<char>('A' + bytes.next() % 6)),
                           weights[choice & 7], static_cast<int>(choice >> 3 & 15) - 2});
    }
    return classes;
}

std::string worker_from(Bytes& bytes)
{
    const unsigned choice = bytes.next();
    return std::string(1, static_cast<char>('a' + (choice & 3))) + "_" +
           std::to_string(choice >> 2 & 7);
}

class World {
public:
    explicit World(Bytes& bytes)
        : bytes_(bytes),
          classes_(classes_from(bytes)),
          dispatcher_({"a_0", "b_0"}, classes_)
    {
    }

    void live()
    {
        while (!bytes_.empty() && commands_++ < 200)
            command();
        finish();
    }

private:
    void command()
    {
        switch (bytes_.next() % 8) {
        case 0: return ramp();
        case 1: return dispatcher_.choose(classes_ = classes_from(bytes_));
        case 2: return dispatcher_.revise(classes_ = classes_from(bytes_));
        case 3: dispatcher_.join(worker_from(bytes_)); return forget_who_left();
        case 4: dispatcher_.leave(worker_from(bytes_)); return forget_who_left();
        case 5: return report();
        default: step();
        }
    }

    void ramp()
    {
        const double rates[] = {0.1, 1, 1.5, 7, 1e3, 1e300};
        const double users = bytes_.next() + (bytes_.next() % 16 == 0 ? 0.5 : 0.0);
        dispatcher_.ramp(users, rates[bytes_.next() % 6]);
    }

    void report()
    {
        const auto worker = worker_from(bytes_);
        Dispatcher::Counts counts;
        for (unsigned number = bytes_.next() % 4; number > 0; --number) {
            const std::string name(1, static_cast<char>('A' + bytes_.next() % 6));
            counts.emplace_back(name, bytes_.next() % 9);
        }
        dispatcher_.report(worker, counts);
        running_[worker].clear();
        for (const auto& [name, count] : counts)
            if (is_known(name))  // who is not, is nobody's business yet
                running_[worker][name] += count;
        forget_who_left();  // and who was never there
    }

    bool is_known(const std::string& class_name) const
    {
        for (Column column = 0; column < dispatcher_.columns(); ++column)
            if (dispatcher_.class_name(column) == class_name)
                return true;
        return false;
    }

    // The users of a worker that left are gone with it.
    void forget_who_left()
    {
        auto before = std::exchange(running_, {});
        for (Dispatcher::Row row = 0; row < dispatcher_.rows(); ++row)
            running_[dispatcher_.worker(row)] = std::move(before[dispatcher_.worker(row)]);
    }

    Kind step()
    {
        forget_who_left();
        const auto action = dispatcher_.resume();
        if (action.kind == Kind::pause)
            expect(action.pause_seconds >= 0 && std::isfinite(action.pause_seconds),
                   "a pause can be waited for");
        if (action.kind != Kind::step && action.kind != Kind::moves) {
            expect(action.changes.empty(), "only steps change something");
            return action.kind;
        }
        for (const auto& [row, column, by] : action.changes) {
            expect(by != 0, "a change changes something");
            auto& count = running_[dispatcher_.worker(row)][dispatcher_.class_name(column)];
            count += by;
            expect(count >= 0, "nobody is stopped who does not run");
        }
        check_counts();
        return action.kind;
    }

    void check_counts()
    {
        std::int64_t sum = 0;
        for (Dispatcher::Row row = 0; row < dispatcher_.rows(); ++row)
            for (Column column = 0; column < dispatcher_.columns(); ++column) {
                const std::int64_t wanted = dispatcher_.wanted(row, column);
                expect(wanted >= 0, "nowhere are less than no users wanted");
                expect(wanted == running_[dispatcher_.worker(row)][dispatcher_.class_name(column)],
                       "who does what the steps say runs what is wanted");
                sum += wanted;
            }
        expect(sum == static_cast<std::int64_t>(dispatcher_.users()), "the users add up");
        std::int64_t by_class = 0;
        for (Column column = 0; column < dispatcher_.columns(); ++column)
            by_class += dispatcher_.wanted(dispatcher_.class_name(column));
        expect(by_class == sum, "by class too");
    }

    // A ramp that is left alone: to the end of the one under way, then one that nothing hinders.
    void finish()
    {
        for (int most = 5000; step() != Kind::over; --most)
            expect(most > 0, "a ramp ends");
        expect(!dispatcher_.under_way(), "and is over then");
        dispatcher_.choose(classes_);
        dispatcher_.join("z_9");  // whoever is missing is looked for
        dispatcher_.ramp(300, 1e6);
        bool paused = false;
        for (int most = 10;; --most) {
            const Kind kind = step();
            if (kind == Kind::over)
                break;
            expect(most > 0, "in a step or two");
            paused = paused || kind == Kind::pause;
        }
        expect(paused || dispatcher_.users() == 300, "a ramp that has a step has a pause");
        std::map<std::string, std::int64_t> fixed;
        bool weighted = false;
        for (const auto& [name, weight, count] : classes_) {
            weighted |= count == 0 && weight > 0;
            if (count > 0)
                fixed[name] = std::max(fixed[name], count);
        }
        expect(!weighted || dispatcher_.users() == 300, "there are as many as were asked for");
        for (const auto& [name, count] : fixed)
            expect(dispatcher_.wanted(name) >= count, "the fixed users are there");
    }

    Bytes& bytes_;
    std::vector<UserClass> classes_;
    Dispatcher dispatcher_;
    std::map<std::string, std::map<std::string, std::int64_t>> running_;
    int commands_ = 0;
};

}  // namespace
}  // namespace locustella::load

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    locustella::load::Bytes bytes(data, size);
    locustella::load::World(bytes).live();
    return 0;
}
