// The cookies of one user: RFC 6265's storage model and its two algorithms.
//
//   CookieJar jar;
//   jar.store("session=1; Path=/; HttpOnly", origin, "/login", now);   // one Set-Cookie field
//   jar.header_for(origin, "/account", now)                            // "session=1"; empty if none
//
// `now` is wall-clock seconds since the epoch, the caller's. Cookies for public suffixes are refused only
// where they are a single label ("com"): there is no public-suffix list here.
//
// Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/url.hpp"

namespace locustella::http {

struct Cookie {
    static constexpr double never = 1e300;

    std::string name;
    std::string value;
    std::string domain;  // lower case, without a leading dot
    std::string path = "/";
    double expires = never;  // seconds since the epoch; `never`: a session cookie
    bool host_only = true;
    bool secure = false;
    bool http_only = false;
};

class CookieJar {
public:
    void store(std::string_view set_cookie, const Origin& origin, std::string_view request_target, double now);
    // Replaces the cookie of the same name, domain and path; an expired one only removes it.
    void set(Cookie cookie, double now);
    void clear();
    void erase(std::string_view domain, std::string_view path, std::string_view name);

    std::string header_for(const Origin& origin, std::string_view request_target, double now) const;

    bool empty() const { return cookies_.empty(); }
    const std::vector<Cookie>& cookies() const { return cookies_; }
    // Changes with every change of the contents.
    std::uint32_t version() const { return version_; }

private:
    std::vector<Cookie> cookies_;  // in order of creation
    std::uint32_t version_ = 0;
};

// Section 5.1.1's lenient date, as seconds since the epoch; a negative number when it is none.
double parse_cookie_date(std::string_view text);

}  // namespace locustella::http
