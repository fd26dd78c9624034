// Which user starts or stops next, where, and when: the dispatcher. A pure state machine: it
// neither waits nor looks at a clock.
//
//   Dispatcher dispatcher({"host_1", "host_2"}, {{"Buyer", 1.0, 0}, {"Visitor", 9.0, 0}});
//   dispatcher.ramp(100, 10);                       // to 100 users, 10 of them a second
//   for (;;) {
//       const auto action = dispatcher.resume();
//       if (action.kind == Dispatcher::Action::Kind::over) break;
//       ...                                  // a step, or moves: do what action.changes says
//   }                                        // a pause: wait action.pause_seconds
//
// A ramp goes up or down in steps of as many users as fit into a whole second (one, for rates below
// 1). Users go to one worker after the other. Their order depends on nothing but the names and
// numbers of the classes, so every run of a test starts the same users in the same order; a
// ramp-down stops the newest first. When a worker joins or leaves, the users are spread over all
// workers as if they had been started afresh, and the next step says what that changes. All of this
// is Locust's distribution, step by step.
//
//   state      resume(), when                      next       action
//   --------   ---------------------------------   --------   ----------------------------------
//   idle       -                                   idle       over
//   begun      workers changed                     moved      moves
//   begun      as many users as wanted             last       step: only what reports ask for
//   begun      fewer or more than wanted           stepped    step
//   moved      as many users as wanted             idle       over
//   moved      fewer or more                       stepped    step
//   stepped    workers changed meanwhile           settled    moves
//   stepped    they did not                        paused     pause; of 0 if this was the last step
//   settled    -                                   paused     pause; of 0 if this was the last step
//   paused     as many as wanted, nobody left      idle       over
//   paused     fewer or more                       stepped    step
//   last       -                                   idle       over
//   any        ramp()                              begun      -
//
// A pause counts from the beginning of the step before it: what the caller takes to do that step is
// part of it. Who is behind need not wait.
//
// Thread: any one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "load/user_order.hpp"

namespace locustella::load {

class Dispatcher {
public:
    using Row = std::uint32_t;
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;

    // Users of the class `column` to start (`by` above 0) or stop (below 0) on the worker `row`.
    struct Change {
        Row row = 0;
        Column column = 0;
        std::int64_t by = 0;

        bool operator==(const Change&) const = default;
    };

    struct Action {
        enum class Kind : std::uint8_t { step, moves, pause, over };
        Kind kind = Kind::over;
        double pause_seconds = 0;
        std::span<const Change> changes;  // valid until the dispatcher is asked or told again
    };

    // A worker's id is `host_...`: the workers of one host get their users one after another,
    // so that hosts fill up evenly.
    Dispatcher(std::vector<std::string> workers, std::vector<UserClass> classes);

    // Begins a ramp to `users`, `rate` of them a second; a ramp under way ends where it is.
    // Throws std::invalid_argument for less than no users, and for a rate that is not above 0.
    void ramp(double users, double rate);

    // Who is started from now on. The order of the classes begins anew.
    void choose(std::vector<UserClass> classes);

    // The chosen classes again, with what they weigh now. Fixed counts count at once, weights when
    // the order of the classes next begins anew.
    void revise(const std::vector<UserClass>& classes);

    // The next step moves users to or from it. A worker that joins twice gets two shares until it
    // leaves, which it does once. The users of the last worker to leave stay its own.
    void join(const std::string& worker);
    void leave(std::string_view worker);

    // How many users of each class run there really: users end by themselves, or are started by
    // hand. The next step makes up for the difference. No report: as many as the steps said.
    void report(const std::string& worker, const Counts& running);

    Action resume();

    bool under_way() const { return under_way_; }  // from the first action of a ramp to its over
    bool moves_wait() const { return workers_changed_; }
    std::size_t users() const { return placed_.size(); }
    double pause_between_steps() const { return pause_; }

    // The users that should run now: `wanted(row, column)`, in tables that these name.
    std::size_t rows() const { return rows_.size(); }
    std::size_t columns() const { return columns_.size(); }
    const std::string& worker(Row row) const { return rows_[row].id; }
    const std::string& class_name(Column column) const { return columns_[column]; }
    std::int64_t wanted(Row row, Column column) const { return rows_[row].wanted[column]; }
    std::int64_t wanted(std::string_view class_name) const;  // on all workers

private:
    enum class State : std::uint8_t { idle, begun, moved, stepped, settled, paused, last };

    struct WorkerRow {
        std::string id;
        std::vector<std::int64_t> wanted;  // by column
        std::vector<std::int64_t> told;    // what the steps so far come to, or the latest report
        bool changed = false;              // may differ from what was told
    };
    struct Place {
        Row row;
        Column column;
    };

    void sort_workers();
    void spread_anew();
    bool start_one();
    Action step_towards_target();
    Action answer(Action::Kind kind, State next);
    Action pause();
    Action end();
    void touch(Row row);
    Column column_of(const std::string& class_name);
    std::vector<PlacedClass> placed(std::vector<UserClass> classes);

    std::vector<std::string> workers_;  // in the order in which they get their users
    std::vector<Row> round_;            // of workers_; that of the last one stays when it leaves
    std::size_t next_in_round_ = 0;
    std::vector<WorkerRow> rows_;
    std::unordered_map<std::string, Row> row_of_;

    std::vector<PlacedClass> classes_;  // the chosen ones, by name
    std::vector<std::string> columns_;  // every class there has ever been
    std::vector<std::int64_t> totals_;  // wanted, by column
    UserOrder order_;
    std::vector<Place> placed_;  // who should run, oldest first

    std::vector<Row> changed_rows_;
    std::vector<Change> changes_;

    double target_ = 0;
    double pause_ = 0;
    std::int64_t users_a_step_ = 1;
    State state_ = State::idle;
    bool under_way_ = false;
    bool workers_changed_ = false;
    bool look_for_fixed_ = true;
    bool nobody_left_ = false;
    bool went_down_ = false;  // a ramp to half a user ends below it, as Locust's do
};

}  // namespace locustella::load
