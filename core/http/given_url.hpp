// Where a URL leads that a task gives, spelled as the library under its client spells it.
//
//   GivenUrl url;
//   url.read("http://Shop.test/a b?q=ä#top", "page=2", Dialect::requests)
//   url.origin                    // {false, "shop.test", 80}
//   url.target                    // "/a%20b?q=%C3%A4&page=2", for the request line
//   url.text                      // "http://shop.test/a%20b?q=%C3%A4&page=2#top"
//
// requests:          requests.models.PreparedRequest.prepare_url over urllib3.util.parse_url: dot
//                    segments go, escapes are put right in path, query and fragment each.
// geventhttpclient:  urllib.parse.urlparse, then requests.utils.requote_uri over path and query in
//                    one; `text` stays as it was given.
//
// Not everything is taken: an origin beyond letters, digits and ".-_" (IDNA, addresses of IPv6,
// user and password), odd blanks and whatever the two libraries make errors of is left to the
// caller, who has the rules and the words. tests/python/test_given_url.py holds it against them.
//
// Thread: any one at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/dialect.hpp"
#include "http/url.hpp"

namespace locustella::http {

struct GivenUrl {
    Origin origin;
    std::string target;
    std::string fragment;
    std::string text;  // as the answer shows it

    // `given` is UTF-8; `query` is encoded already, and goes behind that of `given`: also an empty
    // one, by geventhttpclient's rules. False: not taken, and the members are anything.
    bool read(std::string_view given, std::optional<std::string_view> query, Dialect dialect);
};

}  // namespace locustella::http
