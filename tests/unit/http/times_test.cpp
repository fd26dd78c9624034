#include "http/times.hpp"

#include <gtest/gtest.h>

namespace locustella::http {
namespace {

Times attempt(Nanos asked, Nanos begun, Nanos ended, Nanos own)
{
    Times times;
    times.asked = asked;
    times.begun = times.since = begun;
    times.leave_out(own);
    times.ended = ended;
    times.enter(&Phases::receive, ended);
    return times;
}

TEST(Times, AnotherAttemptGoesOnFromTheOneBefore)
{
    Times first = attempt(1'000, 1'010, 1'400, 20);  // took 370
    first.doubt(Certainty::read);
    Times second = attempt(2'000, 2'005, 2'105, 5);  // took 95, 605 after the first
    second.go_on_from(first);
    EXPECT_EQ(second.taken(), 370 + 95);
    EXPECT_EQ(second.asked, 1'000);
    EXPECT_EQ(second.begun, 1'010);
    EXPECT_EQ(second.ended, 2'105);
    EXPECT_EQ(second.phases.sum(), second.taken());
    EXPECT_EQ(second.certainty, Certainty::read);
    Times third = attempt(3'000, 3'000, 3'001, 0);
    third.go_on_from(second);
    EXPECT_EQ(third.taken(), 370 + 95 + 1);
    EXPECT_EQ(third.phases.sum(), third.taken());
}

TEST(Times, OneThatNeverBeganAddsNothing)
{
    const Times first = attempt(1'000, 1'010, 1'400, 20);
    Times second;
    second.asked = 2'000;
    second.go_on_from(first);
    EXPECT_EQ(second.taken(), first.taken());
    EXPECT_EQ(second.asked, 1'000);

    Times alone = first;
    alone.go_on_from(Times{});
    EXPECT_EQ(alone.taken(), first.taken());
    EXPECT_EQ(alone.begun, first.begun);
}

}  // namespace
}  // namespace locustella::http
