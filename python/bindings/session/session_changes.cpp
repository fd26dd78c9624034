#include "session/session_changes.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "call/credentials.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

using client::BodyKind;
using http::FieldTemplate;

constexpr std::uint8_t asked_before_copy = 2;

struct Names {
    PyObject *auth, *auth_header, *params, *proxies;
} names;

bool as_requests(const client::Profile& profile)
{
    return profile.dialect == http::Dialect::requests;
}

// What has changed in the session's own dict; nullptr: not that.
struct Assigned {
    PyObject* auth = nullptr;
    PyObject* params = nullptr;
    PyObject* proxies = nullptr;
};

// False where anything else may have changed.
bool find_assigned(const SessionObject* self, bool as_requests, Assigned& assigned)
{
    PyObject* const auth_name = as_requests ? names.auth : names.auth_header;
    PyObject* const own = self->watch.own();
    PyObject* const then = self->own_then;
    if (!then || PyDict_GET_SIZE(own) != PyDict_GET_SIZE(then))
        return false;
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(then, &at, &key, &value);) {
        if (!PyUnicode_CheckExact(key))  // to look for it may run code of somebody's own
            return false;
        PyObject* const now = PyDict_GetItemWithError(own, key);
        if (now == value)
            continue;
        if (now && key == auth_name)
            assigned.auth = now;
        else if (now && key == names.params && PyDict_CheckExact(now))
            assigned.params = now;
        else if (now && as_requests && key == names.proxies && PyDict_CheckExact(now))
            assigned.proxies = now;
        else
            return false;
    }
    return true;
}

// A line; empty for what only Python knows.
std::string line_of_auth(const client::Profile& profile, PyObject* auth)
{
    std::string line;
    if (as_requests(profile))
        return credentials_of(auth, profile.dialect, line) ? line : std::string{};
    if (!is_latin1(auth) || PyUnicode_GET_LENGTH(auth) == 0)
        return {};
    const auto value = latin1_of(auth);
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    });
    return plain ? "Authorization: " + std::string(value) + "\r\n" : std::string{};
}

// A login that is an object may be changed in place.
bool watch_login(SessionObject* self, PyObject* auth_name, PyObject* auth)
{
    const auto dict_of = [](PyObject* login) {
        return owned(login && is_basic_auth(login) ? PyObject_GenericGetDict(login, nullptr)
                                                   : nullptr);
    };
    const auto added = dict_of(auth);
    const auto replaced = dict_of(PyDict_GetItemWithError(self->own_then, auth_name));
    return !PyErr_Occurred() &&
           ((!added && !replaced) || self->watch.add_later(added.ptr(), replaced.ptr()));
}

// The next item of a dict of values, or, as case-insensitive ones are inside, of (name, value)
// pairs; those are of classes of their own.
bool next_header(PyObject* dict, Py_ssize_t& at, PyObject*& name, PyObject*& value)
{
    if (!PyDict_Next(dict, &at, &name, &value))
        return false;
    if (!PyDict_CheckExact(dict) && PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) == 2) {
        name = PyTuple_GET_ITEM(value, 0);
        value = PyTuple_GET_ITEM(value, 1);
    }
    return true;
}

// Whether the dict of headers of an HttpSession has bytes: its requests show them as they are.
bool has_bytes(PyObject* headers)
{
    PyObject *name, *value;
    for (Py_ssize_t at = 0; headers && next_header(headers, at, name, value);)
        if (PyBytes_Check(value))
            return true;
    return false;
}

// requests leaves out None, and takes bytes; geventhttpclient makes text of either in a way of its
// own, which Python knows.
bool read_headers(PyObject* dict, bool as_requests, std::vector<FieldTemplate::Field>& fields)
{
    fields.reserve(static_cast<std::size_t>(PyDict_GET_SIZE(dict)));
    PyObject *name, *value;
    for (Py_ssize_t at = 0; next_header(dict, at, name, value);) {
        if (as_requests && value == Py_None)
            continue;
        FieldTemplate::Field field;
        if (!PyUnicode_CheckExact(name) || !PyUnicode_IS_COMPACT_ASCII(name) ||
            (!as_requests && !PyUnicode_CheckExact(value)) || !take_bytes(name, field.first) ||
            !take_bytes(value, field.second))
            return false;
        fields.push_back(field);
    }
    return true;
}

