// The shop's own pages: home, products, cart, login, account. What each answers is in
// docs/demo-target.md; the table that leads to them is in site.cpp.
//
// Thread: the server's. Each is a function from request to reply that may change the site's
// sessions.
#pragma once

#include "demo/router.hpp"

namespace locustella::demo::shop {

// Whoever knows this word is let in, under whatever name.
inline constexpr std::string_view password = "secret";

Reply home(Site&, const Request&, const Parameters&);
Reply list_products(Site&, const Request&, const Parameters&);
Reply show_product(Site&, const Request&, const Parameters&);
Reply show_cart(Site&, const Request&, const Parameters&);
Reply add_to_cart(Site&, const Request&, const Parameters&);
Reply log_in(Site&, const Request&, const Parameters&);
Reply show_account(Site&, const Request&, const Parameters&);
Reply log_out(Site&, const Request&, const Parameters&);

}  // namespace locustella::demo::shop
