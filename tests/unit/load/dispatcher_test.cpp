#include "load/dispatcher.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

namespace locustella::load {
namespace {

using Kind = Dispatcher::Action::Kind;

// What a dispatcher says, as text: "[h_1:A+2,B-1]" for a step, "1.5" for a pause.
class Talk {
public:
    Talk(std::vector<std::string> workers, std::vector<UserClass> classes)
        : dispatcher(std::move(workers), std::move(classes))
    {
    }

    std::string next()
    {
        const auto action = dispatcher.resume();
        if (action.kind == Kind::over)
            return "over";
        if (action.kind == Kind::pause) {
            std::string text = std::to_string(action.pause_seconds);
            return text.substr(0, text.find('.') + 3);
        }
        std::map<std::string, std::string> by_worker;
        for (const auto& [row, column, by] : action.changes) {
            auto& text = by_worker[dispatcher.worker(row)];
            text += (text.empty() ? "" : ",") + dispatcher.class_name(column) +
                    (by > 0 ? "+" : "") + std::to_string(by);
        }
        std::string text;
        for (const auto& [worker, changes] : by_worker)
            text += (text.empty() ? "" : " ") + worker + ":" + changes;
        return action.kind == Kind::moves ? "moves[" + text + "]" : "[" + text + "]";
    }

    std::string ramp(double users, double rate)
    {
        dispatcher.ramp(users, rate);
        return rest();
    }

    std::string rest()
    {
        std::string all;
        for (int bound = 0; bound < 100; ++bound) {
            const auto said = next();
            if (said == "over")
                return all;
            all += (all.empty() ? "" : " ") + said;
        }
        return all + " and so on";
    }

