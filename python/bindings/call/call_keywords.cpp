#include "call/plain_call.hpp"

#include <algorithm>
#include <array>

#include "body/call_files.hpp"
#include "call/credentials.hpp"
#include "http/field_gate.hpp"
#include "http/header_block.hpp"
#include "pairs.hpp"
#include "plain_dict.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Interned.
struct Names {
    PyObject *name, *catch_response, *allow_redirects, *data, *json, *params, *headers, *auth;
    PyObject *files, *stream, *context;
    // Parameters of the query or the body for FastHttpSession.
    PyObject *verify, *cert, *proxies, *cookies, *timeout, *hooks;
    std::array<PyObject*, 4> limits;  // FastHttpSession's
    // What Python's methods and geventhttpclient's call arguments of their own.
    std::array<PyObject*, 7> of_python;
    std::array<PyObject*, client::verbs> verbs;
} names;

// A dict argument: nullptr when there is nothing in it.
bool take_exact_dict(PyObject* value, PyObject*& into)
{
    if (value != Py_None && !PyDict_CheckExact(value))
        return false;
    into = value != Py_None && PyDict_GET_SIZE(value) > 0 ? value : nullptr;
    return true;
}

// ... or a mapping that says no more than one.
bool take_dict(PyObject* value, PyObject*& into, PlainCall& call)
{
    if (value == Py_None || PyDict_CheckExact(value))
        return take_exact_dict(value, into);
    auto plain = as_plain_dict(value);
    return plain && take_exact_dict(call.made.emplace_back(std::move(plain)).ptr(), into);
}

bool take_pairs(PyObject* value, PyObject*& into, PlainCall& call)
{
    if (!is_sequence(value))
        return take_dict(value, into, call);
    into = PySequence_Fast_GET_SIZE(value) > 0 ? value : nullptr;
    return true;
}

bool take_file(PyObject* value, PyObject*& into)
{
    into = is_file(value) ? value : nullptr;
    return into != nullptr;
}

// Nothing for what is empty, which geventhttpclient's requests show all the same.
bool take_data(PyObject* value, PlainCall& call)
{
    PyObject*& into = call.data;
    call.empty_data = nullptr;
    if (PyUnicode_CheckExact(value))
        into = PyUnicode_GET_LENGTH(value) > 0 ? value : nullptr;
    else if (PyBytes_CheckExact(value))
        into = PyBytes_GET_SIZE(value) > 0 ? value : nullptr;
    else if (!take_pairs(value, into, call) && !take_file(value, into))
        return false;
    if (!into && value != Py_None)
        call.empty_data = value;
    return true;
}

bool take_params(PyObject* value, PyObject*& into, PlainCall& call)
{
    into = value == Py_None ? nullptr : value;
    if (!into || PyDict_CheckExact(value) || PyUnicode_CheckExact(value) || is_sequence(value))
        return true;
    auto plain = as_plain_dict(value);
    if (plain)
        into = call.made.emplace_back(std::move(plain)).ptr();
    return into != value;
}

bool is_number(PyObject* value)
{
    return PyFloat_CheckExact(value) || PyLong_CheckExact(value);
}

bool is_limit(PyObject* value)
{
    return value == Py_None || is_number(value);
}

// What a urllib3.Timeout says about connecting and about each silence, neither of which may take
// longer than all of it; empty for any other object, and for what Python has to find out.
py::object pair_of_timeout(PyObject* value)
{
    static PyObject* const connect = PyUnicode_InternFromString("_connect");
    static PyObject* const read = PyUnicode_InternFromString("_read");
    static PyObject* const total = PyUnicode_InternFromString("total");
    if (std::string_view(Py_TYPE(value)->tp_name) != "Timeout" ||
        !is_from(Py_TYPE(value), "urllib3.util.timeout"))
        return {};
    auto all = stored_attribute(value, total);
    const auto says_nothing = [](const py::object& limit) {
        return limit.is_none() ||
               std::string_view(Py_TYPE(limit.ptr())->tp_name) == "_TYPE_DEFAULT";
    };
    const auto shorter = [&](PyObject* name) {
        auto limit = stored_attribute(value, name);
        if (!limit || !all || !is_limit(all.ptr()))
            return py::object();
        if (says_nothing(limit))
            return all;
        if (!is_number(limit.ptr()))
            return py::object();
        const bool less = !all.is_none() && PyObject_RichCompareBool(all.ptr(), limit.ptr(), Py_LT);
        return less ? all : limit;
    };
    const auto first = shorter(connect), second = shorter(read);
    return first && second ? py::make_tuple(first, second) : py::object();
}

