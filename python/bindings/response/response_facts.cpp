// What Python's makers of attributes read of an answer: facts as the core has them, in Python's
// types.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <algorithm>
#include <string_view>

#include "enums.hpp"
#include "guard.hpp"
#include "http/error.hpp"
#include "http/header_block.hpp"
#include "references.hpp"
#include "response/response_object.hpp"

namespace locustella::bindings {
namespace {

PyObject* head_fields(const http::Response& response)
{
    return list_of(http::HeaderBlock(response.head()), [](const auto& field) {
        return Py_BuildValue("(NN)", latin1(field.first), latin1(field.second));
    });
}

PyObject* native_fields(PyObject* self, PyObject*)
{
    return head_fields(as_response(self)->response);
}
PyObject* native_reason(PyObject* self, PyObject*)
{
    return latin1(as_response(self)->response.reason());
}

PyObject* native_session(PyObject* self, PyObject*)
{
    PyObject* session = as_response(self)->session;
    return Py_NewRef(session ? session : Py_None);
}

PyObject* native_asked(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    const auto or_none = [](PyObject* object) { return object ? object : Py_None; };
    return Py_BuildValue("OOO", or_none(r->method), or_none(r->path), or_none(r->details));
}

// What stood before the path.
PyObject* native_base_url(PyObject* self, PyObject*)
{
    PyObject* base_url = as_response(self)->base_url;
    return Py_NewRef(base_url ? base_url : Py_None);
}

// The URL of the last hop as it went out.
PyObject* native_url(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    http::Url url{r->origin, r->target, seldom_of(r).fragment, {}};
    const std::string text = url.text();
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

// (asked_ns_ago, response_ms, head_ms, connection_reused); the first is monotonic time since the
// first act.
PyObject* native_times(PyObject* self, PyObject*)
{
    auto* r = as_response(self);
    const auto& t = r->times;
    const double since = base::seconds_of(t.age(base::monotonic_now()));
    const auto whole = static_cast<double>(t.taken()) / 1e6;
    const auto head = t.head ? static_cast<double>(t.head - t.sent) / 1e6 : whole;
    return Py_BuildValue("dddO", since, whole, head, r->reused ? Py_True : Py_False);
}

PyObject* native_go_on_from(PyObject* self, PyObject* earlier)
{
    if (!PyObject_TypeCheck(earlier, &response_type))
        return PyErr_Format(PyExc_TypeError, "a response is needed");
    as_response(self)->times.go_on_from(as_response(earlier)->times);
    Py_RETURN_NONE;
}

// Seconds in each phase, over all hops; together they are the response time. See http::Phases.
PyObject* native_phases(PyObject* self, PyObject*)
{
    const auto& p = as_response(self)->times.phases;
    using base::seconds_of;
    return Py_BuildValue("{sdsdsdsdsdsd}", "dns", seconds_of(p.lookup), "connect",
                         seconds_of(p.connect), "tls", seconds_of(p.tls), "send",
                         seconds_of(p.send), "first_byte", seconds_of(p.first_byte), "receive",
                         seconds_of(p.receive));
}

PyObject* native_body(PyObject* self, PyObject*)
{
    return bytes_of(as_response(self)->response.body());
}

PyObject* native_body_size(PyObject* self, PyObject*)
{
    return PyLong_FromSize_t(as_response(self)->response.body().size());
}

// None, or (fields, body, timeout as given, whether geventhttpclient shows the body as text, what
// was no text of the session's and of the call's header fields, the field that redirects in the
// clear got for a proxy, and (what is shown for a body,) or None) of a plain request.
PyObject* native_sent(PyObject* self, PyObject*)
{
    const Sent* sent = as_response(self)->sent;
    const client::Profile* profile = as_response(self)->profile.get();
    if (!sent && profile)
        return Py_BuildValue("NNOOOONO", bytes_of(profile->fields), bytes_of({}), Py_None, Py_False,
                             Py_None, Py_None, bytes_of({}), Py_None);
    if (!sent)
        Py_RETURN_NONE;
    const auto size = static_cast<Py_ssize_t>(sent->body.size());
    PyObject* body =
        sent->text ? PyUnicode_DecodeUTF8(sent->body.data(), size, "strict") : bytes_of(sent->body);
    return Py_BuildValue("NNOOOONO", bytes_of(sent->fields), body, sent->timeout.ptr(),
                         sent->fast_text ? Py_True : Py_False, sent->of_session.ptr(),
                         sent->of_call.ptr(), bytes_of(sent->proxy_login),
                         sent->for_body ? sent->for_body.ptr() : Py_None);
}

// The core's own errors are members of Error; all others are numbers of their category.
PyObject* code_of(const std::error_code& code)
{
    PyObject* ours = code.category() == http::http_category()
                         ? member_of(static_cast<http::Error>(code.value()))
                         : nullptr;
    return ours ? Py_NewRef(ours) : PyLong_FromLong(code.value());
}

PyObject* row_of(const http::Failure& f)
{
    if (!f)
        Py_RETURN_NONE;
    return Py_BuildValue("OsNsN", member_of(f.stage), f.code.category().name(), code_of(f.code),
                         f.code.message().c_str(), latin1(f.words));
}

// None, or (stage, category, code, message, words).
PyObject* native_failure(PyObject* self, PyObject*)
{
    return row_of(as_response(self)->failure);
}

PyObject* native_broken(PyObject* object, PyObject*)
{
    const StreamedBody* body = as_response(object)->streamed;
    return row_of(body ? body->failure : http::Failure{});
}

PyObject* native_status(PyObject* self, PyObject*)
{
    return PyLong_FromLong(as_response(self)->response.status);
}

// 11 or 10, as http.client has it.
PyObject* native_version(PyObject* self, PyObject*)
{
    return PyLong_FromLong(as_response(self)->response.head().starts_with("HTTP/1.0") ? 10 : 11);
}

// The jar's cookies as they went out, one str for each request of the chain; "" where there were
// none.
PyObject* native_cookies(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    PyObject* list =
        list_of(seldom_of(self).history, [](const http::Hop& hop) { return latin1(hop.cookies); });
    const auto last = owned(latin1(seldom_of(self).cookies));
    if (list && (!last || PyList_Append(list, last.ptr()) < 0))
        Py_CLEAR(list);
    return list;
}

// [(method, url, status, fields, body, elapsed_s), ...] of the answers on the way.
PyObject* native_history(PyObject* self, PyObject*)
{
    return list_of(seldom_of(as_response(self)).history, [](const http::Hop& hop) {
        return Py_BuildValue("ssiNNNd", hop.method.c_str(), hop.url.c_str(), hop.response.status,
                             latin1(hop.response.reason()), head_fields(hop.response),
                             bytes_of(hop.response.body()), base::seconds_of(hop.elapsed));
    });
}

PyObject* sets_cookies(PyObject* object, PyObject*)
{
    return PyBool_FromLong(as_response(object)->response.sets_cookies);
}

PyObject* was_streamed(PyObject* object, PyObject*)
{
    return PyBool_FromLong(as_response(object)->streamed != nullptr);
}

PyObject* native_streaming(PyObject* object, PyObject*)
{
    return PyBool_FromLong(is_streaming(as_response(object)));
}

}  // namespace

PyMethodDef response_facts[] = {
    {"_native_body", guarded<native_body>, METH_NOARGS,
     "_native_body($self, /)\n--\n\nWhat came of the body, also of a failed response."},
    {"_native_fields", guarded<native_fields>, METH_NOARGS,
     "_native_fields($self, /)\n--\n\nHeader fields as received: [(name, value), ...]."},
    {"_native_reason", guarded<native_reason>, METH_NOARGS,
     "_native_reason($self, /)\n--\n\nThe reason phrase."},
    {"_native_session", guarded<native_session>, METH_NOARGS,
     "_native_session($self, /)\n--\n\nThe session that asked; None for a response that did not "
     "come from the core."},
    {"_native_base_url", guarded<native_base_url>, METH_NOARGS,
     "_native_base_url($self, /)\n--\n\nThe session's base_url, as it was then."},
    {"_native_asked", guarded<native_asked>, METH_NOARGS,
     "_native_asked($self, /)\n--\n\n(method, path or URL, details) of the first request."},
    {"_native_url", guarded<native_url>, METH_NOARGS,
     "_native_url($self, /)\n--\n\nURL of the last hop."},
    {"_native_go_on_from", guarded<native_go_on_from>, METH_O,
     "_native_go_on_from($self, earlier, /)\n--\n\nThis is another attempt at what that was."},
    {"_native_times", guarded<native_times>, METH_NOARGS,
     "_native_times($self, /)\n--\n\n(seconds since the begin, response ms, head ms, reused)."},
    {"_native_phases", guarded<native_phases>, METH_NOARGS,
     "_native_phases($self, /)\n--\n\n{'dns', 'connect', 'tls', 'send', 'first_byte', 'receive': "
     "seconds}; 0 for what did not happen."},
    {"_native_body_size", guarded<native_body_size>, METH_NOARGS,
     "_native_body_size($self, /)\n--\n\nBytes of the decoded body."},
    {"_native_sent", guarded<native_sent>, METH_NOARGS,
     "_native_sent($self, /)\n--\n\nNone or (fields, body, timeout, whether "
     "geventhttpclient shows the body as text, odd fields of the session, of the call) of a plain "
     "request."},
    {"_native_failure", guarded<native_failure>, METH_NOARGS,
     "_native_failure($self, /)\n--\n\nNone or (stage, category, code, message, words)."},
    {"_native_broken", guarded<native_broken>, METH_NOARGS,
     "_native_broken($self, /)\n--\n\nThe same of what broke off a streamed body, once it was read "
     "up to there."},
    {"_native_status", guarded<native_status>, METH_NOARGS,
     "_native_status($self, /)\n--\n\nThe status, also of a response that failed."},
    {"_native_version", guarded<native_version>, METH_NOARGS,
     "_native_version($self, /)\n--\n\n11 or 10."},
    {"_native_cookies", guarded<native_cookies>, METH_NOARGS,
     "_native_cookies($self, /)\n--\n\nThe jar's cookies that went out, for each request of the "
     "chain."},
    {"_native_sets_cookies", guarded<sets_cookies>, METH_NOARGS,
     "_native_sets_cookies($self, /)\n--\n\nWhether the answer has a Set-Cookie field."},
    {"_native_history", guarded<native_history>, METH_NOARGS,
     "_native_history($self, /)\n--\n\nRows of the redirects that were followed."},
    {"_native_streamed", guarded<was_streamed>, METH_NOARGS,
     "_native_streamed($self, /)\n--\n\nWhether the body is, or was, given out piece by piece."},
    {"_native_streaming", guarded<native_streaming>, METH_NOARGS,
     "_native_streaming($self, /)\n--\n\nWhether the body is still under way."},
    {}};

}  // namespace locustella::bindings