    Dispatcher dispatcher;
};

TEST(Dispatcher, GoesUpStepByStep)
{
    Talk talk({"l"}, {{"B", 1, 0}, {"A", 1, 0}});
    EXPECT_EQ(talk.next(), "over") << "before any ramp";
    EXPECT_EQ(talk.ramp(5, 2), "[l:A+1,B+1] 1.00 [l:A+1,B+1] 1.00 [l:A+1] 0.00");
    EXPECT_EQ(talk.next(), "over");
    EXPECT_EQ(talk.dispatcher.users(), 5u);
    EXPECT_EQ(talk.dispatcher.wanted("A"), 3);
    EXPECT_EQ(talk.dispatcher.wanted("nobody"), 0);
}

TEST(Dispatcher, PausesAsTheRateAsks)
{
    const auto first_pause = [](double rate) {
        Talk talk({"l"}, {{"A", 1, 0}});
        talk.dispatcher.ramp(1e7, rate);
        talk.next();
        return talk.next();
    };
    EXPECT_EQ(first_pause(0.5), "2.00");
    EXPECT_EQ(first_pause(1), "1.00");
    EXPECT_EQ(first_pause(2.5), "0.80");
    EXPECT_EQ(first_pause(0.01), "100.00");
    Talk talk({"l"}, {{"A", 1, 0}});
    EXPECT_EQ(talk.ramp(3, 1e300), "[l:A+3] 0.00") << "no rate is too high";
    EXPECT_EQ(talk.ramp(2, std::numeric_limits<double>::min()), "[l:A-1] 0.00");
}

TEST(Dispatcher, GoesDownTheNewestFirst)
{
    Talk talk({"l"}, {{"A", 3, 0}, {"B", 1, 0}});
    EXPECT_EQ(talk.ramp(3, 1), "[l:A+1] 1.00 [l:B+1] 1.00 [l:A+1] 0.00");
    EXPECT_EQ(talk.ramp(0, 1), "[l:A-1] 1.00 [l:B-1] 1.00 [l:A-1] 0.00");
    EXPECT_EQ(talk.ramp(0, 1), "[]") << "there is nothing to do, once";
}

TEST(Dispatcher, HalfAUserIsTooMuch)
{
    Talk talk({"l"}, {{"A", 1, 0}});
    EXPECT_EQ(talk.ramp(1.5, 1), "[l:A+1] 1.00 [l:A+1] 1.00 [l:A-1] 1.00") << "as Locust's does";
    EXPECT_EQ(talk.ramp(std::nan(""), 1), "");
}

TEST(Dispatcher, ANewRampEndsTheOneUnderWay)
{
    Talk talk({"l"}, {{"A", 1, 0}});
    EXPECT_FALSE(talk.dispatcher.under_way());
    talk.dispatcher.ramp(10, 4);
    EXPECT_EQ(talk.next(), "[l:A+4]");
    EXPECT_TRUE(talk.dispatcher.under_way());
    EXPECT_EQ(talk.ramp(2, 1), "[l:A-1] 1.00 [l:A-1] 0.00");
    EXPECT_FALSE(talk.dispatcher.under_way());
}

TEST(Dispatcher, RefusesImpossibleNumbers)
{
    Dispatcher dispatcher({"l"}, {{"A", 1, 0}});
    EXPECT_THROW(dispatcher.ramp(-1, 1), std::invalid_argument);
    for (const double rate : {0.0, -2.0, std::nan(""), std::numeric_limits<double>::infinity()})
        EXPECT_THROW(dispatcher.ramp(1, rate), std::invalid_argument) << rate;
}

TEST(Dispatcher, FixedUsersStartFirstAndNobodyIsLeft)
{
    Talk talk({"l"}, {{"A", 9, 0}, {"Z", 0, 2}});
    EXPECT_EQ(talk.ramp(3, 1), "[l:Z+1] 1.00 [l:Z+1] 1.00 [l:A+1] 0.00");
    Talk fixed({"l"}, {{"F", 1, 2}});
    EXPECT_EQ(fixed.ramp(5, 1), "[l:F+1] 1.00 [l:F+1] 1.00 [] 1.00") << "the pause is Locust's";
    Talk nobody({"l"}, {{"A", 0, 0}});
    EXPECT_EQ(nobody.ramp(5, 10), "[] 1.00");
    Talk nowhere({}, {{"A", 1, 0}});
    EXPECT_EQ(nowhere.ramp(5, 10), "[] 1.00");
}

TEST(Dispatcher, ChoosesOtherClassesFromNowOn)
{
    Talk talk({"l"}, {{"A", 1, 0}, {"B", 1, 0}});
    talk.ramp(2, 10);
    talk.dispatcher.choose({{"B", 1, 0}});
    EXPECT_EQ(talk.ramp(4, 10), "[l:B+2] 0.00");
    talk.dispatcher.choose({{"New", 1, 0}, {"A", 1, 0}});
    EXPECT_EQ(talk.ramp(6, 10), "[l:A+1,New+1] 0.00") << "one that was not there before";
}

TEST(Dispatcher, RevisedFixedCountsCountAtOnceAndWeightsLater)
{
    Talk talk({"l"}, {{"A", 1, 0}, {"B", 0, 0}});
    talk.ramp(1, 10);
    talk.dispatcher.revise({{"A", 0, 0}, {"B", 1, 0}});
    EXPECT_EQ(talk.ramp(2, 10), "[l:A+1] 0.00");
    talk.ramp(1, 10);  // who goes down may have lost fixed users
    talk.dispatcher.revise({{"A", 0, 0}, {"B", 1, 1}});
    EXPECT_EQ(talk.ramp(2, 10), "[l:B+1] 0.00");
}

TEST(Dispatcher, UsersGoToTheWorkersInTurnAndHostsFillUpEvenly)
{
    Talk talk({"a_1", "a_2", "b_1", "b_2"}, {{"A", 1, 0}});
    EXPECT_EQ(talk.ramp(2, 10), "[a_1:A+1 b_1:A+1] 0.00");
    EXPECT_EQ(talk.ramp(5, 10), "[a_1:A+1 a_2:A+1 b_2:A+1] 0.00");
}

TEST(Dispatcher, AWorkerThatJoinsGetsItsShare)
{
    Talk talk({"h_1"}, {{"A", 1, 0}});
    talk.ramp(4, 10);
    talk.dispatcher.join("h_2");
    EXPECT_TRUE(talk.dispatcher.moves_wait());
    EXPECT_EQ(talk.ramp(4, 10), "moves[h_1:A-2 h_2:A+2]");
    EXPECT_FALSE(talk.dispatcher.moves_wait());
    talk.dispatcher.join("h_3");
    EXPECT_EQ(talk.ramp(6, 1), "moves[h_2:A-1 h_3:A+1] [h_2:A+1] 1.00 [h_3:A+1] 0.00");
}

TEST(Dispatcher, WhatMovesIsSaidBeforeThePause)
{
    Talk talk({"h_1", "h_2"}, {{"A", 1, 0}});
    talk.dispatcher.ramp(6, 2);
    EXPECT_EQ(talk.next(), "[h_1:A+1 h_2:A+1]");
    talk.dispatcher.leave("h_2");
    EXPECT_EQ(talk.next(), "moves[h_1:A+1]");
    EXPECT_EQ(talk.next(), "1.00");
    talk.dispatcher.join("h_2");  // in the pause: the next step does both
    EXPECT_EQ(talk.next(), "[h_2:A+2]");
    EXPECT_EQ(talk.next(), "moves[]") << "said already";
    EXPECT_EQ(talk.rest(), "1.00 [h_1:A+1 h_2:A+1] 0.00");
}

TEST(Dispatcher, TheLastWorkersUsersStayItsOwn)
{
    Talk talk({"h_1"}, {{"A", 1, 0}});
    talk.ramp(2, 10);
    talk.dispatcher.leave("h_1");
    EXPECT_FALSE(talk.dispatcher.moves_wait());
    talk.dispatcher.join("h_2");
    EXPECT_EQ(talk.ramp(2, 10), "moves[h_2:A+2]");
    EXPECT_EQ(talk.dispatcher.rows(), 1u);
}

TEST(Dispatcher, AWorkerThatJoinsTwiceHasTwoTurns)
{
    Talk talk({"h_1", "h_2", "h_2"}, {{"A", 1, 0}});
    EXPECT_EQ(talk.ramp(6, 10), "[h_1:A+2 h_2:A+4] 0.00");
    talk.dispatcher.leave("h_2");
    EXPECT_EQ(talk.ramp(6, 10), "moves[h_1:A+4]") << "it leaves once";
}

TEST(Dispatcher, WhoCannotBePlacedAnewIsNotCounted)
{
    Talk talk({"h_1"}, {{"A", 1, 0}, {"F", 1, 2}});
    talk.ramp(5, 10);
    talk.dispatcher.choose({{"F", 1, 2}});
    talk.dispatcher.join("h_2");
    EXPECT_EQ(talk.dispatcher.users(), 2u);
    EXPECT_EQ(talk.ramp(0, 10), "moves[h_1:A-3,F-1 h_2:F+1] [h_1:F-1 h_2:F-1] 0.00");
}

TEST(Dispatcher, MakesUpForWhatIsReported)
{
    Talk talk({"h_1", "h_2"}, {{"A", 1, 0}, {"B", 1, 0}});
    talk.ramp(8, 10);  // two of each on h_1, B on h_2
    talk.dispatcher.report("h_1", {{"A", 1}, {"B", 4}, {"Stranger", 7}});
    EXPECT_EQ(talk.ramp(8, 10), "[h_1:A+3,B-4]");
    talk.dispatcher.report("h_2", {});
    EXPECT_EQ(talk.ramp(9, 10), "[h_1:A+1 h_2:B+4] 0.00");
    talk.dispatcher.report("nobody", {{"A", 1}});
    EXPECT_EQ(talk.ramp(9, 10), "[]");
}

TEST(Dispatcher, AHundredThousandUsersOnAThousandWorkers)
{
    std::vector<std::string> workers;
    for (int number = 0; number < 1000; ++number)
        workers.push_back("host_" + std::to_string(number));
    Dispatcher dispatcher(workers, {{"A", 1, 0}, {"B", 2.5, 0}, {"F", 0, 1000}});
    dispatcher.ramp(100'000, 5000);
    std::int64_t started = 0;
    for (auto action = dispatcher.resume(); action.kind != Kind::over; action = dispatcher.resume())
        for (const auto& change : action.changes)
            started += change.by;
    EXPECT_EQ(started, 100'000);
    dispatcher.join("host_1000");
    dispatcher.ramp(100'000, 1);
    for (const auto& change : dispatcher.resume().changes)
        started += change.by;
    EXPECT_EQ(started, 100'000) << "moves cancel out";
}

}  // namespace
}  // namespace locustella::load
