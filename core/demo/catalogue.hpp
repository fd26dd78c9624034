// What the shop sells, with every page of it made once at start-up.
//
//   catalogue.find(7)->name            // nullptr beyond the range
//   Reply::of(catalogue.page(7))       // costs no allocation
//
// Thread: any, once constructed; it never changes.
#pragma once

#include <string>
#include <vector>

#include "demo/reply.hpp"

namespace locustella::demo {

struct Product {
    int id;  // 1, 2, ...
    std::string name;
    int price_cents;
    int stock;
};

class Catalogue {
public:
    static constexpr int size = 60;

    Catalogue();

    const Product* find(int id) const;

    const Prebuilt& home() const { return home_; }  // HTML
    const Prebuilt& list() const { return list_; }  // JSON: {"products": [...]}
    const Prebuilt& page(int id) const { return pages_[static_cast<std::size_t>(id - 1)]; }  // JSON

private:
    std::vector<Product> products_;
    std::vector<Prebuilt> pages_;
    Prebuilt list_;
    Prebuilt home_;
};

}  // namespace locustella::demo
