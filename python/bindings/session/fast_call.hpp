// What a FastHttpSession makes of a call's keywords that are not both clients'.
//
//   client.get("/", timeout=5, network_timeout=2.0)     # "/?timeout=5", within 2 seconds
//   client.post("/", {"a": 1}, verify=False)            # the form "a=1&verify=False"
//
//   FastCall fast(verb, call, sends);
//   if (!fast.limit(profile, request)) ...              // Python has the rules or the words
//   fast.retries(profile)                               // how often it may be sent again
//   fast.keep(profile, request), fast.restore(request)  // ... which reads no file a second time
//
// As geventhttpclient's UserAgent.urlopen: keywords that nobody knows go into the form of a POST,
// and into the parameters of anything else: into the caller's own dict where there is one, and
// nowhere where there is another body. A limit of 0 seconds is the session's.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "call/plain_call.hpp"
#include "http/times.hpp"

namespace locustella::bindings {

class FastCall {
public:
    // Puts the parameters into the call. `sends`: false leaves the caller's dicts as they are.
    FastCall(Verb verb, PlainCall& call, bool sends);

    // False where a Python error is set.
    explicit operator bool() const { return put_; }

    bool limit(const client::Profile& profile, http::Request& request);

    int retries(const client::Profile& profile) const
    {
        return retries_ < 0 ? profile.max_retries : retries_;
    }
    // The request as it goes out first, where it may go out again and has read something.
    void keep(const client::Profile& profile, const http::Request& request);
    // False: nothing is kept.
    bool restore(http::Request& request) const;

    std::unique_ptr<http::Times> earlier;  // of the attempts before

private:
    bool put(Verb verb);
    bool put_into(PyObject*& dict);

    PlainCall& call_;
    bool sends_;
    bool put_ = true;
    int retries_ = -1;  // below 0: the session's
    std::unique_ptr<http::Request> kept_;
    pybind11::object parameters_;  // a dict
    pybind11::object copy_;
};

}  // namespace locustella::bindings
