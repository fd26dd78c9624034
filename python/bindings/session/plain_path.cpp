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
#include "client/naming.hpp"
#include "client/verdict.hpp"
#include "greenlet/network.hpp"
#include "http/header_block.hpp"
#include "references.hpp"
#include "response/failure_words.hpp"
#include "response/listeners.hpp"
#include "response/recording.hpp"
#include "session/fast_call.hpp"
#include "session/session_object.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

std::uint64_t requests_sent = 0;  // by all sessions of this process

const std::string no_body;

// What a call is worked out with. Python code that runs meanwhile, as a file that is read may, and
// other greenlets while this one waits, may assign to the session.
struct Held {
    explicit Held(const SessionObject* self)
        : profile(self->profile),
          said(self->said),
          params(borrowed(self->params)),
          base_url(borrowed(self->base_url)),
          proxies(self->routes ? self->routes->proxies : py::object()),
          odd_headers(borrowed(self->odd_headers ? self->watch.headers() : nullptr)),
          type(borrowed(reinterpret_cast<PyObject*>(self->response_class)))
    {
    }

    std::shared_ptr<const client::Profile> profile;
    std::shared_ptr<const SaidBySession> said;
    py::object params, base_url, proxies;
    py::object odd_headers;       // the session's dict, where some of it are bytes; or empty
    py::object type;              // of the response
    client::SharedChoice routes;  // the exchange's, until it is answered; null: it has one route
};

// Most are: for the request of another user of the same class, before this one.
void prepare(PendingExchange& exchange, const Held& held)
{
    const bool prepared = exchange.prepared_for == held.profile && !exchange.altered;
    if (prepared && exchange.prepared_with == held.said)
        return;
    if (!prepared)
        held.profile->prepare(exchange);
    if (held.said || prepared) {
        exchange.request.fields = held.said ? held.said->composed : held.profile->fields;
        exchange.request.cookie_at = held.said ? held.said->cookie_at : held.profile->cookie_at;
    }
    exchange.prepared_for = held.profile;
    exchange.prepared_with = held.said;
    exchange.altered = false;
}

