#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace locustella::base {
namespace {

TEST(Base64, PadsToWholeGroups)
{
    EXPECT_EQ(base64_encode(""), "");
    EXPECT_EQ(base64_encode("f"), "Zg==");
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_encode("foo"), "Zm9v");
    EXPECT_EQ(base64_encode("anna:secret"), "YW5uYTpzZWNyZXQ=");
}

TEST(Base64, TakesAnyByte)
{
    EXPECT_EQ(base64_encode("\xff\xfe:"), "//46");
    EXPECT_EQ(base64_encode(std::string_view("\0\0\0", 3)), "AAAA");
}

}  // namespace
}  // namespace locustella::base
