// The plain path of a request: no Python runs but the task's own. See session_type.cpp.
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

#include <memory>
#include <string_view>

#include "client/naming.hpp"
#include "client/verdict.hpp"
#include "http/header_block.hpp"
#include "response/recording.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Owns a new reference; nothing where there is an error.
py::object owned(PyObject* reference)
{
    return py::reinterpret_steal<py::object>(reference);
}

void prepare(PendingExchange& exchange, const client::Profile& profile)
{
    if (exchange.prepared_for == &profile && !exchange.altered)
        return;
    profile.prepare(exchange);
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

py::object text_of(std::string_view text)
{
    return owned(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// The path asked for, with the query that `params` became; geventhttpclient's URLs are shown
// without it.
py::object asked_path(const client::Profile& profile, const PlainCall& call,
                      const http::Request& request)
{
    if (!call.params || profile.dialect != http::Dialect::requests)
        return owned(Py_NewRef(call.path));
    return text_of(std::string_view(request.target).substr(profile.base_path.size()));
}

py::object entry_name(const client::Profile& profile, const PlainCall& call,
                      const http::Request& request, const py::object& asked)
{
    if (call.name)
        return owned(Py_NewRef(call.name));
    const auto name =
        client::entry_name(profile.dialect, {.target = request.target, .given = call.path_text()});
    if (name.data() == call.path_text().data())
        return owned(Py_NewRef(call.path));
    return profile.base_path.empty() ? asked : text_of(name);
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
std::unique_ptr<Sent> sent_of(const http::Request& request, const PlainCall& call)
{
    const bool json = call.json && !call.data;
    return std::unique_ptr<Sent>(
        new Sent{request.fields, request.body, call.data && !PyBytes_CheckExact(call.data),
                 json || (call.data && PyUnicode_CheckExact(call.data) && names_content_type(call)),
                 py::reinterpret_borrow<py::object>(call.timeout ? call.timeout : Py_None)});
}

PyObject* finish_in_python(SessionObject* self, const py::object& response, Verb verb,
                           const PlainCall& call)
{
    static PyObject* const finish = PyUnicode_InternFromString("_finish");
    PyObject* args[] = {reinterpret_cast<PyObject*>(self),
                        response.ptr(),
                        method_name(verb),
                        call.path,
                        call.name ? call.name : Py_None,
                        call.catch_response ? Py_True : Py_False};
    return PyObject_VectorcallMethod(finish, args, 6 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

// Whether the response needs nothing more, or nothing before its `with` block ends.
bool settled(SessionObject* self, const client::Profile& profile, ResponseObject* response,
             PyObject* name)
{
    response->catch_response = response->unrecorded;
    response->accepted = client::accepts(profile.dialect, response->response.status);
    if (response->unrecorded) {
        response->name = Py_NewRef(name);
        return !response->failure && native_recorder(self->request_event);
    }
    return !response->failure && response->accepted &&
           record_success(self->request_event, response, name);
}

PyObject* answer(SessionObject* self, std::shared_ptr<const client::Profile> profile, Verb verb,
                 const PlainCall& call, PendingExchange& exchange, PyTypeObject* type,
                 const py::object& asked, const py::object& name, std::unique_ptr<Sent> sent)
{
    exchange.altered |= !exchange.history.empty();  // redirects have changed the request
    py::object object =
        owned(new_response(type, reinterpret_cast<PyObject*>(self), self->base_url, *self->client,
                           method_name(verb), asked.ptr(), nullptr, exchange));
    if (!object)
        return nullptr;
    auto* response = as_response(object.ptr());
    response->sent = sent.release();
    response->profile = std::move(profile);
    response->unrecorded = call.catch_response;
    if (settled(self, *response->profile, response, name.ptr()))
        return object.release().ptr();
    response->unrecorded = false;
    return finish_in_python(self, object, verb, call);
}

}  // namespace

bool plain_path(SessionObject* self, Verb verb, const PlainCall& call, PyObject*& result)
{
    PyTypeObject* type = response_class_of(self);
    if (!type)
        return true;
    std::shared_ptr<const client::Profile> profile = *self->profile;
    Lease exchange(self);
    prepare(*exchange, *profile);
    http::Request& request = exchange->request;
    // Other verbs than GET and HEAD have fields of their own.
    const bool says_more = call.has_body() || call.headers || call.timeout ||
                           (verb != Verb::get && verb != Verb::head);
    exchange->altered = says_more;
    const Encoded encoded = encode(self, *profile, verb, call, request);
    if (encoded != Encoded::done)
        return encoded == Encoded::error;
    const py::object asked = asked_path(*profile, call, request);
    const py::object name = asked ? entry_name(*profile, call, request, asked) : py::object();
    auto sent = says_more ? sent_of(request, call) : nullptr;
    if (asked && name && perform(self, *exchange))
        result = answer(self, std::move(profile), verb, call, *exchange, type, asked, name,
                        std::move(sent));
    return true;
}

}  // namespace locustella::bindings
