// The plain path of a request: no Python runs but the task's own. See session_type.cpp.
//
// What nobody but the statistics listens to is recorded here; a response that a `with` block is to
// judge is handed out unrecorded, and recorded at the block's end (response_verdict.cpp);
// everything else goes to the session's Python method _finish().
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "call/call_cookies.hpp"
#include "client/failure_words.hpp"
#include "client/naming.hpp"
#include "client/verdict.hpp"
#include "greenlet/network.hpp"
#include "http/header_block.hpp"
#include "references.hpp"
#include "response/listeners.hpp"
#include "response/recording.hpp"
#include "session/fast_call.hpp"
#include "session/session_object.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

std::uint64_t requests_sent = 0;  // by all sessions of this process

void prepare(PendingExchange& exchange, const client::Profile& profile, const SaidBySession* said)
{
    if (exchange.prepared_for == &profile && !exchange.altered)
        return;
    profile.prepare(exchange);
    if (said) {
        exchange.request.fields = said->composed;
        exchange.request.cookie_at = said->cookie_at;
    }
    exchange.prepared_for = &profile;
    exchange.altered = false;
}

// The session's own exchange, or, when another greenlet waits for that one, a new one. That of a
// stream goes on behind its response.
class Lease {
public:
    Lease(SessionObject* session, bool streams)
    {
        if (streams) {
            shared_ = std::make_shared<PendingExchange>(*session->hub);
            exchange_ = shared_.get();
            return;
        }
        if (!session->slot)
            session->slot = new PendingExchange(*session->hub);
        exchange_ = session->slot->busy ? new PendingExchange(*session->hub) : session->slot;
        owned_ = exchange_ != session->slot;
        exchange_->busy = true;
    }
    ~Lease()
    {
        exchange_->busy = false;
        exchange_->jar.reset();
        if (owned_)
            delete exchange_;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    PendingExchange& operator*() const { return *exchange_; }
    PendingExchange* operator->() const { return exchange_; }
    const std::shared_ptr<PendingExchange>& shared() const { return shared_; }

private:
    PendingExchange* exchange_;
    std::shared_ptr<PendingExchange> shared_;  // nullptr: it ends with the lease
    bool owned_ = false;
};

py::object text_of(std::string_view text)
{
    return owned(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// What the answer shows as its URL behind the session's base: the path with the query that `params`
// became, where geventhttpclient leaves that out; or a whole URL.
py::object asked_for(const client::Profile& profile, const PlainCall& call, const CallUrl& url,
                     const http::Request& request)
{
    if (const std::string* whole = url.whole())
        return text_of(*whole);
    if (url.query().empty() || profile.dialect != http::Dialect::requests)
        return owned(Py_NewRef(call.url));
    return text_of(std::string_view(request.target).substr(profile.base_path.size()));
}

py::object entry_name(const client::Profile& profile, const PlainCall& call,
                      const http::Request& request)
{
    if (call.name)
        return owned(Py_NewRef(call.name));
    const auto name =
        client::entry_name(profile.dialect, {.target = request.target, .given = call.url_text});
    return name == call.url_text ? owned(Py_NewRef(call.url)) : text_of(name);
}

bool names(const PlainCall& call, std::string_view field)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    std::string_view name;
    while (call.headers && PyDict_Next(call.headers, &at, &key, &value))
        if (value != Py_None && take_bytes(key, name) && http::equal_ignoring_case(name, field))
            return true;
    return false;
}

// A copy of the call's header fields where some of them, or of the session's under them, are no
// text; None else. requests leaves out a None, geventhttpclient shows a Host of the caller's alone.
py::object odd_fields(const PlainCall& call, bool of_session, bool as_requests)
{
    PyObject* const headers = call.headers;
    if (headers && (of_session || (!as_requests && names(call, "host"))))
        return owned(PyDict_Copy(headers));
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (headers && PyDict_Next(headers, &at, &key, &value))
        if (!PyUnicode_Check(key) || !(PyUnicode_Check(value) || (as_requests && value == Py_None)))
            return owned(PyDict_Copy(headers));
    return py::none();
}

// What a FastHttpSession's caller gave for a body, in a tuple, where that is not what went out;
// empty else.
py::object given_for_body(const PlainCall& call)
{
    PyObject* const data = call.data ? call.data : call.empty_data;
    if (call.data_of_parameters || (call.files && !data))
        return py::make_tuple(py::none());
    return call.files || (data && !call.has_body()) ? py::make_tuple(borrowed(data)) : py::object();
}

// What went out first: redirects change the request.
std::unique_ptr<Sent> sent_of(const SessionObject* self, const http::Request& request,
                              const PlainCall& call)
{
    const bool json = call.json && !call.data;
    const bool text = call.data && !call.files;
    const bool as_requests = request.dialect == http::Dialect::requests;
    return std::unique_ptr<Sent>(
        new Sent{request.fields, request.body, text && !PyBytes_CheckExact(call.data),
                 json || (text && PyUnicode_CheckExact(call.data) && names(call, "content-type")),
                 borrowed(call.timeout ? call.timeout : Py_None),
                 self->odd_headers ? owned(PyDict_Copy(self->watch.headers())) : py::none(),
                 odd_fields(call, self->odd_headers, as_requests),
                 as_requests ? py::object() : given_for_body(call)});
}

PyObject* finish_in_python(SessionObject* self, const py::object& response, Verb verb,
                           const PlainCall& call)
{
    static PyObject* const finish = PyUnicode_InternFromString("_finish");
    PyObject* args[] = {reinterpret_cast<PyObject*>(self),
                        response.ptr(),
                        method_name(verb),
                        call.url,
                        call.name ? call.name : Py_None,
                        call.catch_response ? Py_True : Py_False,
                        call.stream ? Py_True : Py_False};
    return PyObject_VectorcallMethod(finish, args, 7 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

// A `timeout=` as the caller has written it: 5 and 5.0 are the same time, and not the same words.
std::string limit_as_spelled(const ResponseObject& response, Py_ssize_t index)
{
    PyObject* limit = response.sent ? response.sent->timeout.ptr() : Py_None;
    if (PyTuple_CheckExact(limit) && PyTuple_GET_SIZE(limit) == 2)
        limit = PyTuple_GET_ITEM(limit, index);
    if (limit == Py_None)
        return {};
    const py::object text = owned(PyObject_Str(limit));
    const auto spelled = text ? utf8_of(text.ptr()) : std::nullopt;
    PyErr_Clear();
    return std::string(spelled.value_or(""));
}

// What stands in the failures table for a response that is no success; nothing where Python has to
// find that out, or to raise it.
std::string words_of(const client::Profile& profile, const ResponseObject& response,
                     const PendingExchange& exchange, std::string_view name)
{
    const auto& answer = response.response;
    if (!response.failure)
        return client::words_of_answer(profile.dialect, answer, name);
    const auto stage = response.failure.stage;
    const bool late = stage == http::Stage::redirect || stage == http::Stage::decode;
    if (late || !seldom_of(&response).history.empty() || answer.status != 0)
        return {};
    const std::string connect = limit_as_spelled(response, 0);
    const std::string read = limit_as_spelled(response, 1);
    return client::words_of_failure(profile.dialect, response.failure,
                                    {.request = exchange.request,
                                     .response = answer,
                                     .limits = engine_of_process().settings()->limits,
                                     .connect_limit = connect,
                                     .read_limit = read});
}

bool failure_recorded(SessionObject* self, const client::Profile& profile,
                      const ResponseObject& response, const PendingExchange& exchange,
                      PyObject* name)
{
    const auto keeps_event = borrowed(self->asker.request_event);
    PyObject* const event = keeps_event.ptr();
    const auto text = native_recorder(event) ? utf8_of(name) : std::nullopt;
    const std::string words = text ? words_of(profile, response, exchange, *text) : std::string{};
    return !words.empty() && record_failure(event, &response, name, words);
}

// Whether the response needs nothing more, or nothing before its `with` block ends.
bool settled(SessionObject* self, const client::Profile& profile, ResponseObject* response,
             const PendingExchange& exchange, PyObject* name)
{
    const auto keeps_event = borrowed(self->asker.request_event);
    PyObject* const event = keeps_event.ptr();
    response->catch_response = response->unrecorded;
    response->name = Py_NewRef(name);  // also for who asks for request_meta
    if (response->unrecorded)
        return !response->failure && (native_recorder(event) || may_fire_later(self->asker));
    if (record_if_success(event, response, name))
        return true;
    response->judged = failure_recorded(self, profile, *response, exchange, name);
    return response->judged;
}

// False: Python has to merge the cookies.
bool set_cookies(SessionObject* self, const client::Profile& profile, const PlainCall& call,
                 PendingExchange& exchange)
{
    if (!call.cookies)
        return true;
    return profile.dialect == http::Dialect::requests &&
           merge_cookies(call.cookies, reinterpret_cast<PyObject*>(self), self->client->cookies(),
                         base::wall_seconds(), exchange.jar);
}

// What a call is worked out with. Python code that runs meanwhile, as a file that is read may, and
// other greenlets while this one waits, may assign to the session.
struct Held {
    explicit Held(const SessionObject* self)
        : profile(*self->profile),
          said(self->said ? *self->said : nullptr),
          params(borrowed(self->params)),
          base_url(borrowed(self->base_url)),
          type(borrowed(reinterpret_cast<PyObject*>(self->response_class)))
    {
    }

    std::shared_ptr<const client::Profile> profile;
    std::shared_ptr<const SaidBySession> said;
    py::object params, base_url;
    py::object type;  // of the response
};

enum class Purpose : bool { asking, sending };

bool is_fast(const Held& held)
{
    return held.profile->dialect == http::Dialect::geventhttpclient;
}

// Prepares the exchange and makes it this call's.
Encoded work_out(SessionObject* self, const Held& held, Verb verb, const PlainCall& call,
                 std::optional<FastCall>& fast, CallUrl& url, PendingExchange& exchange,
                 Purpose purpose)
{
    prepare(exchange, *held.profile, held.said.get());
    exchange.altered = true;
    exchange.request.stream = call.stream;
    const Caller caller{reinterpret_cast<PyObject*>(self),
                        held.base_url.ptr(),
                        held.params.ptr(),
                        held.said.get(),
                        self->routes,
                        purpose == Purpose::sending};
    if (!set_cookies(self, *held.profile, call, exchange))
        return Encoded::refused;
    const Encoded encoded = encode(caller, *held.profile, verb, call, url, exchange.request);
    if (encoded == Encoded::done && fast && !fast->limit(*held.profile, exchange.request))
        return Encoded::refused;
    return encoded == Encoded::done ? set_route(caller, *held.profile, call, exchange.route)
                                    : encoded;
}

py::object answer(SessionObject* self, const Held& held, Verb verb, const PlainCall& call,
                  const Lease& exchange, PyObject* base_url, const py::object& asked,
                  std::unique_ptr<Sent> sent)
{
    auto* const type = reinterpret_cast<PyTypeObject*>(held.type.ptr());
    // Redirects have changed the request, or were about to.
    exchange->altered |= exchange->failure || !exchange->history.empty();
    auto* const session = reinterpret_cast<PyObject*>(self);
    py::object object =
        owned(call.stream
                  ? new_streamed_response(type, session, base_url, *self->client, method_name(verb),
                                          asked.ptr(), nullptr, exchange.shared())
                  : new_response(type, session, base_url, *self->client, method_name(verb),
                                 asked.ptr(), nullptr, *exchange));
    if (!object)
        return object;
    auto* response = as_response(object.ptr());
    response->sent = sent.release();
    response->profile = held.profile;
    response->unrecorded = call.catch_response;
    return object;
}

// The response, recorded by whom it may concern.
PyObject* recorded(SessionObject* self, const py::object& object, Verb verb, const PlainCall& call,
                   const PendingExchange& exchange, const py::object& name)
{
    auto* response = as_response(object.ptr());
    if (settled(self, *response->profile, response, exchange, name.ptr()))
        return Py_NewRef(object.ptr());
    response->unrecorded = false;
    switch (call.catch_response ? Fired::not_here : fire_if_success(response, name.ptr())) {
    case Fired::done: return Py_NewRef(object.ptr());
    case Fired::raised: return nullptr;
    case Fired::not_here: break;
    }
    return finish_in_python(self, object, verb, call);
}

// Whether geventhttpclient would try again after this failure; -1 with an error set. Waits.
int tries_again(SessionObject* self, const py::object& response)
{
    static PyObject* const name = PyUnicode_InternFromString("_tries_again");
    const auto says =
        owned(PyObject_CallMethodOneArg(reinterpret_cast<PyObject*>(self), name, response.ptr()));
    return says ? PyObject_IsTrue(says.ptr()) : -1;
}

enum class Tried : std::uint8_t { refused, done, again };

// The call, sent once.
Tried attempt(SessionObject* self, const Held& held, Verb verb, const PlainCall& call,
              std::optional<FastCall>& fast, int attempts, PyObject*& result)
{
    Lease exchange(self, call.stream);
    CallUrl url;
    const Encoded encoded =
        work_out(self, held, verb, call, fast, url, *exchange, Purpose::sending);
    // Other verbs than GET and HEAD have fields of their own.
    const bool says_more = call.has_body() || call.headers || call.auth || call.timeout ||
                           call.verify || (fast && call.empty_data) ||
                           (verb != Verb::get && verb != Verb::head);
    exchange->altered = says_more || url.whole() || call.has_limits();
    if (encoded != Encoded::done)
        return encoded == Encoded::error ? Tried::done : Tried::refused;
    const http::Request& request = exchange->request;
    const py::object asked = asked_for(*held.profile, call, url, request);
    const py::object name = asked ? entry_name(*held.profile, call, request) : py::object();
    const bool keeps_sent = says_more || held.said || self->odd_headers;
    auto sent = keeps_sent ? sent_of(self, request, call) : nullptr;
    if (!asked || !name || !exchange->perform(*self->client, {nullptr, self->catches_timeouts}))
        return Tried::done;
    ++requests_sent;
    const py::object response =
        answer(self, held, verb, call, exchange, url.whole() ? nullptr : held.base_url.ptr(), asked,
               std::move(sent));
    if (!response)
        return Tried::done;
    if (fast && attempts < fast->retries && as_response(response.ptr())->failure) {
        const int again = tries_again(self, response);
        if (again != 0)
            return again < 0 ? Tried::done : Tried::again;
    }
    result = recorded(self, response, verb, call, *exchange, name);
    return Tried::done;
}

}  // namespace

std::uint64_t plain_requests()
{
    return requests_sent;
}

bool fits_plain_path(SessionObject* self, Verb verb, PlainCall& call)
{
    const Held held(self);
    Lease exchange(self, false);
    CallUrl url;
    std::optional<FastCall> fast;
    if (is_fast(held))
        fast.emplace(verb, call, false);
    const bool fits =
        work_out(self, held, verb, call, fast, url, *exchange, Purpose::asking) == Encoded::done;
    exchange->altered = true;  // and so prepared anew for the next call
    PyErr_Clear();
    return fits;
}

bool plain_path(SessionObject* self, Verb verb, PlainCall& call, PyObject*& result)
{
    const Held held(self);
    std::optional<FastCall> fast;
    if (is_fast(held) && !fast.emplace(verb, call, true))
        return true;
    Tried tried = Tried::again;
    for (int attempts = 0; tried == Tried::again; ++attempts)
        tried = attempt(self, held, verb, call, fast, attempts, result);
    return tried == Tried::done;
}

}  // namespace locustella::bindings
