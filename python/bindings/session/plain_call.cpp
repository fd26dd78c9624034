#include "session/plain_call.hpp"

#include <array>
#include <span>
#include <string_view>

#include "enums.hpp"
#include "http/header_block.hpp"
#include "session/body_text.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

using client::BodyKind;
using http::FieldTemplate;

struct Names {
    PyObject *name, *catch_response, *allow_redirects, *data, *json, *params, *headers, *timeout,
        *field_template;
    std::array<PyObject*, client::verbs> verbs;
} names;

std::string_view ascii(PyObject* text)
{
    return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
}

bool is_ascii(PyObject* value)
{
    return PyUnicode_CheckExact(value) && PyUnicode_IS_COMPACT_ASCII(value);
}

// Paths that mean the same to every URL parser: nothing to quote, normalise or split off.
bool is_plain_path(std::string_view path)
{
    static constexpr auto allowed = [] {
        std::array<bool, 256> table{};
        for (const char c :
             std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "-._~!$&'()*+,;=:@/?"))
            table[static_cast<unsigned char>(c)] = true;
        return table;
    }();
    if (path.empty() || path.front() != '/' || path.starts_with("//"))
        return false;
    bool previous_slash = false;
    for (const char c : path) {
        if (!allowed[static_cast<unsigned char>(c)] || (previous_slash && c == '.'))
            return false;
        previous_slash = c == '/';
    }
    return true;
}

// A dict argument: nullptr when there is nothing in it.
bool take_dict(PyObject* value, PyObject*& into)
{
    if (value != Py_None && !PyDict_CheckExact(value))
        return false;
    into = value != Py_None && PyDict_GET_SIZE(value) > 0 ? value : nullptr;
    return true;
}

bool take_data(PyObject* value, PyObject*& into)
{
    if (PyUnicode_CheckExact(value))
        into = PyUnicode_GET_LENGTH(value) > 0 ? value : nullptr;
    else if (PyBytes_CheckExact(value))
        into = PyBytes_GET_SIZE(value) > 0 ? value : nullptr;
    else
        return take_dict(value, into);
    return true;
}

// Exact floats and ints; Python has the words for what makes no sense.
bool take_timeout(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    return !into || PyFloat_CheckExact(value) || PyLong_CheckExact(value);
}

// 0: not a time that somebody can wait for.
base::Nanos nanos_of(PyObject* seconds)
{
    const double value = PyFloat_AsDouble(seconds);
    PyErr_Clear();  // an int beyond all floats
    return value > 0 && value < 1e9 ? base::nanos_from_seconds(value) : 0;
}

bool take_keyword(PyObject* keyword, PyObject* value, PlainCall& call)
{
    if (keyword == names.name) {
        call.name = value != Py_None && PyUnicode_Check(value) && PyUnicode_GET_LENGTH(value) > 0
                        ? value
                        : nullptr;
        return value == Py_None || PyUnicode_Check(value);
    }
    if (keyword == names.catch_response) {
        call.catch_response = value == Py_True;
        return PyBool_Check(value);
    }
    if (keyword == names.allow_redirects) {
        call.redirects = value == Py_True;
        call.says_redirects = true;
        return PyBool_Check(value);
    }
    if (keyword == names.json) {
        call.json = value == Py_None ? nullptr : value;
        return true;
    }
    if (keyword == names.data)
        return take_data(value, call.data);
    if (keyword == names.params)
        return take_dict(value, call.params);
    if (keyword == names.headers)
        return take_dict(value, call.headers);
    return keyword == names.timeout && take_timeout(value, call.timeout);
}

constexpr std::array<const char*, client::body_kinds> kind_names = {"none", "json",  "form",
                                                                    "text", "bytes", "typed"};

class GivenFields {
public:
    // False when there is anything but ASCII text, or too much of it.
    bool take(PyObject* dict)
    {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (dict && PyDict_Next(dict, &at, &key, &value)) {
            if (!is_ascii(key) || !is_ascii(value) || count_ == fields_.size())
                return false;
            fields_[count_++] = {ascii(key), ascii(value)};
        }
        return true;
    }
    std::span<const FieldTemplate::Field> all() const { return {fields_.data(), count_}; }
    bool names(std::string_view name) const
    {
        for (const auto& field : all())
            if (http::equal_ignoring_case(field.first, name))
                return true;
        return false;
    }

private:
    std::array<FieldTemplate::Field, 24> fields_;
    std::size_t count_ = 0;
};

bool encode_body(const PlainCall& call, const GivenFields& given, std::string& body, BodyKind& kind)
{
    body.clear();
    if (!call.has_body()) {
        kind = BodyKind::none;
        return true;
    }
    if (!call.data) {
        kind = BodyKind::json;
        return append_json(body, call.json);
    }
    if (PyDict_CheckExact(call.data)) {
        kind = BodyKind::form;
        return append_form(body, call.data);
    }
    const bool is_text = PyUnicode_CheckExact(call.data);
    kind = given.names("content-type") ? BodyKind::typed
           : is_text                   ? BodyKind::text
                                       : BodyKind::bytes;
    Py_ssize_t size = is_text ? 0 : PyBytes_GET_SIZE(call.data);
    const char* bytes =
        is_text ? PyUnicode_AsUTF8AndSize(call.data, &size) : PyBytes_AS_STRING(call.data);
    if (!bytes) {
        PyErr_Clear();
        return false;
    }
    body.assign(bytes, static_cast<std::size_t>(size));
    return true;
}

