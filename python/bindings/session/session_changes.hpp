// What the core sees by itself of a session's changes, without asking Python for a new profile.
//
//   client.headers["X-Trace"] = "7"      # a field changed, added or taken away
//   client.auth = ("user", "7")          # FastHttpSession: auth_header
//   client.params = {"page": 7}          # in place they may change anyhow: each call reads them
//   client.proxies = {"http": "..."}     # the same; HttpSession
//
//   what has changed             what is done
//   ---------------------------  --------------------------------------------------------------
//   the dict of headers          compared with the profile's lines, in words of its templates
//   auth, params, proxies set    if a copy of the session's dict shows that nothing else has
//   anything else, or in a way   false: Python makes another profile
//   that no template knows
//
// The copy is made when Python has been asked some times: most sessions are set up once.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "session/session_object.hpp"

namespace locustella::bindings {

// Whether the session's profile, with what it now says beside, holds again. False with or without
// an error set.
bool see_changes(SessionObject* self);

// Another profile has been made; headers, params, proxies: the session's dicts, or None.
// `in_environment`: that names proxies too; `proxies` is a dict then.
bool begin_to_see_changes(SessionObject* self, PyObject* headers, PyObject* params,
                          PyObject* proxies, bool in_environment);
void forget_changes(SessionObject* self);

bool make_change_names();

}  // namespace locustella::bindings
