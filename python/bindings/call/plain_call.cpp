#include "call/plain_call.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "call/body_text.hpp"
#include "call/call_fields.hpp"
#include "call/call_files.hpp"
#include "call/credentials.hpp"
#include "enums.hpp"
#include "pairs.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using client::BodyKind;
using http::FieldTemplate;

struct Names {
    PyObject *name, *catch_response, *allow_redirects, *data, *json, *params, *headers, *auth,
        *verify, *timeout, *field_template, *route_of_verify;
    PyObject *stream, *context, *files, *cookies;
    // Of requests' alone: parameters of the query or the body for FastHttpSession.
    std::array<PyObject*, 3> of_requests;
    std::array<PyObject*, 4> limits;  // FastHttpSession's
    // What Python's methods and geventhttpclient's call arguments of their own.
    std::array<PyObject*, 7> of_python;
    std::array<PyObject*, client::verbs> verbs;
} names;

// A dict argument: nullptr when there is nothing in it.
bool take_dict(PyObject* value, PyObject*& into)
{
    if (value != Py_None && !PyDict_CheckExact(value))
        return false;
    into = value != Py_None && PyDict_GET_SIZE(value) > 0 ? value : nullptr;
    return true;
}

bool take_pairs(PyObject* value, PyObject*& into)
{
    if (!is_sequence(value))
        return take_dict(value, into);
    into = PySequence_Fast_GET_SIZE(value) > 0 ? value : nullptr;
    return true;
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
    else if (!take_pairs(value, into))
        return false;
    if (!into && value != Py_None)
        call.empty_data = value;
    return true;
}

bool take_params(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    return !into || PyDict_CheckExact(value) || PyUnicode_CheckExact(value) || is_sequence(value);
}

bool is_number(PyObject* value)
{
    return PyFloat_CheckExact(value) || PyLong_CheckExact(value);
}

// Exact floats and ints, or a pair of them or None; Python has the words for what makes no sense.
bool take_timeout(PyObject* value, PyObject*& into)
{
    into = value == Py_None ? nullptr : value;
    if (!into || is_number(value))
        return true;
    if (!PyTuple_CheckExact(value) || PyTuple_GET_SIZE(value) != 2)
        return false;
    const auto may_be = [](PyObject* one) { return one == Py_None || is_number(one); };
    return may_be(PyTuple_GET_ITEM(value, 0)) && may_be(PyTuple_GET_ITEM(value, 1));
}

// Nothing for what Python takes for none. A list is a pair for geventhttpclient alone.
bool take_auth(PyObject* value, PlainCall& call)
{
    call.auth = value == Py_None ? nullptr : value;
    call.not_for_requests |= PyList_CheckExact(value) != 0;
    return !call.auth || is_sequence(value) || is_basic_auth(value);
}

// False: not a time that somebody can wait for.
bool nanos_of(PyObject* seconds, base::Nanos& into)
{
    if (seconds == Py_None) {
        into = 0;
        return true;
    }
    const double value = PyFloat_AsDouble(seconds);
    PyErr_Clear();  // an int beyond all floats
    into = value > 0 && value < 1e9 ? base::nanos_from_seconds(value) : 0;
    return into > 0;
}

bool timeouts_of(PyObject* timeout, http::Timeouts& into)
{
    const bool pair = PyTuple_CheckExact(timeout);
    into.total = 0;
    return nanos_of(pair ? PyTuple_GET_ITEM(timeout, 0) : timeout, into.connect) &&
           nanos_of(pair ? PyTuple_GET_ITEM(timeout, 1) : timeout, into.read);
}

// A keyword that is not both clients'.
bool take_other(PyObject* keyword, PyObject* value, std::uint64_t bit, PlainCall& call)
{
    if (keyword == names.context)
        return value == Py_None || (PyDict_CheckExact(value) && PyDict_GET_SIZE(value) == 0);
    for (std::size_t i = 0; i < names.limits.size(); ++i)
        if (keyword == names.limits[i]) {
            call.limits[i] = value == Py_None ? nullptr : value;
            return call.not_for_requests = true;
        }
    call.parameters |= bit;
    call.not_for_requests |= value != Py_None || std::ranges::find(names.of_requests, keyword) ==
                                                     names.of_requests.end();
    return PyUnicode_CheckExact(keyword) &&
           std::ranges::find(names.of_python, keyword) == names.of_python.end();
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

// `bit`: its place among the keywords.
bool take_keyword(PyObject* keyword, PyObject* value, std::uint64_t bit, PlainCall& call)
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
    if (keyword == names.data) {
        return take_data(value, call);
    }
    if (keyword == names.params)
        return take_params(value, call.params);
    if (keyword == names.headers)
        return take_dict(value, call.headers);
    if (keyword == names.auth)
        return take_auth(value, call);
    if (keyword == names.verify) {
        call.parameters |= bit;
        call.verify = value == Py_None ? nullptr : value;
        call.not_for_requests |= value != Py_None && !PyBool_Check(value);
        return true;
    }
    if (keyword == names.files)
        return take_pairs(value, call.files);
    if (keyword == names.cookies) {
        call.parameters |= bit;
        call.cookies = value == Py_None ? nullptr : value;
        return true;
    }
    if (keyword == names.timeout) {
        call.parameters |= bit;
        call.not_for_requests |= !take_timeout(value, call.timeout);
        return true;
    }
    if (keyword == names.stream) {
        call.stream = value == Py_True;
        return value == Py_None || PyBool_Check(value);
    }
    return take_other(keyword, value, bit, call);
}