// An exchange for one request. That of a stream goes on behind its response; all others are spares
// again when they are done.
class Lease {
public:
    Lease(const SessionObject* session, const Held& held, bool streams)
        : hub_(*session->hub),
          spare_(streams ? nullptr : hub_.spares().take(hub_, held.profile)),
          shared_(streams ? std::make_shared<PendingExchange>(hub_) : nullptr)
    {
    }
    ~Lease()
    {
        if (spare_)
            hub_.spares().give_back(std::move(spare_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    PendingExchange& operator*() const { return spare_ ? *spare_ : *shared_; }
    PendingExchange* operator->() const { return &**this; }
    const std::shared_ptr<PendingExchange>& shared() const { return shared_; }

private:
    Hub& hub_;
    std::unique_ptr<PendingExchange> spare_;
    std::shared_ptr<PendingExchange> shared_;  // a stream's
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

// What stands for a body in the request that a script sees, in a tuple, where that is not what went
// out; empty else.
py::object shown_for_body(http::Dialect dialect, const PlainCall& call, client::BodyKind kind)
{
    const bool as_requests = dialect == http::Dialect::requests;
    if (as_requests && call.data_is_form())
        return kind == client::BodyKind::nothing_in_chunks ? py::make_tuple("") : py::object();
    PyObject* const data = call.data ? call.data : call.empty_data;
    if (call.data_is_file())
        return py::make_tuple(borrowed(data));
    if (as_requests)
        return {};
    if (call.data_of_parameters || (call.files && !data))
        return py::make_tuple(py::none());
    return call.files || (data && !call.has_body()) ? py::make_tuple(borrowed(data)) : py::object();
}

// What went out first: redirects change the request.
std::unique_ptr<Sent> sent_of(const Held& held, const http::Request& request, const PlainCall& call,
                              client::BodyKind kind)
{
    const bool json = call.json && !call.data;
    const bool text = call.data && !call.files;
    const bool as_requests = request.dialect == http::Dialect::requests;
    return std::unique_ptr<Sent>(
        new Sent{request.fields, call.data_is_file() ? no_body : request.body,
                 text && !PyBytes_CheckExact(call.data),
                 json || (text && PyUnicode_CheckExact(call.data) && names(call, "content-type")),
                 borrowed(call.timeout ? call.timeout : Py_None),
                 held.odd_headers ? owned(PyDict_Copy(held.odd_headers.ptr())) : py::none(),
                 odd_fields(call, static_cast<bool>(held.odd_headers), as_requests),
                 held.routes ? held.routes->login : std::string{},
                 shown_for_body(request.dialect, call, kind)});
}

PyObject* finish_in_python(SessionObject* self, const py::object& response, const PlainCall& call)
{
    static PyObject* const finish = PyUnicode_InternFromString("_finish");
    PyObject* args[] = {reinterpret_cast<PyObject*>(self),
                        response.ptr(),
                        call.method,
                        call.url,
                        call.name ? call.name : Py_None,
                        call.catch_response ? Py_True : Py_False,
                        call.stream ? Py_True : Py_False};
    return PyObject_VectorcallMethod(finish, args, 7 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

bool failure_recorded(SessionObject* self, const client::Profile& profile,
                      const ResponseObject& response, const PendingExchange& exchange,
                      PyObject* name)
{
    const auto keeps_event = borrowed(self->asker.request_event);
    PyObject* const event = keeps_event.ptr();
    const auto text = native_recorder(event) ? utf8_of(name) : std::nullopt;
    const std::string words =
        text ? words_of_failure(profile, response, exchange, *text) : std::string{};
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
    return profile.dialect == http::Dialect::requests && !profile.gives_cookie &&
           merge_cookies(call.cookies, reinterpret_cast<PyObject*>(self), self->client->cookies(),
                         base::wall_seconds(), exchange.jar);
}

enum class Purpose : bool { asking, sending };

bool is_fast(const Held& held)
{
    return held.profile->dialect == http::Dialect::geventhttpclient;
}

// Which most calls do: nothing that encode() and choose_route() would have to look at.
bool says_only_where(const Held& held, Verb verb, const PlainCall& call,
                     const http::Request& request)
{
    const client::Profile& profile = *held.profile;
    return !call.says_fields() && !call.timeout && (verb == Verb::get || verb == Verb::head) &&
           !call.says_route() && !held.proxies && request.origin == profile.origin &&
           profile.route->tls.certificate.empty();
}

// What a call became, beside its request.
struct Made {
    CallUrl url;
    client::BodyKind kind = client::BodyKind::none;
};

// Prepares the exchange and makes it this call's.
Encoded work_out(SessionObject* self, Held& held, Verb verb, PlainCall& call,
                 std::optional<FastCall>& fast, Made& made, PendingExchange& exchange,
                 Purpose purpose)
{
    prepare(exchange, held);
    exchange.altered = true;
    exchange.request.stream = call.stream;
    const Caller caller{reinterpret_cast<PyObject*>(self),
                        held.base_url.ptr(),
                        held.params.ptr(),
                        held.proxies.ptr(),
                        held.said.get(),
                        self->routes,
                        purpose == Purpose::sending};
    const client::Profile& profile = *held.profile;
    // A FastHttpSession's caller may get parameters into a dict of its own, and is shown it.
    if (fast ? !call.made.empty() : call.not_for_requests)
        return Encoded::refused;
    if (!set_cookies(self, profile, call, exchange))
        return Encoded::refused;
    CallUrl& url = made.url;
    if (!url.read(caller, profile, call))
        return PyErr_Occurred() ? Encoded::error : Encoded::refused;
    url.address(profile, verb, call, exchange.request);
    if (fast && !fast->limit(profile, exchange.request))
        return Encoded::refused;
    if (says_only_where(held, verb, call, exchange.request))
        return Encoded::done;  // the profile's own fields and route
    if (fast && fast->restore(exchange.request))
        return Encoded::done;
    const Encoded chosen = choose_route(caller, profile, call, exchange, held.routes);
    const Encoded encoded = chosen == Encoded::done ? encode(caller, profile, verb, call, url,
                                                             exchange.request, made.kind)
                                                    : chosen;
    if (fast && encoded == Encoded::done)
        fast->keep(profile, exchange.request);
    return encoded;
}

// One line for each redirect, empty where that got none: see RouteChoice::login.
std::string logins_of_redirects(const PendingExchange& exchange)
{
    std::string lines;
    for (const http::Hop& hop : exchange.history)
        lines.append(hop.login.empty() ? "\r\n" : hop.login);
    return lines;
}

py::object answer(SessionObject* self, const Held& held, const PlainCall& call,
                  const Lease& exchange, PyObject* base_url, const py::object& asked,
                  std::unique_ptr<Sent> sent)
{
    auto* const type = reinterpret_cast<PyTypeObject*>(held.type.ptr());
    // Redirects have changed the request, or were about to.
    exchange->altered |= exchange->failure || !exchange->history.empty();
    if (held.routes && held.routes->redirects)
        sent->proxy_login = logins_of_redirects(*exchange);
    auto* const session = reinterpret_cast<PyObject*>(self);
    py::object object = owned(
        call.stream ? new_streamed_response(type, session, base_url, *self->client, call.method,
                                            asked.ptr(), nullptr, exchange.shared())
                    : new_response(type, session, base_url, *self->client, call.method, asked.ptr(),
                                   nullptr, *exchange));
    if (!object)
        return object;
    auto* response = as_response(object.ptr());
    response->sent = sent.release();
    response->profile = held.profile;
    response->unrecorded = call.catch_response;
    if (call.context && !keep_said_context(response, call.context))
        return {};
    return object;
}

// The response, recorded by whom it may concern.
PyObject* recorded(SessionObject* self, const py::object& object, const PlainCall& call,
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
    return finish_in_python(self, object, call);
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

// What of a call is needed behind its answer. While a greenlet waits, its stack is copied away: the
// functions before and after the wait are none of it.
struct Ready {
    py::object asked, name;
    std::unique_ptr<Sent> sent;
    bool has_own_url = false;  // a whole one, in place of the base's
};

// Makes the exchange this call's.
[[gnu::noinline]] Encoded make_ready(SessionObject* self, Held& held, Verb verb, PlainCall& call,
                                     std::optional<FastCall>& fast, PendingExchange& exchange,
                                     Ready& ready)
{
    Made made;
    const Encoded encoded =
        work_out(self, held, verb, call, fast, made, exchange, Purpose::sending);
    // Other verbs than GET and HEAD have fields of their own.
    const bool says_more = call.says_fields() || call.timeout ||
                           exchange.route != held.profile->route || held.routes ||
                           (fast && call.empty_data) || (verb != Verb::get && verb != Verb::head);
    ready.has_own_url = made.url.whole();
    exchange.altered = says_more || ready.has_own_url || call.has_limits();
    if (encoded != Encoded::done)
        return encoded;
    const http::Request& request = exchange.request;
    ready.asked = asked_for(*held.profile, call, made.url, request);
    if (ready.asked)
        ready.name = entry_name(*held.profile, call, request);
    if (says_more || held.said || held.odd_headers)
        ready.sent = sent_of(held, request, call, made.kind);
    return ready.name && !PyErr_Occurred() ? Encoded::done : Encoded::error;
}

[[gnu::noinline]] Tried take_answer(SessionObject* self, const Held& held, const PlainCall& call,
                                    std::optional<FastCall>& fast, int attempts,
                                    const Lease& exchange, Ready& ready, PyObject*& result)
{
    const py::object response =
        answer(self, held, call, exchange, ready.has_own_url ? nullptr : held.base_url.ptr(),
               ready.asked, std::move(ready.sent));
    if (!response)
        return Tried::done;
    auto* const answered = as_response(response.ptr());
    if (fast && fast->earlier)
        answered->times.go_on_from(*fast->earlier);
    if (fast && answered->failure && attempts < fast->retries(*held.profile)) {
        fast->earlier = std::make_unique<http::Times>(answered->times);
        const int again = tries_again(self, response);
        if (again != 0)
            return again < 0 ? Tried::done : Tried::again;
    }
    result = recorded(self, response, call, *exchange, ready.name);
    return Tried::done;
}

// The call, sent once.
Tried attempt(SessionObject* self, Held& held, Verb verb, PlainCall& call,
              std::optional<FastCall>& fast, int attempts, PyObject*& result)
{
    const Lease exchange(self, held, call.stream);
    Ready ready;
    const Encoded encoded = make_ready(self, held, verb, call, fast, *exchange, ready);
    if (encoded != Encoded::done)
        return encoded == Encoded::error ? Tried::done : Tried::refused;
    if (!exchange->perform(*self->client, {nullptr, self->catches_timeouts}))
        return Tried::done;
    ++requests_sent;
    return take_answer(self, held, call, fast, attempts, exchange, ready, result);
}

}  // namespace

std::uint64_t plain_requests()
{
    return requests_sent;
}

bool fits_plain_path(SessionObject* self, Verb verb, PlainCall& call)
{
    Held held(self);
    const Lease exchange(self, held, false);
    Made made;
    std::optional<FastCall> fast;
    if (is_fast(held))
        fast.emplace(verb, call, false);
    const bool fits =
        work_out(self, held, verb, call, fast, made, *exchange, Purpose::asking) == Encoded::done;
    exchange->altered = true;  // and so prepared anew for the next call
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear();
    return fits;
}

bool plain_path(SessionObject* self, Verb verb, PlainCall& call, PyObject*& result)
{
    Held held(self);
    std::optional<FastCall> fast;
    if (is_fast(held) && !fast.emplace(verb, call, true))
        return true;
    Tried tried = Tried::again;
    for (int attempts = 0; tried == Tried::again; ++attempts)
        tried = attempt(self, held, verb, call, fast, attempts, result);
    return tried == Tried::done;
}

}  // namespace locustella::bindings
