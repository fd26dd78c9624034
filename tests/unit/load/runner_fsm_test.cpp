#include "load/runner_fsm.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

namespace locustella::load {
namespace {

constexpr std::array runner_states = {State::ready,   State::spawning, State::running,
                                      State::cleanup, State::stopping, State::stopped};
constexpr std::array worker_states = {State::ready, State::spawning, State::running,
                                      State::missing};

// One line of the table above the class, as it stands there.
template <typename Event, typename States>
std::string line(Event event, const States& states)
{
    std::string text;
    for (const State state : states) {
        const auto next = next_state(state, event);
        const auto word = next ? state_name(*next) : "-";
        text += (text.empty() ? "" : " ") + std::string(word);
    }
    return text;
}

TEST(RunnerFsm, HasTheTableAboveIt)
{
    const auto row = [](RunnerEvent event) { return line(event, runner_states); };
    EXPECT_EQ(row(RunnerEvent::shape_begins), "ready ready ready ready ready ready");
    EXPECT_EQ(row(RunnerEvent::ramp_begins), "ready spawning spawning spawning spawning stopped");
    EXPECT_EQ(row(RunnerEvent::users_start), "spawning spawning running cleanup stopping spawning");
    EXPECT_EQ(row(RunnerEvent::users_are_there),
              "running running running cleanup stopping running");
    EXPECT_EQ(row(RunnerEvent::cleanup_begins), "cleanup cleanup cleanup cleanup - -");
    EXPECT_EQ(row(RunnerEvent::stop_is_sent), "- stopping stopping - - -");
    EXPECT_EQ(row(RunnerEvent::users_are_gone), "stopped stopped stopped stopped stopped stopped");
}

TEST(WorkerFsm, HasTheTableAboveIt)
{
    const auto row = [](WorkerEvent event) { return line(event, worker_states); };
    EXPECT_EQ(row(WorkerEvent::says_hello), "ready ready ready ready");
    EXPECT_EQ(row(WorkerEvent::says_spawning), "spawning spawning spawning spawning");
    EXPECT_EQ(row(WorkerEvent::says_running), "running running running running");
    EXPECT_EQ(row(WorkerEvent::falls_silent), "missing missing missing -");
    EXPECT_FALSE(next_state(State::cleanup, WorkerEvent::says_hello)) << "no worker is that";
    EXPECT_FALSE(next_state(State::missing, RunnerEvent::users_start)) << "no runner is that";
}

TEST(RunnerFsm, RunsATest)
{
    RunnerFsm runner;
    EXPECT_EQ(state_name(runner.state()), "ready");
    for (const auto& [event, name] : {std::pair{RunnerEvent::ramp_begins, "ready"},
                                      {RunnerEvent::users_start, "spawning"},
                                      {RunnerEvent::users_are_there, "running"},
                                      {RunnerEvent::ramp_begins, "spawning"},
                                      {RunnerEvent::cleanup_begins, "cleanup"},
                                      {RunnerEvent::users_are_gone, "stopped"}}) {
        EXPECT_TRUE(runner.on(event));
        EXPECT_EQ(state_name(runner.state()), name);
    }
}

TEST(RunnerFsm, WhatIsNotAllowedIsCounted)
{
    RunnerFsm runner;
    runner.on(RunnerEvent::users_are_gone);
#ifdef NDEBUG
    EXPECT_FALSE(runner.on(RunnerEvent::cleanup_begins));
    EXPECT_EQ(runner.state(), State::stopped);
    EXPECT_EQ(runner.refused(), 1u);
#else
    EXPECT_DEATH(runner.on(RunnerEvent::cleanup_begins), "an event that this state does not allow");
#endif
}

TEST(RunnerFsm, AfterAnAssignmentNothingIsJudged)
{
    RunnerFsm runner;
    runner.assign(State::missing);
    EXPECT_TRUE(runner.on(RunnerEvent::users_start));
    EXPECT_EQ(runner.state(), State::spawning);
    runner.assign(State::stopping);
    EXPECT_TRUE(runner.on(RunnerEvent::cleanup_begins));
    EXPECT_EQ(runner.state(), State::cleanup);
#ifdef NDEBUG
    EXPECT_FALSE(runner.on(RunnerEvent::stop_is_sent)) << "one event, not two";
#else
    EXPECT_DEATH(runner.on(RunnerEvent::stop_is_sent), "does not allow") << "one event, not two";
#endif
    runner.assign(State::stopped);
    EXPECT_TRUE(runner.on(RunnerEvent::ramp_begins));
    EXPECT_EQ(runner.state(), State::stopped) << "the table counts where it knows the state";
}

TEST(WorkerFsm, GoesMissingAndComesBack)
{
    WorkerFsm worker;
    worker.on(WorkerEvent::says_spawning);
    worker.on(WorkerEvent::falls_silent);
    EXPECT_EQ(worker.state(), State::missing);
    EXPECT_FALSE(next_state(worker.state(), WorkerEvent::falls_silent));
    worker.on(WorkerEvent::says_running);
    EXPECT_EQ(worker.state(), State::running);
}

TEST(States, HaveLocustsNames)
{
    for (const auto* name :
         {"ready", "spawning", "running", "cleanup", "stopping", "stopped", "missing"})
        EXPECT_EQ(state_name(*state_named(name)), name);
    EXPECT_FALSE(state_named("hatching"));
    EXPECT_FALSE(state_named(""));
}

}  // namespace
}  // namespace locustella::load