// Exact floats and ints, or a pair of them or None, or a urllib3.Timeout of such; Python has the
// words for what makes no sense.
bool take_timeout(PyObject* value, PlainCall& call)
{
    call.timeout = value == Py_None ? nullptr : value;
    if (is_limit(value))
        return true;
    if (PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) == 2)
        return is_limit(PyTuple_GET_ITEM(value, 0)) && is_limit(PyTuple_GET_ITEM(value, 1));
    auto pair = pair_of_timeout(value);
    if (pair)
        call.timeout = call.made.emplace_back(std::move(pair)).ptr();
    return call.timeout != value;
}

// Nothing for what Python takes for none. A list is a pair for geventhttpclient alone.
bool take_auth(PyObject* value, PlainCall& call)
{
    call.auth = value == Py_None ? nullptr : value;
    call.not_for_requests |= PyList_CheckExact(value) != 0;
    return !call.auth || is_sequence(value) || is_basic_auth(value);
}

// `value` or nothing; false: neither a bool nor nothing.
bool take_flag(PyObject* value, bool& into)
{
    into = value == Py_True;
    return PyBool_Check(value);
}

bool take_name(PyObject* value, PyObject*& into)
{
    const bool text = PyUnicode_Check(value);
    into = text && PyUnicode_GET_LENGTH(value) > 0 ? value : nullptr;
    return text || value == Py_None;
}

// The one with this text that `names` has, where it has one. Keywords out of a file, say, are texts
// of their own.
PyObject* interned(PyObject* keyword)
{
    if (PyUnicode_CHECK_INTERNED(keyword))
        return keyword;
    PyObject* known = Py_NewRef(keyword);
    PyUnicode_InternInPlace(&known);
    Py_DECREF(known);  // `names` keeps its own
    return known;
}

enum class Taken : std::uint8_t { yes, no, not_this };

Taken taken(bool understood)
{
    return understood ? Taken::yes : Taken::no;
}

// The keywords that say the same to both clients.
Taken take_common(PyObject* keyword, PyObject* value, PlainCall& call)
{
    if (keyword == names.name)
        return taken(take_name(value, call.name));
    if (keyword == names.catch_response)
        return taken(take_flag(value, call.catch_response));
    if (keyword == names.allow_redirects) {
        call.says_redirects = true;
        return taken(take_flag(value, call.redirects));
    }
    if (keyword == names.json) {
        call.json = value == Py_None ? nullptr : value;
        return Taken::yes;
    }
    if (keyword == names.data)
        return taken(take_data(value, call));
    if (keyword == names.params)
        return taken(take_params(value, call.params, call));
    if (keyword == names.headers)
        return taken(take_dict(value, call.headers, call));
    if (keyword == names.auth)
        return taken(take_auth(value, call));
    if (keyword == names.files)
        return taken(take_pairs(value, call.files, call));
    if (keyword == names.stream)
        return taken(take_flag(value, call.stream) || value == Py_None);
    if (keyword == names.context)
        return taken(take_exact_dict(value, call.context));
    return Taken::not_this;
}

bool is_text(PyObject* value)
{
    return PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) > 0;
}

// Both: false for values that only Python knows; for nothing said, nothing is set.
bool take_verify(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    return !into || PyBool_Check(into) || is_text(into);
}

bool take_cert(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    if (!into || is_text(into))
        return true;
    if (!PyTuple_CheckExact(into) || PyTuple_GET_SIZE(into) != 2)
        return false;
    PyObject* const key = PyTuple_GET_ITEM(into, 1);
    return is_text(PyTuple_GET_ITEM(into, 0)) && (key == Py_None || is_text(key));
}

