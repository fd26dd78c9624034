// Where a URL leads that a task gives, spelled as the library under its client spells it.
//
//   GivenUrl url;
//   url.read("http://Shop.test/a b?q=ä#top", "page=2", Dialect::requests)
//   url.origin                    // {false, "shop.test", 80}
//   url.target                    // "/a%20b?q=%C3%A4&page=2", for the request line
//   url.text                      // "http://shop.test/a%20b?q=%C3%A4&page=2#top"
//
// requests:          requests.models.PreparedRequest.prepare_url over urllib3.util.parse_url: dot
//                    segments go, escapes are put right in user and password, path, query and
//                    fragment each.
// geventhttpclient:  urllib.parse.urlparse, then requests.utils.requote_uri over path and query in
//                    one; `text` stays as it was given, and nobody looks at user and password.
//
// A host beyond letters, digits, "-", "_" and "." that is no address of IPv6 (IDNA, escapes) has to
// be spelled by the library, which is a function of its text alone: what it has said before may be
// remembered.
//
//   if (!url.read(given, query, dialect) && !url.odd_host.empty())
//       url.read(given, query, dialect, &what_the_library_says_of(url.odd_host));
//
// Not taken are odd blanks and whatever the two libraries make errors of: that is left to the
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

// How a library spells a host.
struct SpelledHost {
    std::string name;   // where to connect
    std::string shown;  // requests: in URLs; geventhttpclient: in the Host field, without its port
};

struct GivenUrl {
    Origin origin;
    std::string target;
    std::string fragment;
    std::string text;        // as the answer shows it
    std::string userinfo;    // requests: escaped as in `text`; empty: none
    std::string shown_host;  // geventhttpclient: an odd host as the Host field has it; else empty
    std::string odd_host;    // as it was given: the library is to spell it; empty: none

    // `given` is UTF-8; `query` is encoded already, and goes behind that of `given`: also an empty
    // one, by geventhttpclient's rules. `host`: what became of an odd one. False: not taken, and
    // all members but `odd_host` are anything.
    bool read(std::string_view given, std::optional<std::string_view> query, Dialect dialect,
              const SpelledHost* host = nullptr);

    std::string host_header(Dialect dialect) const;
};

struct Login {
    std::string user, password;
};
// As requests has it from the user and password of a URL; nullopt for none.
std::optional<Login> login_of(std::string_view userinfo);

}  // namespace locustella::http
