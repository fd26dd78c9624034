#include "demo/site.hpp"

#include "demo/probes.hpp"
#include "demo/shop.hpp"

namespace locustella::demo {
namespace {

constexpr Route routes[] = {
    {Method::get, "/", shop::home},
    {Method::get, "/products", shop::list_products},
    {Method::get, "/products/{id}", shop::show_product},
    {Method::get, "/cart", shop::show_cart},
    {Method::post, "/cart", shop::add_to_cart},
    {Method::post, "/login", shop::log_in},
    {Method::get, "/account", shop::show_account},
    {Method::get, "/logout", shop::log_out},

    {Method::get, "/redirect/{n}", probes::redirect},
    {Method::get, "/status/{code}", probes::status},
    {Method::get, "/delay/{ms}", probes::delay},
    {Method::get, "/slow-headers", probes::slow_headers},
    {Method::get, "/close", probes::close},
    {Method::get, "/reset", probes::reset},
    {Method::get, "/basic-auth/{user}/{password}", probes::basic_auth},
    {Method::get, "/cookies", probes::cookies},
    {Method::get, "/cookies/set", probes::set_cookies},
    {Method::get, "/__counters", probes::counters},
    {Method::get, "/echo", probes::echo},
    {Method::post, "/echo", probes::echo},
    {Method::put, "/echo", probes::echo},
    {Method::patch, "/echo", probes::echo},
    {Method::del, "/echo", probes::echo},

    {Method::get, "/gzip", probes::gzip},
    {Method::get, "/deflate", probes::deflate},
    {Method::get, "/bytes/{n}", probes::bytes},
    {Method::get, "/chunked/{n}", probes::chunked},
    {Method::get, "/stream-close", probes::stream_close},
    {Method::get, "/events", probes::events},
};

constexpr std::string_view every_method = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace

Site::Site(const SiteOptions& options) : options_(options), router_(routes) {}

Reply Site::answer(const Request& request)
{
    const auto match = router_.find(request.method, request.path);
    if (match.handler)
        return match.handler(*this, request, match.parameters);
    const bool whole_server = request.path == "*";
    if (match.allow.empty() && !whole_server)
        return Reply::error(404, "no such page");
    const auto allow = whole_server ? every_method : match.allow;
    if (request.method == Method::options)
        return Reply::text(204, {}).with("Allow", allow);
    return Reply::error(405, "method not allowed here").with("Allow", allow);
}

Nanos Site::delay_of(const Reply& reply)
{
    if (reply.delay)
        return *reply.delay;
    if (options_.jitter <= Nanos{0})
        return options_.delay;
    return options_.delay + Nanos{std::uniform_int_distribution<Nanos::rep>{
                                0, options_.jitter.count() - 1}(random_)};
}

}  // namespace locustella::demo
