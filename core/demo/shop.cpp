#include "demo/shop.hpp"

#include <algorithm>

#include "demo/form.hpp"
#include "demo/json.hpp"
#include "demo/site.hpp"

namespace locustella::demo::shop {
namespace {

constexpr int most_of_one_product = 99;

std::string_view session_id(const Request& request)
{
    return cookie_value(request.header("cookie").value_or(""), "session").value_or("");
}

std::string session_cookie(std::string_view id, std::string_view lifetime = {})
{
    return std::string{"session="}
        .append(id)
        .append("; Path=/; HttpOnly; SameSite=Lax")
        .append(lifetime);
}

std::string cart_json(const Catalogue& catalogue, const std::map<int, int>& cart)
{
    std::string json = R"({"items": [)";
    long long total = 0;
    for (const auto& [id, quantity] : cart) {
        const auto& product = *catalogue.find(id);
        total += static_cast<long long>(product.price_cents) * quantity;
        json.append(json.ends_with('[') ? "" : ", ");
        json.append(R"({"product_id": )").append(std::to_string(id)).append(R"(, "name": )");
        append_json_string(json, product.name);
        json.append(R"(, "price_cents": )").append(std::to_string(product.price_cents));
        json.append(R"(, "quantity": )").append(std::to_string(quantity)).append("}");
    }
    return json.append(R"(], "total_cents": )").append(std::to_string(total)).append("}");
}

}  // namespace

Reply home(Site& site, const Request&, const Parameters&)
{
    return Reply::of(site.catalogue.home());
}

Reply list_products(Site& site, const Request&, const Parameters&)
{
    return Reply::of(site.catalogue.list());
}

Reply show_product(Site& site, const Request&, const Parameters& parameters)
{
    const auto id = parse_number(parameters[0]);
    if (!id || *id < 1 || *id > Catalogue::size)
        return Reply::error(404, "no such product");
    return Reply::of(site.catalogue.page(static_cast<int>(*id)));
}

Reply show_cart(Site& site, const Request& request, const Parameters&)
{
    const Session* session = site.sessions.find(session_id(request));
    return Reply::json(200,
                       cart_json(site.catalogue, session ? session->cart : std::map<int, int>{}));
}

Reply add_to_cart(Site& site, const Request& request, const Parameters&)
{
    const auto order = parse_json(request.body);
    if (!order)
        return Reply::error(400, "the body is not JSON");
    const auto* wanted = order->find("product_id");
    const auto* number = order->find("quantity");
    const int id = wanted ? wanted->whole_number(1, Catalogue::size).value_or(0) : 0;
    const int quantity = number ? number->whole_number(1, most_of_one_product).value_or(0) : 1;
    if (id == 0 || quantity == 0)
        return Reply::error(400, "wanted: product_id of a product, and quantity from 1 to 99");
    std::string cookie;
    Session* session = site.sessions.find(session_id(request));
    if (!session) {
        auto opened = site.sessions.open();
        cookie = session_cookie(opened.id);
        session = &opened.session;
    }
    auto& in_cart = session->cart[id];
    in_cart = std::min(in_cart + quantity, most_of_one_product);
    auto reply = Reply::json(200, cart_json(site.catalogue, session->cart));
    if (!cookie.empty())
        reply.with("Set-Cookie", cookie);
    return reply;
}

// A new session for whoever logs in; the cart comes along.
Reply log_in(Site& site, const Request& request, const Parameters&)
{
    const auto user = form_value(request.body, "username").value_or("");
    if (user.empty() || !is_utf8(user) || form_value(request.body, "password") != password)
        return Reply::error(401, "wrong name or password");
    std::map<int, int> cart;
    if (Session* before = site.sessions.find(session_id(request))) {
        cart = std::move(before->cart);
        site.sessions.close(session_id(request));
    }
    auto opened = site.sessions.open();
    opened.session = {user, std::move(cart)};
    return Reply::redirect(303, "/account").with("Set-Cookie", session_cookie(opened.id));
}

Reply show_account(Site& site, const Request& request, const Parameters&)
{
    const Session* session = site.sessions.find(session_id(request));
    if (!session || session->user.empty())
        return Reply::error(401, "log in first");
    std::string json = R"({"user": )";
    append_json_string(json, session->user);
    json.append(R"(, "cart": )").append(cart_json(site.catalogue, session->cart)).append("}");
    return Reply::json(200, std::move(json));
}

Reply log_out(Site& site, const Request& request, const Parameters&)
{
    site.sessions.close(session_id(request));
    return Reply::redirect(303, "/").with("Set-Cookie", session_cookie("", "; Max-Age=0"));
}

}  // namespace locustella::demo::shop
