// The plain way of a request: no Python runs but the task's own. See session_type.cpp.
//
// A success that nobody but the statistics listens to is recorded here; a response that a `with`
// block is to judge is handed out unrecorded, and recorded at the block's end
// (response_verdict.cpp); everything else goes to the session's Python method _finish().
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <new>
#include <string_view>

#include "http/error.hpp"
#include "http/header_block.hpp"
#include "phase_times.hpp"
#include "session/plain_call.hpp"
#include "session/session_methods.hpp"
#include "stats/table.hpp"

namespace locustella::bindings {
namespace {

void prepare(PendingExchange& exchange, const Profile& profile)
{
    if (exchange.prepared_for == &profile && !exchange.altered)
        return;
    http::Request& request = exchange.request;
    request = http::Request{};
    request.origin = profile.origin;
    request.fields = profile.fields;
    request.cookie_at = profile.cookie_at;
    request.names_host = profile.names_host;
    request.host_follows = profile.names_host;
    request.route = profile.route;
    request.max_redirects = profile.max_redirects;
    request.timeouts = profile.timeouts;
    exchange.prepared_for = &profile;
    exchange.altered = false;
}

// The session's own exchange, or, when another greenlet waits for that one, a new one.
class Lease {
public:
    explicit Lease(SessionObject* session)
    {
        if (!session->slot)
            session->slot = new PendingExchange(*session->hub);
        exchange_ = session->slot->busy ? new PendingExchange(*session->hub) : session->slot;
        owned_ = exchange_ != session->slot;
        exchange_->busy = true;
    }
    ~Lease()
    {
        exchange_->busy = false;
        if (owned_)
            delete exchange_;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    PendingExchange& operator*() const { return *exchange_; }
    PendingExchange* operator->() const { return exchange_; }

private:
    PendingExchange* exchange_;
    bool owned_;
};

PyObject* text_of(std::string_view text)
{
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

// The path asked for, with the query that `params` became; geventhttpclient's URLs are shown
// without it.
PyObject* asked_path(const Profile& profile, const PlainCall& call, const http::Request& request)
{
    if (!call.params || !profile.names_whole_path)
        return Py_NewRef(call.path);
    return text_of(std::string_view(request.target).substr(profile.base_path.size()));
}

// What the entry is called when the caller does not say.
PyObject* entry_name(const Profile& profile, const PlainCall& call, PyObject* asked)
{
    if (call.name)
        return Py_NewRef(call.name);
    if (!profile.names_whole_path)
        return Py_NewRef(call.path);
    return profile.base_path.empty()
               ? Py_NewRef(asked)
               : PyUnicode_FromFormat("%s%U", profile.base_path.c_str(), asked);
}

bool names_content_type(const PlainCall& call)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (call.headers && PyDict_Next(call.headers, &at, &key, &value))
        if (http::equal_ignoring_case(PyUnicode_AsUTF8(key), "content-type"))
            return true;
    return false;
}

// What went out first: redirects change the request.
Sent* sent_of(const http::Request& request, const PlainCall& call)
{
    const bool json = call.json && !call.data;
    return new Sent{
        request.fields, request.body, call.data && !PyBytes_CheckExact(call.data),
        json || (call.data && PyUnicode_CheckExact(call.data) && names_content_type(call)),
        pybind11::reinterpret_borrow<pybind11::object>(call.timeout ? call.timeout : Py_None)};
}

PyObject* finish_in_python(SessionObject* self, PyObject* response, Verb verb,
                           const PlainCall& call)
{
    static PyObject* const finish = PyUnicode_InternFromString("_finish");
    PyObject* args[] = {reinterpret_cast<PyObject*>(self),
                        response,
                        name_of(verb),
                        call.path,
                        call.name ? call.name : Py_None,
                        call.catch_response ? Py_True : Py_False};
    PyObject* result =
        PyObject_VectorcallMethod(finish, args, 6 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    Py_DECREF(response);
    return result;
}

// Whether the response needs nothing more, or nothing before its `with` block ends.
bool settled(SessionObject* self, const Profile& profile, ResponseObject* response, PyObject* name)
{
    response->catch_response = response->unrecorded;
    response->accepted = accepts_status(profile.redirects, response->response.status);
    if (response->unrecorded) {
        response->name = Py_NewRef(name);
        return !response->failure && native_recorder(self->request_event);
    }
    return !response->failure && response->accepted && record_success(self, response, name);
}

// Takes over the references to `asked`, `name` and `sent`.
PyObject* answer(SessionObject* self, std::shared_ptr<const Profile> profile, Verb verb,
                 const PlainCall& call, PendingExchange& exchange, PyTypeObject* type,
                 PyObject* asked, PyObject* name, Sent* sent)
{
    exchange.altered |= !exchange.history.empty();  // redirects have changed the request
    PyObject* object = new_response(type, self, name_of(verb), asked, nullptr, exchange);
    Py_DECREF(asked);
    if (!object) {
        delete sent;
        Py_DECREF(name);
        return nullptr;
    }
    auto* response = reinterpret_cast<ResponseObject*>(object);
    response->sent = sent;
    response->profile = std::move(profile);
    response->unrecorded = call.catch_response;
    bool done = false;
    try {
        done = settled(self, *response->profile, response, name);
    } catch (pybind11::error_already_set& error) {  // a script's own rounding has raised
        error.restore();
        Py_DECREF(name);
        Py_DECREF(object);
        return nullptr;
    }
    Py_DECREF(name);
    if (done)
        return object;
    response->unrecorded = false;
    return finish_in_python(self, object, verb, call);
}

}  // namespace

bool record_success(SessionObject* session, const ResponseObject* response, PyObject* name)
{
    stats::Table* table = native_recorder(session->request_event);
    if (!table)
        return false;
    Py_ssize_t name_size = 0, method_size = 0;
    const char* name_text = PyUnicode_AsUTF8AndSize(name, &name_size);
    const char* method = PyUnicode_AsUTF8AndSize(response->method, &method_size);
    if (!name_text || !method) {
        PyErr_Clear();  // a lone surrogate: Python's road reports it
        return false;
    }
    table->log_request_nanos({method, static_cast<std::size_t>(method_size)},
                             {name_text, static_cast<std::size_t>(name_size)},
                             response->times.taken(),
                             static_cast<std::int64_t>(response->response.body().size()),
                             static_cast<double>(base::wall_now()) / 1e9);
    note_phases({method, static_cast<std::size_t>(method_size)},
                {name_text, static_cast<std::size_t>(name_size)}, response->times.phases);
    return true;
}

bool accepts_status(http::RedirectRules rules, int status)
{
    if (rules == http::RedirectRules::requests)
        return status < 400 || status >= 600;
    switch (status) {
    case 200:
    case 201:
    case 202:
    case 203:
    case 204:
    case 205:
    case 206:
    case 207:
    case 208:
    case 226:
    case 301:
    case 302:
    case 303:
    case 304:
    case 307:
    case 308: return true;
    default: return false;
    }
}

bool plain_way(SessionObject* self, Verb verb, const PlainCall& call, PyObject*& result)
{
    PyTypeObject* type = response_class_of(self);
    if (!type)
        return true;
    std::shared_ptr<const Profile> profile = *self->profile;
    Lease exchange(self);
    prepare(*exchange, *profile);
    http::Request& request = exchange->request;
    const Encoded encoded = encode(self, *profile, verb, call, request);
    // Other verbs than GET and HEAD have fields of their own.
    const bool says_more = call.has_body() || call.headers || call.timeout ||
                           (verb != Verb::get && verb != Verb::head);
    exchange->altered = says_more;
    if (encoded != Encoded::done)
        return encoded == Encoded::error;
    // requests' HEAD does not follow redirects unless told to; geventhttpclient's does.
    const bool stays = verb == Verb::head && !call.says_redirects &&
                       profile->redirects == http::RedirectRules::requests;
    request.repeats = profile->repeats && verb != Verb::post && verb != Verb::patch;
    request.redirects = call.redirects && !stays ? profile->redirects : http::RedirectRules::none;
    PyObject* asked = asked_path(*profile, call, request);
    PyObject* name = asked ? entry_name(*profile, call, asked) : nullptr;
    Sent* sent = says_more ? sent_of(request, call) : nullptr;
    if (!asked || !name || !perform(self, *exchange)) {
        Py_XDECREF(asked);
        Py_XDECREF(name);
        delete sent;
        return true;
    }
    result = answer(self, std::move(profile), verb, call, *exchange, type, asked, name, sent);
    return true;
}

}  // namespace locustella::bindings
