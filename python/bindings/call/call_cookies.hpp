// The cookies that a call gives: a dict, or a jar that is nobody's own class.
//
//   std::unique_ptr<http::CookieJar> jar;
//   if (!merge_cookies(call.cookies, session, client.cookies(), now, jar)) ...   // Python has them
//   exchange.jar = std::move(jar);             // null: the session's cookies alone
//
// As requests' merge_cookies(): the session's cookies, then the call's, each in the place of one of
// the same name, domain and path. Those of a dict have no domain and go everywhere.
//
// Thread: the hub's, with the GIL held. No Python code runs: where a patch has put some on the
// classes of cookies and jars, these are Python's.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <memory>

#include "http/cookie_jar.hpp"

namespace locustella::bindings {

// Told by Python, once: http.cookiejar.Cookie, the classes of jars whose cookies can be read, and
// that of the face of a session's own jar.
struct CookieClasses {
    PyObject* cookie;
    PyObject* jar;
    PyObject* jar_of_requests;
    PyObject* face;
};
void set_cookie_classes(const CookieClasses& classes);

// False for what only Python knows; no error is set then, and `into` is undefined.
bool merge_cookies(PyObject* given, PyObject* session, const http::CookieJar& of_session,
                   double now, std::unique_ptr<http::CookieJar>& into);

bool make_cookie_names();

}  // namespace locustella::bindings
