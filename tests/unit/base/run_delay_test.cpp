#include "base/run_delay.hpp"

#include <gtest/gtest.h>

namespace locustella::base {
namespace {

TEST(RunDelay, OnlyGrows)
{
    RunDelay delay;
    const Nanos first = delay.total();
    EXPECT_GE(first, 0);
    volatile unsigned work = 0;
    for (unsigned i = 0; i < 1'000'000; ++i)
        work = work + i;
    const Nanos second = delay.total();
    EXPECT_GE(second, first);
    delay.close();
    EXPECT_GE(delay.total(), second);
}

}  // namespace
}  // namespace locustella::base
