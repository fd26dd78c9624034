// Stamps are asked for as long as the object lives, and cost one descriptor.
#include "net/kernel_stamps.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace locustella::net {
namespace {

TEST(KernelStampsTest, AreAskedFor)
{
    const KernelStamps stamps;
    EXPECT_TRUE(stamps.asked_for());
}

TEST(KernelStampsTest, DoWithoutADescriptor)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const KernelStamps stamps;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_FALSE(stamps.asked_for());
}

}  // namespace
}  // namespace locustella::net
