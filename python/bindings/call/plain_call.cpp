#include "call/plain_call.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/ascii.hpp"
#include "body/body_file.hpp"
#include "body/body_text.hpp"
#include "body/call_files.hpp"
#include "call/call_fields.hpp"
#include "call/credentials.hpp"
#include "enums.hpp"
#include "http/cookie_host.hpp"
#include "http/request_text.hpp"
#include "pairs.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using client::BodyKind;
using http::FieldTemplate;

PyObject* field_template = nullptr;  // the name of Python's method

// None: for ever.
bool take_limit(PyObject* seconds, base::Nanos& into)
{
    const auto nanos = seconds == Py_None ? std::optional<base::Nanos>(0) : nanos_of(seconds);
    into = nanos.value_or(0);
    return nanos.has_value();
}

bool timeouts_of(PyObject* timeout, http::Timeouts& into)
{
    const bool pair = PyTuple_CheckExact(timeout);
    into.total = 0;
    return take_limit(pair ? PyTuple_GET_ITEM(timeout, 0) : timeout, into.connect) &&
           take_limit(pair ? PyTuple_GET_ITEM(timeout, 1) : timeout, into.read);
}

constexpr std::array<const char*, client::body_kinds> kind_names = {
    "none", "json", "form", "text", "bytes", "typed", "multipart", "chunked", "nothing_in_chunks"};

// False also for a form of pairs that geventhttpclient takes for something else.
bool encode_form(const PlainCall& call, http::Dialect dialect, std::string& body, BodyKind& kind)
{
    const bool as_requests = dialect == http::Dialect::requests;
    if (!as_requests && !PyDict_CheckExact(call.data))
        return false;
    const bool done = append_form(body, call.data, as_requests ? Pairs::spread : Pairs::single);
    kind = body.empty() ? BodyKind::nothing_in_chunks : BodyKind::form;
    if (body.empty())
        body = http::last_chunk;
    return done;
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
    if (call.data_is_form())
        return encode_form(call, dialect, body, kind);
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
                                         .takes_routing = true,
                                         .takes_blanks = fast,
                                         .has_login = fast && given.names("authorization")},
                                        request.fields);
    request.names_cookie =
        given.names_cookie() || (profile.gives_cookie && !given.leaves_out("cookie"));
    if (request.names_cookie && call.cookies && !fast)
        return false;  // Python merges them
    if (fast)
        request.host_follows = !given.names_host();
    else if (given.names_host() && !http::host_of_field(given.host()))
        return false;  // http.cookiejar looks at it
    else
        request.names_host =
            given.names_host() || (profile.gives_host && !given.leaves_out("host"));
    request.cookie_at = cookie_at.value_or(0);
    return cookie_at.has_value();
}

// A body that is read out of files: when nothing can be refused any more, as that would leave none
// to Python. `read` makes the body, and says of which type it is.
template <class Read>
Encoded encode_read(const Caller& caller, const client::Profile& profile, const FieldTemplate& form,
                    const PlainCall& call, const CallUrl& url, http::Request& request,
                    const Read& read)
{
    GivenFields before, after;
    if (!before.take(call.headers, profile.dialect) ||
        !fill_in(form, caller, profile, call, url, before, {}, request))
        return Encoded::refused;
    if (!caller.sends)
        return Encoded::done;
    std::string type;
    if (const Encoded done = read(request.body, type); done != Encoded::done)
        return done;
    return after.take(call.headers, profile.dialect) &&
                   fill_in(form, caller, profile, call, url, after, type, request)
               ? Encoded::done
               : Encoded::refused;
}

// Files and what goes with them. geventhttpclient's type of such a body stands in place of any
// other.
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
    if (!files.take(call.files, call.data))
        return Encoded::refused;
    return encode_read(
        caller, profile, *form, call, url, request, [&](std::string& body, std::string& type) {
            return files.encode(dialect, body, type) ? Encoded::done : Encoded::error;
        });
}

Encoded encoded_of(FileRead read)
{
    switch (read) {
    case FileRead::done: return Encoded::done;
    case FileRead::refused: return Encoded::refused;
    default: return Encoded::error;
    }
}

Encoded encode_file(const Caller& caller, const client::Profile& profile, Verb verb,
                    const PlainCall& call, const CallUrl& url, const GivenFields& given,
                    http::Request& request)
{
    const bool is_typed = given.names("content-type");
    BodyFile file;  // may run Python code, and `given` is of the caller's dict
    if (const FileRead seen = file.look(call.data, profile.dialect); seen != FileRead::done)
        return encoded_of(seen);
    const auto kind = file.in_chunks() ? BodyKind::chunked
                      : is_typed       ? BodyKind::typed
                                       : BodyKind::bytes;
    const FieldTemplate* form = template_for(caller.session, profile, verb, kind);
    if (!form)
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    return encode_read(
        caller, profile, *form, call, url, request,
        [&](std::string& body, std::string&) { return encoded_of(file.read(body)); });
}

}  // namespace

std::optional<base::Nanos> nanos_of(PyObject* seconds)
{
    const double value = PyFloat_AsDouble(seconds);
    PyErr_Clear();  // an int beyond all floats
    const base::Nanos nanos = value > 0 && value < 1e9 ? base::nanos_from_seconds(value) : 0;
    return nanos > 0 ? std::optional(nanos) : std::nullopt;
}

bool make_call_names()
{
    field_template = PyUnicode_InternFromString("_field_template");
    return field_template && make_keyword_names() && make_url_names() && !PyErr_Occurred();
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
    const auto rows = owned(PyObject_CallMethodObjArgs(session, field_template, method_name(verb),
                                                       kind_name.ptr(), standard.ptr(),
                                                       credentials.ptr(), nullptr));
    if (!rows)
        return nullptr;
    if (!rows.is_none())
        slot.made = template_from(rows.ptr());
    slot.asked = !PyErr_Occurred();
    return slot.made.get();
}

Encoded encode(const Caller& caller, const client::Profile& profile, Verb verb,
               const PlainCall& call, const CallUrl& url, http::Request& request, BodyKind& kind)
{
    const bool as_requests = profile.dialect == http::Dialect::requests;
    if (as_requests && call.timeout && !timeouts_of(call.timeout, request.timeouts))
        return Encoded::refused;
    if (!call.says_fields() && (verb == Verb::get || verb == Verb::head)) {
        if (const std::string line = url.other_host(profile); !line.empty())
            request.fields.replace(request.cookie_at, std::string::npos, line);  // their last one
        return Encoded::done;  // the profile's own fields
    }
    if (verb == Verb::other)
        client::name_method(request, base::in_upper_case(utf8_of(call.method).value_or("")),
                            profile.repeats);
    GivenFields given;
    if (!given.take(call.headers, profile.dialect))
        return Encoded::refused;
    if (call.files)
        return encode_files(caller, profile, verb, call, url, given, request);
    if (call.data_is_file())
        return encode_file(caller, profile, verb, call, url, given, request);
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
