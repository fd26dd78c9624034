#include "session/send_call.hpp"

#include <algorithm>
#include <array>

#include "enums.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

bool take_text(PyObject* value, std::string& into)
{
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value, &size);
    if (!text)
        return false;
    into.assign(text, static_cast<std::size_t>(size));
    if (into.find('\0') == std::string::npos)
        return true;
    PyErr_SetString(PyExc_ValueError, "embedded null character");
    return false;
}

bool take_flag(PyObject* value, bool& into)
{
    const int truth = PyObject_IsTrue(value);
    into = truth > 0;
    return truth >= 0;
}

// Seconds; 0 for ever.
bool take_seconds(PyObject* value, base::Nanos& into)
{
    const double seconds = PyFloat_AsDouble(value);
    into = base::nanos_from_seconds(seconds);
    return seconds != -1.0 || !PyErr_Occurred();
}

bool take_number(PyObject* value, long& into)
{
    into = PyLong_AsLong(value);
    return into != -1 || !PyErr_Occurred();
}

bool take_method(PyObject* value, SendCall& call)
{
    call.method = value;
    return take_text(value, call.exchange.request.method);
}

// (url, tls, host, port, target, fragment)
bool take_place(PyObject* value, SendCall& call)
{
    if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 6) {
        PyErr_Format(PyExc_TypeError, "a Place is needed, not %R", value);
        return false;
    }
    auto& [tls, host, port] = call.exchange.request.origin;
    long number = 0;
    if (!take_flag(PyTuple_GET_ITEM(value, 1), tls) ||
        !take_text(PyTuple_GET_ITEM(value, 2), host) ||
        !take_number(PyTuple_GET_ITEM(value, 3), number))
        return false;
    port = static_cast<std::uint16_t>(number);
    return take_text(PyTuple_GET_ITEM(value, 4), call.exchange.request.target) &&
           take_text(PyTuple_GET_ITEM(value, 5), call.exchange.request.fragment);
}

bool take_fields(PyObject* value, SendCall& call)
{
    char* bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(value, &bytes, &size) < 0)
        return false;
    call.exchange.request.fields.assign(bytes, static_cast<std::size_t>(size));
    return true;
}

bool take_cookie_at(PyObject* value, SendCall& call)
{
    call.exchange.request.cookie_at = PyLong_AsSize_t(value);
    return !PyErr_Occurred();
}

bool take_body(PyObject* value, SendCall& call)
{
    if (PyBytes_Check(value)) {
        call.exchange.request.body.assign(bytes_in(value));
        return true;
    }
    call.pieces = value;
    if (PyIter_Check(value))
        return true;
    PyErr_Format(PyExc_TypeError, "a body is bytes or an iterator of bytes, not %s",
                 Py_TYPE(value)->tp_name);
    return false;
}

bool take_host(PyObject* value, SendCall& call)
{
    HostField host{};
    if (!take_enum(value, host))
        return false;
    call.exchange.request.names_host = host != HostField::added;
    call.exchange.request.host_follows = host == HostField::origins;
    return true;
}

bool take_cookies(PyObject* value, SendCall& call)
{
    CookieKeeper keeper{};
    if (!take_enum(value, keeper))
        return false;
    call.exchange.request.names_cookie = keeper != CookieKeeper::jar;
    call.exchange.request.keeps_cookies = keeper != CookieKeeper::nobody;
    return true;
}

bool take_max_redirects(PyObject* value, SendCall& call)
{
    long most = 0;
    if (!take_number(value, most))
        return false;
    call.exchange.request.max_redirects = static_cast<int>(std::clamp(most, -1L, 1'000'000L));
    return true;
}

bool take_route(PyObject* value, SendCall& call)
{
    try {
        call.exchange.route = pybind11::handle(value).cast<std::shared_ptr<client::Route>>();
        if (call.exchange.route)
            return true;
    } catch (pybind11::cast_error&) {
    }
    PyErr_SetString(PyExc_TypeError, "a Route is needed");
    return false;
}

struct Keyword {
    const char* text;
    bool (*take)(PyObject*, SendCall&);
    bool needed = false;
    PyObject* name = nullptr;  // interned
};