// From [(part, bytes), ...] of Python.
std::unique_ptr<FieldTemplate> template_from(PyObject* rows)
{
    auto made = std::make_unique<FieldTemplate>();
    const auto list = pybind11::reinterpret_steal<pybind11::object>(
        PySequence_Fast(rows, "_field_template() must return a list"));
    if (!list)
        return nullptr;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list.ptr()); ++i) {
        PyObject* member;
        FieldTemplate::Part part{};
        const char* text;
        Py_ssize_t size;
        if (!PyArg_ParseTuple(PySequence_Fast_GET_ITEM(list.ptr(), i), "Oy#", &member, &text,
                              &size) ||
            !take_enum(member, part))
            return nullptr;
        made->add(part, std::string(text, static_cast<std::size_t>(size)));
    }
    return made;
}

// The template of this kind of request; asks Python the first time. nullptr with or without an
// error set: there is none.
const FieldTemplate* template_for(SessionObject* session, const client::Profile& profile, Verb verb,
                                  BodyKind kind)
{
    auto& slot = profile.fields_of(verb, kind);
    if (slot.asked)
        return slot.made.get();
    const auto owned = [](PyObject* reference) {
        return pybind11::reinterpret_steal<pybind11::object>(reference);
    };
    const auto kind_name =
        owned(PyUnicode_InternFromString(kind_names[static_cast<std::size_t>(kind)]));
    if (!kind_name)
        return nullptr;
    const auto rows =
        owned(PyObject_CallMethodObjArgs(reinterpret_cast<PyObject*>(session), names.field_template,
                                         method_name(verb), kind_name.ptr(), nullptr));
    if (!rows)
        return nullptr;
    if (!rows.is_none())
        slot.made = template_from(rows.ptr());
    slot.asked = !PyErr_Occurred();
    return slot.made.get();
}

bool append_query(const PlainCall& call, std::string& target)
{
    if (!call.params)
        return true;
    target.push_back(target.find('?') == std::string::npos ? '?' : '&');
    return append_form(target, call.params);
}

}  // namespace

PyObject* method_name(Verb verb)
{
    return names.verbs[static_cast<std::size_t>(verb)];
}

int positional_after_url(Verb verb)
{
    if (verb == Verb::post)
        return 2;
    return verb == Verb::put || verb == Verb::patch ? 1 : 0;
}

bool make_call_names()
{
    const auto intern = [](const char* text) { return PyUnicode_InternFromString(text); };
    names = {intern("name"),
             intern("catch_response"),
             intern("allow_redirects"),
             intern("data"),
             intern("json"),
             intern("params"),
             intern("headers"),
             intern("timeout"),
             intern("_field_template"),
             {}};
    for (std::size_t i = 0; i < names.verbs.size(); ++i)
        names.verbs[i] = intern(client::name_of(static_cast<Verb>(i)).data());
    return !PyErr_Occurred();
}

bool understand(Verb verb, PyObject* const* args, Py_ssize_t positional, PyObject* keywords,
                PlainCall& call)
{
    if (positional < 1 || positional > 1 + positional_after_url(verb) || !is_ascii(args[0]))
        return false;
    call.path = args[0];
    if (positional > 1 && !take_data(args[1], call.data))
        return false;
    if (positional > 2)
        call.json = args[2] == Py_None ? nullptr : args[2];
    const Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    for (Py_ssize_t i = 0; i < count; ++i)
        if (!take_keyword(PyTuple_GET_ITEM(keywords, i), args[positional + i], call))
            return false;
    return is_plain_path(call.path_text());
}

Encoded encode(SessionObject* session, const client::Profile& profile, Verb verb,
               const PlainCall& call, http::Request& request)
{
    const bool as_requests = profile.dialect == http::Dialect::requests;
    if (call.timeout) {
        const auto nanos = nanos_of(call.timeout);
        if (!as_requests || nanos == 0)
            return Encoded::refused;
        request.timeouts = {nanos, nanos, 0};
    }
    profile.address(request, verb, call.path_text());
    if (call.says_redirects)
        request.follow = profile.follow && call.redirects;
    if (!append_query(call, request.target))
        return Encoded::refused;
    const bool says_nothing = !call.has_body() && !call.headers;
    if (says_nothing && (verb == Verb::get || verb == Verb::head))
        return Encoded::done;  // the profile's own fields
    GivenFields given;
    BodyKind kind;
    if (!given.take(call.headers) || !encode_body(call, given, request.body, kind))
        return Encoded::refused;
    const FieldTemplate* form = template_for(session, profile, verb, kind);
    if (!form)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    const auto cookie_at = form->compose(given.all(), request.body.size(), request.fields);
    if (!cookie_at)
        return Encoded::refused;
    request.cookie_at = *cookie_at;
    return Encoded::done;
}

}  // namespace locustella::bindings
