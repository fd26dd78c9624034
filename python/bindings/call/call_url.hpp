// Where a call goes: a path behind the session's base, or a URL of its own.
//
//   CallUrl url;
//   if (url.read(caller, profile, call)) url.address(profile, verb, call, request);
//
// A path of plain characters is taken as it is; all else is spelled by http/given_url.hpp. Of an
// odd host Python is asked once (`_spelled_host`), and for ever: its answer hangs on nothing else.
// User and password of a URL become the call's `auth`, where requests has it so.
// Not taken is what http/given_url.hpp does not take.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <optional>
#include <string>

#include "client/profile.hpp"
#include "http/given_url.hpp"

namespace locustella::bindings {

struct Caller;
struct PlainCall;

class CallUrl {
public:
    // False: not taken, or with a Python error set.
    bool read(const Caller& caller, const client::Profile& profile, PlainCall& call);

    // Also says whether redirects are followed.
    void address(const client::Profile& profile, client::Verb verb, const PlainCall& call,
                 http::Request& request) const;

    // As the answer shows it, where that is not the session's base_url with the path behind it.
    const std::string* whole() const { return spelled_ ? &spelled_->text : nullptr; }
    const std::string& query() const { return query_; }

    // The line of the Host where that is not the one among the profile's fields; else nothing.
    std::string other_host(const client::Profile& profile) const;

private:
    bool spell(const Caller& caller, const client::Profile& profile, PlainCall& call);

    std::string_view path_;    // the call's, of plain characters
    std::string query_;        // what `params` became
    bool adds_query_ = false;  // also an empty one: geventhttpclient's ampersand
    std::optional<http::GivenUrl> spelled_;
};

bool make_url_names();

}  // namespace locustella::bindings
