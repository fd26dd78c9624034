// What a call and its session say of their connections, in one text to compare by, and the files
// among it.
//
//   Said said;
//   said.read(call, session_proxies, {})   // verify="ca.pem", proxies={"http": "http://p:3128"}
//   said.text()                            // "by ca.pem\0\nproxy http\0http://p:3128\0"
//   said.proxies()                         // {"http": "http://p:3128"}: the call's over the
//                                          // session's
//
// It borrows the call's and the session's objects.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/tls_config.hpp"

namespace locustella::bindings {

struct PlainCall;

bool files_of_session_are_there(const net::TlsConfig& tls);

class Said {
public:
    // False: not in values that can be compared so. `place`: where it leads, if that matters; then
    // the call's proxies and the session's are not merged, as the environment's stand between them.
    bool read(const PlainCall& call, PyObject* of_session, std::string_view place);

    const std::string& text() const { return text_; }
    bool files_are_there(bool tls) const;

    // A dict of the proxies that are named; empty with an error set.
    pybind11::object proxies() const;
    bool names_proxies() const { return !proxies_.empty(); }

private:
    const char* add_text(PyObject* value);
    bool add_verify(PyObject* verify);
    bool add_cert(PyObject* cert);
    bool add_each(const char* whose, PyObject* proxies);
    bool add_proxies(PyObject* of_call, PyObject* of_session);
    bool add_proxy(PyObject* key, PyObject* value);

    std::string text_;
    const char* bundle_ = nullptr;
    const char* certificate_ = nullptr;
    const char* key_ = nullptr;
    std::vector<std::pair<PyObject*, PyObject*>> proxies_;
};

}  // namespace locustella::bindings
