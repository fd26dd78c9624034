// The cookies of one user, by the rules of Python's http.cookiejar, which both of Locust's clients
// use.
//
//   CookieJar jar;
//   jar.store("session=1; Path=/; HttpOnly", origin, "/login", now);   // one Set-Cookie field
//   jar.header_for(origin, "/account", now)     // "session=1"; empty if none
//
// `now` is wall-clock seconds since the epoch, the caller's. Where http.cookiejar is looser than
// RFC 6265, so are we: a cookie without a Domain goes to the hosts below its own too, a Path that
// is no prefix of the request's is kept as it stands, a Max-Age that is no number spoils the
// cookie. There is no public-suffix list: refused is only a single label ("com"). Beyond
// http.cookiejar, dates may come in any form that RFC 6265 reads.
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/url.hpp"

namespace locustella::http {

struct Cookie {
    static constexpr double never = 1e300;

    std::string name;
    std::string value;
    // ".shop.test": of a Domain attribute; "shop.test": of its host; a host "a" is "a.local"
    std::string domain;
    std::string path = "/";
    double expires = never;  // seconds since the epoch; `never`: a session cookie
    bool host_only = true;
    bool secure = false;
    bool http_only = false;
    bool bare = false;         // a name without an equals sign
    bool initial_dot = false;  // the Domain attribute began with the dot
};

class CookieJar {
public:
    void store(std::string_view set_cookie, const Origin& origin, std::string_view request_target,
               double now);
    // All Set-Cookie fields of one answer.
    void store(std::span<const std::string_view> set_cookies, const Origin& origin,
               std::string_view request_target, double now);
    // Replaces the cookie of the same name, domain and path; an expired one only removes it.
    void set(Cookie cookie, double now);
    // Sets all cookies of another jar, in its order.
    void merge(const CookieJar& other, double now);
    // Takes away those whose time is over. Nothing else does; they are merely not sent.
    void forget_expired(double now);
    void clear();

    // Where a domain and path have once had a cookie, further ones of theirs come: http.cookiejar
    // keeps the order of its dicts, empty ones too, until clear(). An empty path: only the domain.
    struct Place {
        std::string domain, path;
    };
    const std::vector<Place>& places() const { return places_; }
    void keep_place(const Place& place) { rank_of(place.domain, place.path); }
    // As in a copy that was filled cookie by cookie.
    void forget_empty_places();

    std::string header_for(const Origin& origin, std::string_view request_target, double now) const;

    bool empty() const { return cookies_.empty(); }
    // Whether one of them may hold what cannot go out in a field: see field_gate.hpp.
    bool has_unsendable() const { return has_unsendable_; }
    const std::vector<Cookie>& cookies() const { return cookies_; }
    // Changes with every change of the contents.
    std::uint32_t version() const { return version_; }

private:
    std::vector<Cookie>::iterator place_for(const Cookie& cookie);
    std::size_t rank_of(std::string_view domain, std::string_view path);

    std::vector<Place> places_;  // those of one domain stand together
    // in the order of their places, then of creation
    std::vector<Cookie> cookies_;
    double first_to_expire_ = Cookie::never;  // none of them does before
    std::uint32_t version_ = 0;
    bool has_unsendable_ = false;
};

// What one Set-Cookie field says, expired or not; nullopt when it is refused.
std::optional<Cookie> read_set_cookie(std::string_view set_cookie, const Origin& origin,
                                      std::string_view request_target, double now);

// RFC 6265, section 5.1.1: the lenient date; the time of day may be missing. As seconds since the
// epoch; a negative number when it is none.
double parse_cookie_date(std::string_view text);

}  // namespace locustella::http
