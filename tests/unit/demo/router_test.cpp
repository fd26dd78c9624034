#include "demo/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace locustella::demo {
namespace {

Reply one(Site&, const Request&, const Parameters&)
{
    return Reply::text(201, {});
}

Reply two(Site&, const Request&, const Parameters&)
{
    return Reply::text(202, {});
}

constexpr Route routes[] = {
    {Method::get, "/", one},
    {Method::get, "/products", one},
    {Method::get, "/products/{id}", two},
    {Method::post, "/products/{id}", one},
    {Method::get, "/products/{id}/parts/{part}", one},
    {Method::get, "/products/new", one},
    {Method::post, "/login", two},
};

TEST(Router, FindsTheHandlerOfLiteralPathsAndPatterns)
{
    const Router router{routes};
    EXPECT_EQ(router.find(Method::get, "/").handler, one);
    EXPECT_EQ(router.find(Method::get, "/products").handler, one);
    EXPECT_EQ(router.find(Method::post, "/login").handler, two);
    const auto match = router.find(Method::get, "/products/7");
    EXPECT_EQ(match.handler, two);
    EXPECT_EQ(match.parameters[0], "7");
    const auto deep = router.find(Method::get, "/products/7/parts/x%20y");
    EXPECT_EQ(deep.parameters[0], "7");
    EXPECT_EQ(deep.parameters[1], "x%20y");
}

TEST(Router, ThePatternThatStandsFirstWins)
{
    const auto match = Router{routes}.find(Method::get, "/products/new");
    EXPECT_EQ(match.handler, two);
    EXPECT_EQ(match.parameters[0], "new");
}

TEST(Router, KnowsNoOtherPath)
{
    const Router router{routes};
    for (const auto path :
         {"", "*", "products", "/product", "/productsx", "/products/", "/products/7/",
          "/products//parts/x", "/products/7/parts", "/login/x", "//"})
        EXPECT_TRUE(router.find(Method::get, path).allow.empty()) << path;
}

TEST(Router, AnswersHeadByGetAndNamesTheMethodsOfAPath)
{
    const Router router{routes};
    EXPECT_EQ(router.find(Method::head, "/products").handler, one);
    EXPECT_EQ(router.find(Method::head, "/login").handler, nullptr);
    EXPECT_EQ(router.find(Method::put, "/products").handler, nullptr);
    EXPECT_EQ(router.find(Method::other, "/products").handler, nullptr);
    EXPECT_EQ(router.find(Method::put, "/products").allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(router.find(Method::get, "/products/7").allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(router.find(Method::options, "/login").allow, "POST, OPTIONS");
}

TEST(Router, RefusesATableThatCannotBeMeant)
{
    constexpr Route twice[] = {{Method::get, "/a", one}, {Method::get, "/a", two}};
    constexpr Route relative[] = {{Method::get, "a", one}};
    constexpr Route too_many[] = {{Method::get, "/a/{b}/{c}/{d}", one}};
    constexpr Route everything[] = {{Method::get, "/{a}", one}};
    EXPECT_THROW(Router{twice}, std::invalid_argument);
    EXPECT_THROW(Router{relative}, std::invalid_argument);
    EXPECT_THROW(Router{too_many}, std::invalid_argument);
    EXPECT_THROW(Router{everything}, std::invalid_argument);
}

}  // namespace
}  // namespace locustella::demo
