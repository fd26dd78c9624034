#include "demo/catalogue.hpp"

#include <array>

#include "demo/json.hpp"

namespace locustella::demo {
namespace {

constexpr std::string_view home_page = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>The Warbler Shop</title></head>
<body>
<h1>The Warbler Shop</h1>
<p>Fine goods for people who watch birds. Nothing here is real.</p>
<nav><a href="/products">Products</a> <a href="/cart">Cart</a> <a href="/account">Account</a></nav>
<form method="post" action="/login">
<label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label>
<button>Log in</button>
</form>
</body>
</html>
)";

constexpr std::array<std::string_view, 10> kinds{
    "Field Guide",    "Binoculars",  "Notebook",     "Nest Box", "Bird Feeder",
    "Sound Recorder", "Rain Jacket", "Folding Seat", "Seed Mix", "Water Bath"};
constexpr std::array<std::string_view, 6> birds{"Grasshopper Warbler", "River Warbler",
                                                "Reed Bunting",        "Bluethroat",
                                                "Nightingale",         "Kingfisher"};
static_assert(kinds.size() * birds.size() == Catalogue::size);

std::vector<Product> make_products()
{
    std::vector<Product> products;
    for (int i = 0; i < Catalogue::size; ++i) {
        const auto kind = static_cast<std::size_t>(i) % kinds.size();
        const auto bird = static_cast<std::size_t>(i) / kinds.size();
        products.push_back({i + 1, std::string{birds[bird]}.append(" ").append(kinds[kind]),
                            450 + i * 1237 % 19'900, i * 7 % 23});
    }
    return products;
}

void append_summary(std::string& out, const Product& product)
{
    out.append(R"({"id": )").append(std::to_string(product.id)).append(R"(, "name": )");
    append_json_string(out, product.name);
    out.append(R"(, "price_cents": )").append(std::to_string(product.price_cents));
}

Prebuilt make_page(const Product& product)
{
    std::string json;
    append_summary(json, product);
    json.append(R"(, "stock": )").append(std::to_string(product.stock));
    json.append(R"(, "description": "Sturdy, quiet and good in drizzle.", "currency": "EUR"})");
    return {200, "application/json", std::move(json)};
}

Prebuilt make_list(const std::vector<Product>& products)
{
    std::string json = R"({"products": [)";
    for (const auto& product : products) {
        append_summary(json, product);
        json.append(product.id == Catalogue::size ? "}]}" : "}, ");
    }
    return {200, "application/json", std::move(json)};
}

}  // namespace

Catalogue::Catalogue()
    : products_{make_products()},
      list_{make_list(products_)},
      home_{200, "text/html; charset=utf-8", std::string{home_page}}
{
    for (const auto& product : products_)
        pages_.push_back(make_page(product));
}

const Product* Catalogue::find(int id) const
{
    return id >= 1 && id <= size ? &products_[static_cast<std::size_t>(id - 1)] : nullptr;
}

}  // namespace locustella::demo
