// What all users of one class and host have in common: made once, shared, and all that most of
// their requests are made of.
//
//   auto profile = std::make_shared<Profile>();
//   profile->origin = url.origin; profile->fields = "Accept: */*\r\n"; ...
//   profile->prepare(exchange);                          // a request of this profile ...
//   profile->address(exchange.request, Verb::get, "/products/7");    // ... for this path
//   client.start(exchange);
//
// A request with a body or with fields of its caller's takes its fields from a template of its kind
// (http/field_template.hpp), kept here too.
//
// Thread: the reactor's. But for templates, which are filled in when they are first asked for, a
// profile does not change once it is shared.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "client/exchange.hpp"
#include "http/field_template.hpp"

namespace locustella::client {

// other: any further method. Both clients do the same about all of them; the request has its name.
enum class Verb : std::uint8_t { get, post, put, patch, del, head, options, other };
inline constexpr std::size_t verbs = 8;

// "OTHER" for what has no verb of its own.
std::string_view name_of(Verb verb);
// Makes the request one of another method, which is a token in capitals.
void name_method(http::Request& request, std::string_view method, bool repeats);

// Whether a request that does not say follows redirects: requests' HEAD does not,
// geventhttpclient's does.
bool follows_unasked(http::Dialect dialect, Verb verb);

// What a body is, and so which fields describe it.
enum class BodyKind : std::uint8_t {
    none,
    json,
    form,
    text,
    bytes,
    typed,  // text or bytes with a Content-Type of the caller's
    multipart,
    chunked,            // a file of which nobody says how long it is
    nothing_in_chunks,  // a form of nothing but None, as requests sends it: the end of no chunks
};
inline constexpr std::size_t body_kinds = 9;

struct Profile {
    http::Origin origin;
    std::string base_path;  // "" or "/api": goes before every path
    std::string fields;     // the header fields of a request that says no more than a path
    std::size_t cookie_at = 0;
    // What templates are made from: the lines of them that the session's own dict of headers says,
    // and that of its credentials.
    std::string standard;
    std::string credentials;
    bool names_host = false;  // `fields` has the Host already
    bool joins = false;       // what a path means is only known with the session's base before it
    // The session's own headers name a Host / a Cookie (HttpUser).
    bool gives_host = false;
    bool gives_cookie = false;
    SharedRoute route = default_route();
    http::Dialect dialect = http::Dialect::requests;
    bool follow = true;  // redirects
    int max_redirects = 30;
    bool repeats = false;  // requests that do no harm twice: see http::Request
    int max_retries = 0;   // geventhttpclient's, of requests that say nothing of it
    http::Timeouts timeouts;

    // Makes the exchange's request and route those of this profile.
    void prepare(Exchange& exchange) const;

    // The method, and where it goes.
    void address(http::Request& request, Verb verb, std::string_view path) const;

    // The same, as this profile has it.
    bool follows(Verb verb) const { return follow && follows_unasked(dialect, verb); }

    // A template that was asked for and is not there: such requests have to be worked out one by
    // one.
    struct Fields {
        std::unique_ptr<http::FieldTemplate> made;
        bool asked = false;
    };
    Fields& fields_of(Verb verb, BodyKind kind) const
    {
        return templates_[static_cast<std::size_t>(verb)][static_cast<std::size_t>(kind)];
    }

private:
    mutable std::array<std::array<Fields, body_kinds>, verbs> templates_;
};

}  // namespace locustella::client
