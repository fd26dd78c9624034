#include "call/call_cookies.hpp"

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <utility>

#include "call/call_fields.hpp"
#include "http/field_gate.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

using http::Cookie;
using http::CookieJar;

struct Names {
    PyObject *name, *value, *domain, *path, *expires, *secure, *version, *port, *cookies, *session;
} names;

CookieClasses known{};

// Characters that are bytes, and may stand in a field.
bool take_text(PyObject* text, std::string& into)
{
    if (!text || !is_latin1(text))
        return false;
    into.assign(latin1_of(text));
    return http::is_field_value(into);
}

// RequestsCookieJar.set_cookie takes the escaped quotes out of a value in quotes.
bool take_value(PyObject* value, Cookie& cookie)
{
    cookie.bare = value == Py_None;
    if (cookie.bare)
        return true;
    if (!take_text(value, cookie.value))
        return false;
    std::string& text = cookie.value;
    if (text.starts_with('"') && text.ends_with('"'))
        for (auto at = text.find("\\\""); at != std::string::npos; at = text.find("\\\"", at))
            text.erase(at, 2);
    return true;
}

bool take_expiry(PyObject* value, double& into)
{
    if (value == Py_None)
        return true;
    if (!value || (!PyFloat_CheckExact(value) && !PyLong_CheckExact(value)))
        return false;
    into = PyFloat_AsDouble(value);
    const bool finite = !PyErr_Occurred();  // else an int beyond all floats
    PyErr_Clear();
    return finite;
}

// One of the kind that servers and scripts make; others (RFC 2965, ports) have rules of their own.
bool take_cookie(PyObject* object, Cookie& cookie)
{
    if (reinterpret_cast<PyObject*>(Py_TYPE(object)) != known.cookie)
        return false;
    const auto version = stored_attribute(object, names.version);
    const auto secure = stored_attribute(object, names.secure);
    if (!version || !PyLong_CheckExact(version.ptr()) || PyObject_IsTrue(version.ptr()) ||
        !secure || !PyBool_Check(secure.ptr()) ||
        stored_attribute(object, names.port).ptr() != Py_None)
        return false;
    cookie.secure = secure.ptr() == Py_True;
    const auto value = stored_attribute(object, names.value);
    return value && take_value(value.ptr(), cookie) &&
           take_text(stored_attribute(object, names.name).ptr(), cookie.name) &&
           take_text(stored_attribute(object, names.domain).ptr(), cookie.domain) &&
           take_text(stored_attribute(object, names.path).ptr(), cookie.path) &&
           take_expiry(stored_attribute(object, names.expires).ptr(), cookie.expires);
}

bool merge_dict(PyObject* dict, double now, CookieJar& into)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &name, &value)) {
        const auto keeps_name = borrowed(name), keeps_value = borrowed(value);
        Cookie cookie;
        if (!take_text(name, cookie.name) || !take_value(value, cookie))
            return false;
        into.set(std::move(cookie), now);
    }
    return true;
}

// Down the dicts of a jar: by domain, path and name.
bool merge_level(PyObject* dict, int depth, double now, CookieJar& into)
{
    if (!PyDict_CheckExact(dict))
        return false;
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        const auto keeps_value = borrowed(value);
        if (depth > 1) {
            if (!merge_level(value, depth - 1, now, into))
                return false;
            continue;
        }
        Cookie cookie;
        if (!take_cookie(value, cookie))
            return false;
        into.set(std::move(cookie), now);
    }
    return true;
}

bool merge_jar(PyObject* jar, double now, CookieJar& into)
{
    const auto cookies = stored_attribute(jar, names.cookies);
    return cookies && merge_level(cookies.ptr(), 3, now, into);
}

}  // namespace

void set_cookie_classes(const CookieClasses& classes)
{
    for (PyObject* type : {classes.cookie, classes.jar, classes.jar_of_requests, classes.face})
        Py_INCREF(type);
    known = classes;  // those told before are left alone: they live as long as their modules
}

bool merge_cookies(PyObject* given, PyObject* session, const CookieJar& of_session, double now,
                   std::unique_ptr<CookieJar>& into)
{
    auto* const type = reinterpret_cast<PyObject*>(Py_TYPE(given));
    const bool dict = PyDict_CheckExact(given);
    if (dict && PyDict_GET_SIZE(given) == 0)
        return true;
    if (type == known.face)  // with its own cookies over them a session's are as they were
        return stored_attribute(given, names.session).ptr() == session;
    if (!dict && type != known.jar && type != known.jar_of_requests)
        return false;
    into = std::make_unique<CookieJar>(of_session);
    into->forget_empty_places();
    return dict ? merge_dict(given, now, *into) : merge_jar(given, now, *into);
}

bool make_cookie_names()
{
    const auto intern = [](const char* text) { return PyUnicode_InternFromString(text); };
    names = {intern("name"),     intern("value"),   intern("domain"),  intern("path"),
             intern("expires"),  intern("secure"),  intern("version"), intern("port"),
             intern("_cookies"), intern("_session")};
    return !PyErr_Occurred();
}

}  // namespace locustella::bindings