std::array keywords_of_send{
    Keyword{"method", take_method, true},
    Keyword{"place", take_place, true},
    Keyword{"fields", take_fields, true},
    Keyword{"cookie_at", take_cookie_at, true},
    Keyword{"body", take_body},
    Keyword{"chunked", [](PyObject* v, SendCall& c) { return take_flag(v, c.chunked); }},
    Keyword{"rewinds",
            [](PyObject* v, SendCall& c) { return take_flag(v, c.exchange.request.rewinds); }},
    Keyword{"host", take_host},
    Keyword{"cookies", take_cookies},
    Keyword{"stream",
            [](PyObject* v, SendCall& c) { return take_flag(v, c.exchange.request.stream); }},
    Keyword{"dialect",
            [](PyObject* v, SendCall& c) { return take_enum(v, c.exchange.request.dialect); },
            true},
    Keyword{"follow",
            [](PyObject* v, SendCall& c) { return take_flag(v, c.exchange.request.follow); }},
    Keyword{"max_redirects", take_max_redirects},
    Keyword{"repeats",
            [](PyObject* v, SendCall& c) { return take_flag(v, c.exchange.request.repeats); }},
    Keyword{"connect_s",
            [](PyObject* v, SendCall& c) {
                return take_seconds(v, c.exchange.request.timeouts.connect);
            }},
    Keyword{
        "read_s",
        [](PyObject* v, SendCall& c) { return take_seconds(v, c.exchange.request.timeouts.read); }},
    Keyword{"route", take_route, true},
    Keyword{"asked",
            [](PyObject* v, SendCall& c) {
                c.asked = v;
                return true;
            },
            true},
    Keyword{"details",
            [](PyObject* v, SendCall& c) {
                c.details = v == Py_None ? nullptr : v;
                return true;
            }},
    Keyword{"entry",
            [](PyObject* v, SendCall& c) {
                c.entry = PyUnicode_Check(v) ? v : nullptr;
                return true;
            }},
};

// The place of a keyword in the list, which is looked through from `next` on.
std::size_t place_of(PyObject* name, std::size_t next)
{
    for (std::size_t tried = 0; tried < keywords_of_send.size(); ++tried, ++next) {
        next = next < keywords_of_send.size() ? next : 0;
        if (keywords_of_send[next].name == name)
            return next;
    }
    for (std::size_t i = 0; i < keywords_of_send.size(); ++i)
        if (PyUnicode_Compare(keywords_of_send[i].name, name) == 0)
            return i;
    PyErr_Format(PyExc_TypeError, "_send() got an unexpected keyword argument %R", name);
    return keywords_of_send.size();
}

bool complete(std::uint32_t taken)
{
    for (std::size_t i = 0; i < keywords_of_send.size(); ++i)
        if (keywords_of_send[i].needed && !(taken >> i & 1)) {
            PyErr_Format(PyExc_TypeError, "_send() needs %s=", keywords_of_send[i].text);
            return false;
        }
    return true;
}

}  // namespace

bool take_send_call(PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                    SendCall& call)
{
    if (positional != 0) {
        PyErr_SetString(PyExc_TypeError, "_send() takes keyword arguments only");
        return false;
    }
    const Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    std::uint32_t taken = 0;
    std::size_t next = 0;
    for (Py_ssize_t i = 0; i < count; ++i, ++next) {
        next = place_of(PyTuple_GET_ITEM(keywords, i), next);
        if (next == keywords_of_send.size() || !keywords_of_send[next].take(args[i], call))
            return false;
        taken |= 1U << next;
    }
    if (!complete(taken))
        return false;
    http::Request& request = call.exchange.request;
    request.cookie_at = std::min(request.cookie_at, request.fields.size());
    if (call.pieces)
        request.upload = call.chunked ? http::Upload::chunked : http::Upload::sized;
    return true;
}

bool make_send_names()
{
    for (auto& keyword : keywords_of_send)
        keyword.name = PyUnicode_InternFromString(keyword.text);
    return !PyErr_Occurred();
}

}  // namespace locustella::bindings