constexpr std::array<const char*, client::body_kinds> kind_names = {
    "none", "json", "form", "text", "bytes", "typed", "multipart"};

// False also for a form of pairs that say nothing, or that geventhttpclient takes for something
// else.
bool encode_form(const PlainCall& call, http::Dialect dialect, std::string& body)
{
    const bool as_requests = dialect == http::Dialect::requests;
    if (!as_requests && !PyDict_CheckExact(call.data))
        return false;
    return append_form(body, call.data, as_requests ? Pairs::spread : Pairs::single) &&
           !body.empty();
}

bool encode_body(const PlainCall& call, http::Dialect dialect, const GivenFields& given,
                 std::string& body, BodyKind& kind)
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
    if (call.data_is_form()) {
        kind = BodyKind::form;
        return encode_form(call, dialect, body);
    }
    const bool is_text = PyUnicode_CheckExact(call.data);
    kind = given.names("content-type") ? BodyKind::typed
           : is_text                   ? BodyKind::text
                                       : BodyKind::bytes;
    const auto bytes = is_text ? utf8_of(call.data) : bytes_in(call.data);
    if (bytes)
        body.assign(*bytes);
    return bytes.has_value();
}

// From [(part, bytes), ...] of Python.
std::unique_ptr<FieldTemplate> template_from(PyObject* rows)
{
    auto made = std::make_unique<FieldTemplate>();
    const auto list = owned(PySequence_Fast(rows, "_field_template() must return a list"));
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

// The fields of a request whose body is there.
bool fill_in(const FieldTemplate& form, const Caller& caller, const client::Profile& profile,
             const PlainCall& call, const CallUrl& url, GivenFields& given,
             std::string_view body_type, http::Request& request)
{
    const SaidBySession* said = caller.said;
    if (said && !given.put_over(said->fields))
        return false;
    std::string credentials = said ? said->credentials : std::string{};
    if (call.auth && !credentials_of(call.auth, profile.dialect, credentials))
        return false;
    const bool fast = profile.dialect == http::Dialect::geventhttpclient;
    const auto& login = credentials.empty() ? profile.credentials : credentials;
    if (fast && !given.read_as_fast(call.has_body(), call.json && !call.data, login))
        return false;
    const std::string host = url.other_host(profile);
    const auto cookie_at = form.compose({.given = given.all(),
                                         .left_out = given.left_out(),
                                         .credentials = credentials,
                                         .body_size = request.body.size(),
                                         .body_type = body_type,
                                         .host = host,
                                         .takes_routing = fast,
                                         .has_login = fast && given.names("authorization")},
                                        request.fields);
    if (fast) {
        request.names_cookie = given.names("cookie");
        request.host_follows = !given.names("host");
    }
    request.cookie_at = cookie_at.value_or(0);
    return cookie_at.has_value();
}

// Files and what goes with them. They are read when nothing can be refused any more, as that would
// leave none to Python. geventhttpclient's type of such a body stands in place of any other.
Encoded encode_files(const Caller& caller, const client::Profile& profile, Verb verb,
                     const PlainCall& call, const CallUrl& url, const GivenFields& given,
                     http::Request& request)
{
    const auto dialect = profile.dialect;
    if (call.json || (call.data && !call.data_is_form()) ||
        (dialect != http::Dialect::requests && given.names("content-type")))
        return Encoded::refused;
    const FieldTemplate* form = template_for(caller.session, profile, verb, BodyKind::multipart);
    if (!form)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    CallFiles files;
    GivenFields before, after;
    if (!files.take(call.files, call.data) || !before.take(call.headers, dialect) ||
        !fill_in(*form, caller, profile, call, url, before, {}, request))
        return Encoded::refused;
    if (!caller.sends)
        return Encoded::done;
    std::string type;
    if (!files.encode(dialect, request.body, type))
        return Encoded::error;
    return after.take(call.headers, dialect) &&
                   fill_in(*form, caller, profile, call, url, after, type, request)
               ? Encoded::done
               : Encoded::refused;
}

bool take_url(PyObject* url, PlainCall& call)
{
    if (!PyUnicode_CheckExact(url))
        return false;
    call.url = url;
    call.url_text = utf8_of(url).value_or("");
    return !call.url_text.empty();
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
        if (names.verbs[i] == method || PyUnicode_Compare(names.verbs[i], method) == 0)
            return static_cast<Verb>(i);
    return std::nullopt;
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
             intern("auth"),
             intern("verify"),
             intern("timeout"),
             intern("_field_template"),
             intern("_route_of_verify"),
             intern("stream"),
             intern("context"),
             intern("files"),
             intern("cookies"),
             {intern("proxies"), intern("hooks"), intern("cert")},
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

const FieldTemplate* template_for(PyObject* session, const client::Profile& profile, Verb verb,
                                  BodyKind kind)
{
    auto& slot = profile.fields_of(verb, kind);
    if (slot.asked)
        return slot.made.get();
    const auto kind_name =
        owned(PyUnicode_InternFromString(kind_names[static_cast<std::size_t>(kind)]));
    const auto bytes = [&](const std::string& text) {
        return owned(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
    };
    const auto standard = bytes(profile.standard);
    const auto credentials = bytes(profile.credentials);
    if (!kind_name || !standard || !credentials)
        return nullptr;
    const auto rows = owned(PyObject_CallMethodObjArgs(session, names.field_template,
                                                       method_name(verb), kind_name.ptr(),
                                                       standard.ptr(), credentials.ptr(), nullptr));
    if (!rows)
        return nullptr;
    if (!rows.is_none())
        slot.made = template_from(rows.ptr());
    slot.asked = !PyErr_Occurred();
    return slot.made.get();
}

Encoded set_route(const Caller& caller, const client::Profile& profile, const PlainCall& call,
                  client::SharedRoute& route)
{
    if (!call.verify || profile.dialect != http::Dialect::requests)
        return Encoded::done;
    const std::size_t which = call.verify == Py_True ? 1 : 0;
    if (!caller.routes || !(*caller.routes)[which]) {
        const auto made =
            owned(PyObject_CallMethodOneArg(caller.session, names.route_of_verify, call.verify));
        if (!made)
            return Encoded::error;
        if (!caller.routes)
            caller.routes = std::make_unique<RoutesOfVerify>();
        try {
            (*caller.routes)[which] = made.cast<std::shared_ptr<client::Route>>();
        } catch (pybind11::cast_error&) {
            return Encoded::refused;
        }
    }
    route = (*caller.routes)[which];
    return Encoded::done;
}

Encoded encode(const Caller& caller, const client::Profile& profile, Verb verb,
               const PlainCall& call, CallUrl& url, http::Request& request)
{
    const bool as_requests = profile.dialect == http::Dialect::requests;
    if (as_requests &&
        (call.not_for_requests || (call.timeout && !timeouts_of(call.timeout, request.timeouts))))
        return Encoded::refused;
    if (!url.read(caller, profile, call))
        return Encoded::refused;
    url.address(profile, verb, request);
    if (call.says_redirects)
        request.follow = profile.follow && call.redirects;
    const bool says_little = !call.has_body() && !call.headers && !call.auth;
    if (says_little && (verb == Verb::get || verb == Verb::head)) {
        if (const std::string line = url.other_host(profile); !line.empty())
            request.fields.replace(request.cookie_at, std::string::npos, line);  // their last one
        return Encoded::done;  // the profile's own fields
    }
    GivenFields given;
    BodyKind kind;
    if (!given.take(call.headers, profile.dialect))
        return Encoded::refused;
    if (call.files)
        return encode_files(caller, profile, verb, call, url, given, request);
    if (!encode_body(call, profile.dialect, given, request.body, kind))
        return Encoded::refused;
    const bool runs_python = !profile.fields_of(verb, kind).asked;
    const FieldTemplate* form = template_for(caller.session, profile, verb, kind);
    if (!form)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    // Python may have changed the dict.
    if (runs_python && !(given = {}).take(call.headers, profile.dialect))
        return Encoded::refused;
    return fill_in(*form, caller, profile, call, url, given, {}, request) ? Encoded::done
                                                                          : Encoded::refused;
}

}  // namespace locustella::bindings