bool see_headers(SessionObject* self, const client::Profile& profile, const FieldTemplate& form,
                 SaidBySession& said)
{
    std::vector<FieldTemplate::Field> fields;
    if (!read_headers(self->watch.headers(), as_requests(profile), fields) ||
        !said.fields.find(profile.standard, fields))
        return false;
    const auto given = said.fields.given();
    const auto gone = said.fields.left_out();
    return std::ranges::none_of(given,
                                [&](const auto& field) { return form.settles(field.first); }) &&
           std::ranges::none_of(gone, [&](const auto& name) { return form.settles(name); });
}

// The fields of a request that says no more than a path.
bool compose(const FieldTemplate& form, SaidBySession& said)
{
    const auto cookie_at = form.compose({.given = said.fields.given(),
                                         .left_out = said.fields.left_out(),
                                         .credentials = said.credentials},
                                        said.composed);
    said.cookie_at = cookie_at.value_or(0);
    return cookie_at.has_value();
}

void keep_proxies(SessionObject* self, PyObject* proxies)
{
    if (!self->routes)
        self->routes = std::make_unique<CallRoutes>();
    self->routes->proxies = borrowed(proxies);
}

bool see(SessionObject* self, const client::Profile& profile, SaidBySession& said)
{
    const FieldTemplate* form =
        template_for(reinterpret_cast<PyObject*>(self), profile, Verb::get, BodyKind::none);
    if (!form || !self->watch.rest_holds())
        return false;
    PyObject* const auth_name = as_requests(profile) ? names.auth : names.auth_header;
    Assigned assigned;
    if (!self->watch.own_holds() && !find_assigned(self, as_requests(profile), assigned))
        return false;
    if (assigned.auth) {
        said.credentials = line_of_auth(profile, assigned.auth);
        if (said.credentials.empty())
            return false;
    }
    if (self->watch.headers() && !see_headers(self, profile, *form, said))
        return false;
    if (!compose(*form, said) || (assigned.auth && !watch_login(self, auth_name, assigned.auth)))
        return false;
    if (assigned.params)
        Py_XSETREF(self->params, Py_NewRef(assigned.params));
    if (assigned.proxies)
        keep_proxies(self, assigned.proxies);
    return (!assigned.auth || PyDict_SetItem(self->own_then, auth_name, assigned.auth) == 0) &&
           (!assigned.params ||
            PyDict_SetItem(self->own_then, names.params, assigned.params) == 0) &&
           (!assigned.proxies ||
            PyDict_SetItem(self->own_then, names.proxies, assigned.proxies) == 0);
}

}  // namespace

bool see_changes(SessionObject* self)
{
    if (!self->plain || !self->watch.rest_holds())
        return false;
    const auto profile = self->profile;  // Python may be asked for a template
    // The login that was said before stays, and the headers are all compared again.
    const auto said = std::make_shared<SaidBySession>();
    if (self->said)
        said->credentials = self->said->credentials;
    if (!see(self, *profile, *said) || self->profile != profile)
        return false;
    self->said = said;
    self->watch.renew();
    self->odd_headers = has_bytes(self->watch.headers());
    return true;
}

bool begin_to_see_changes(SessionObject* self, PyObject* headers, PyObject* params,
                          PyObject* proxies, bool in_environment)
{
    if (PyDict_Check(headers) && !self->watch.watch_headers(headers))
        return false;
    self->odd_headers = has_bytes(self->watch.headers());
    if (PyDict_CheckExact(params))
        Py_XSETREF(self->params, Py_NewRef(params));
    if (PyDict_CheckExact(proxies)) {
        keep_proxies(self, proxies);
        self->routes->in_environment = in_environment;
    }
    if (self->times_asked < asked_before_copy) {
        ++self->times_asked;
        return true;
    }
    PyObject* const own = self->watch.own();
    self->own_then = own ? PyDict_Copy(own) : nullptr;
    return !own || self->own_then;
}

void forget_changes(SessionObject* self)
{
    self->said.reset();
    Py_CLEAR(self->params);
    Py_CLEAR(self->own_then);
}

bool make_change_names()
{
    names = {PyUnicode_InternFromString("auth"), PyUnicode_InternFromString("auth_header"),
             PyUnicode_InternFromString("params"), PyUnicode_InternFromString("proxies")};
    return !PyErr_Occurred();
}

}  // namespace locustella::bindings
