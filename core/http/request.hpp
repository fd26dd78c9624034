// A request, as its user wants it sent.
//
//   Request request;
//   request.method = "POST";
//   request.origin = url.origin; request.target = url.target;
//   request.fields = "Content-Length: 5\r\n"; request.body = "hello";
//
// By which route it goes (TLS settings, proxy, source address) is not the request's: see
// client/route.hpp.
//
// Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/nanos.hpp"
#include "http/dialect.hpp"
#include "http/url.hpp"

namespace locustella::http {

// Nanoseconds; 0: wait for ever. `read` bounds each silence of the server, not their sum.
struct Timeouts {
    base::Nanos connect = 0;
    base::Nanos read = 0;
    base::Nanos total = 0;
};

// How a body that comes piece by piece goes out; `fields` have to say the same: a Content-Length,
// or Transfer-Encoding: chunked.
enum class Upload : std::uint8_t { none, sized, chunked };

struct Request {
    std::string method = "GET";
    Origin origin;
    std::string target = "/";
    std::string fragment;
    // "Name: value\r\n" lines; Host and Cookie only where named below
    std::string fields;
    std::size_t cookie_at = 0;  // where in `fields` a Cookie line goes
    std::string body;
    Upload upload = Upload::none;  // if any, `body` is empty, and the owner calls Client::send_body
    bool rewinds = false;          // ... who can begin it anew, where a redirect keeps it
    bool names_host = false;       // `fields` has a Host
    bool host_follows = false;     // that Host is the origin's: a redirect elsewhere replaces it
    bool names_cookie = false;     // `fields` has a Cookie, or none shall go out
    // may be sent again when a kept connection is closed under it: geventhttpclient's rule
    bool repeats = false;
    bool keeps_cookies = true;  // those that the answer sets go into the jar
    // done as soon as the head is there; the body is taken piece by piece
    bool stream = false;
    bool follow = false;  // redirects, by the dialect's rules
    Dialect dialect = Dialect::requests;
    int max_redirects = 30;
    Timeouts timeouts;

    std::string url() const { return Url{origin, target, fragment, {}}.text(); }
};

}  // namespace locustella::http