// requests' own. False: Python's alone, or no keyword of requests'.
bool take_of_requests(PyObject* keyword, PyObject* value, PlainCall& call)
{
    if (keyword == names.verify)
        return take_verify(value, call.verify);
    if (keyword == names.cert)
        return take_cert(value, call.cert);
    if (keyword == names.proxies)
        return take_dict(value, call.proxies, call);
    if (keyword == names.timeout)
        return take_timeout(value, call);
    if (keyword == names.cookies) {
        call.cookies = value == Py_None ? nullptr : value;
        return true;
    }
    return keyword == names.hooks && value == Py_None;
}

// The others: limits and parameters for FastHttpSession. `bit`: its place among the keywords.
bool take_other(PyObject* keyword, PyObject* value, std::uint64_t bit, PlainCall& call)
{
    for (std::size_t i = 0; i < names.limits.size(); ++i)
        if (keyword == names.limits[i]) {
            call.limits[i] = value == Py_None ? nullptr : value;
            return call.not_for_requests = true;
        }
    call.parameters |= bit;
    call.not_for_requests |= !take_of_requests(keyword, value, call);
    return PyUnicode_CheckExact(keyword) &&
           std::ranges::find(names.of_python, keyword) == names.of_python.end();
}

bool take_keyword(PyObject* keyword, PyObject* value, std::uint64_t bit, PlainCall& call)
{
    const Taken common = take_common(keyword, value, call);
    return common == Taken::not_this ? take_other(keyword, value, bit, call) : common == Taken::yes;
}

bool take_url(PyObject* url, PlainCall& call)
{
    if (!PyUnicode_CheckExact(url))
        return false;
    call.url = url;
    call.url_text = utf8_of(url).value_or("");
    return true;
}

}  // namespace

PyObject* method_name(Verb verb)
{
    return names.verbs[static_cast<std::size_t>(verb)];
}

std::optional<Verb> verb_of(PyObject* method)
{
    if (!PyUnicode_CheckExact(method))
        return std::nullopt;
    for (std::size_t i = 0; i < names.verbs.size(); ++i)
        if (names.verbs[i] == method)
            return static_cast<Verb>(i);
    const auto text = utf8_of(method);
    for (std::size_t i = 0; text && i < names.verbs.size(); ++i)
        if (http::equal_ignoring_case(*text, client::name_of(static_cast<Verb>(i))))
            return static_cast<Verb>(i);
    return text && http::is_token(*text) ? std::optional(Verb::other) : std::nullopt;
}

int positional_after_url(Verb verb)
{
    if (verb == Verb::post)
        return 2;
    return verb == Verb::put || verb == Verb::patch ? 1 : 0;
}

bool make_keyword_names()
{
    const auto intern = [](const char* text) { return PyUnicode_InternFromString(text); };
    names = {intern("name"),
             intern("catch_response"),
             intern("allow_redirects"),
             intern("data"),
             intern("json"),
             intern("params"),
             intern("headers"),
             intern("auth"),
             intern("files"),
             intern("stream"),
             intern("context"),
             intern("verify"),
             intern("cert"),
             intern("proxies"),
             intern("cookies"),
             intern("timeout"),
             intern("hooks"),
             {intern("network_timeout"), intern("connection_timeout"), intern("max_redirects"),
              intern("max_retries")},
             {intern("self"), intern("method"), intern("url"), intern("payload"),
              intern("to_string"), intern("debug_stream"), intern("_entry")},
             {}};
    for (std::size_t i = 0; i < names.verbs.size(); ++i)
        names.verbs[i] = intern(client::name_of(static_cast<Verb>(i)).data());
    return !PyErr_Occurred();
}

bool understand(Verb verb, PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                PlainCall& call)
{
    if (positional < 1 || positional > 1 + positional_after_url(verb) || !take_url(args[0], call))
        return false;
    if (positional > 1 && !take_data(args[1], call))
        return false;
    if (positional > 2)
        call.json = args[2] == Py_None ? nullptr : args[2];
    const Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    call.method = method_name(verb);
    call.keywords = keywords;
    call.values = args + positional;
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* keyword = interned(PyTuple_GET_ITEM(keywords, i));
        const bool twice = (keyword == names.data && positional > 1) ||
                           (keyword == names.json && positional > 2);  // Python has the words
        const std::uint64_t bit = i < 64 ? std::uint64_t{1} << i : 0;
        if (twice || !bit || !take_keyword(keyword, args[positional + i], bit, call))
            return false;
    }
    return true;
}

}  // namespace locustella::bindings
