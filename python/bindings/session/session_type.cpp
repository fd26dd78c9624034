// SessionBase as a type: see session_object.hpp.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>
#include <structmember.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "call/call_cookies.hpp"
#include "guard.hpp"
#include "references.hpp"
#include "session/send_call.hpp"
#include "session/session_changes.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// Interned names, made once at import.
struct Names {
    PyObject* configure;
    PyObject* request;
    PyObject* said_by_verbs;
} names;

bool make_names()
{
    names.configure = PyUnicode_InternFromString("_configure");
    names.request = PyUnicode_InternFromString("request");
    names.said_by_verbs = PyUnicode_InternFromString("_said_by_verbs");
    return make_call_names() && make_route_names() && make_cookie_names() && make_change_names() &&
           make_send_names() && make_attribute_names() && !PyErr_Occurred();
}

bool says(PyObject* keywords, const char* name)
{
    for (Py_ssize_t i = 0; keywords && i < PyTuple_GET_SIZE(keywords); ++i)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, i), name) == 0)
            return true;
    return false;
}

// What a verb's method says to request() where its caller has not, as stock's does: names and
// values. Empty with an error set.
py::object said_by_verb(SessionObject* self, Verb verb)
{
    const auto all =
        owned(PyObject_GetAttr(reinterpret_cast<PyObject*>(self), names.said_by_verbs));
    if (!all)
        return {};
    PyObject* const said = PyDict_GetItemWithError(all.ptr(), method_name(verb));
    if (!said)
        return PyErr_Occurred() ? py::object() : owned(PyDict_New());
    return borrowed(said);
}

// TypeError in the words that Python has for Locust's own method; nullptr.
PyObject* refuse_arguments(SessionObject* self, Verb verb, Py_ssize_t positional)
{
    const int most = 2 + positional_after_url(verb);
    PyObject* owner = PyObject_GetAttrString(reinterpret_cast<PyObject*>(self), "_named_as");
    PyObject* method = owner ? PyObject_CallMethod(method_name(verb), "lower", nullptr) : nullptr;
    if (!method) {
        Py_XDECREF(owner);
        return nullptr;
    }
    if (positional == 0)
        PyErr_Format(PyExc_TypeError, "%U.%U() missing 1 required positional argument: 'url'",
                     owner, method);
    else
        PyErr_Format(PyExc_TypeError, "%U.%U() takes %s%d positional arguments but %zd were given",
                     owner, method, most > 2 ? "from 2 to " : "", most, positional + 1);
    Py_DECREF(owner);
    Py_DECREF(method);
    return nullptr;
}

// The Python method request() with the verb in front, data and json by their names, and what the
// verb's method says of itself.
PyObject* full_path(SessionObject* self, Verb verb, PyObject* const* args, Py_ssize_t positional,
                    PyObject* keywords)
{
    static constexpr const char* after_url[] = {"data", "json"};
    const Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    const Py_ssize_t extra = std::max<Py_ssize_t>(positional - 1, 0);
    if (extra > positional_after_url(verb) || (positional == 0 && !says(keywords, "url")))
        return refuse_arguments(self, verb, positional);
    const auto by_verb = said_by_verb(self, verb);
    const auto all_names = owned(by_verb ? PyList_New(0) : nullptr);
    if (!all_names)
        return nullptr;
    std::vector<PyObject*> all{reinterpret_cast<PyObject*>(self), method_name(verb)};
    all.insert(all.end(), args, args + positional + named);
    for (Py_ssize_t i = 0; i < extra; ++i)
        if (PyList_Append(all_names.ptr(), py::str(after_url[i]).ptr()) < 0)
            return nullptr;
    for (Py_ssize_t i = 0; i < named; ++i)
        if (PyList_Append(all_names.ptr(), PyTuple_GET_ITEM(keywords, i)) < 0)
            return nullptr;
    PyObject *name, *value;
    for (Py_ssize_t at = 0; PyDict_Next(by_verb.ptr(), &at, &name, &value);) {
        const int said = PySequence_Contains(all_names.ptr(), name);
        if (said < 0 || (said == 0 && PyList_Append(all_names.ptr(), name) < 0))
            return nullptr;
        if (said == 0)
            all.push_back(value);
    }
    const auto all_keywords = owned(PyList_AsTuple(all_names.ptr()));
    if (!all_keywords)
        return nullptr;
    const auto by_place = 2 + static_cast<std::size_t>(std::min<Py_ssize_t>(positional, 1));
    return PyObject_VectorcallMethod(names.request, all.data(),
                                     by_place | PY_VECTORCALL_ARGUMENTS_OFFSET, all_keywords.ptr());
}

// In a forked child: the session gets a client of the child's, with the cookies. The parent's is
// never freed: responses point to it, and greenlets of the parent that sleep in the child for ever.
// Nor are the parent's connections, which would be closed with a reset that both processes share.
bool attach_in_child(SessionObject* self)
{
    client::Client* const parents = std::exchange(self->client, nullptr);
    Hub* const parents_hub = self->hub;
    if (!attach_session(self)) {
        self->client = parents;
        self->hub = parents_hub;
        return false;
    }
    parents->leave_to_parent(*self->client);
    forget_profile(self);
    return true;
}

// Whether the session still has the dict that its watch looks at.
bool has_watched_dict(SessionObject* self)
{
    return !self->watch.own() || self->watch.own() == dict_of(self);
}

// What rename_request() says, where the call has no name. False: Python has to see to it.
bool take_request_name(const SessionObject* self, PlainCall& call)
{
    PyObject* const said = self->request_name;
    if (call.name || said == Py_None)
        return true;
    if (!PyUnicode_CheckExact(said))
        return false;
    call.name = PyUnicode_GET_LENGTH(said) > 0 ? said : nullptr;
    return true;
}

enum class Asked : bool { by_verb, by_request };

// False: the plain path is not to be taken.
bool by_plain_path(SessionObject* self, Asked asked, Verb verb, PlainCall& call, PyObject*& result)
{
    result = nullptr;
    if (!on_own_thread(self) || !configured(self))
        return true;
    // Other greenlets may assign to it while this one waits.
    const auto keeps_name = borrowed(self->request_name);
    const bool plain = asked == Asked::by_verb ? self->plain_verbs : self->plain;
    return plain && take_request_name(self, call) && plain_path(self, verb, call, result);
}

}  // namespace

// A session serves the thread that it began on: its connections belong to that thread's reactor.
bool on_own_thread(SessionObject* self)
{
    if (!attach_session(self))
        return false;
    if (self->hub == Hub::of_this_thread())
        return true;
    if (self->hub->is_of_parent())
        return attach_in_child(self);
    PyErr_SetString(PyExc_RuntimeError,
                    "an HTTP session must be used on the thread that used it first; "
                    "give each thread a session of its own");
    return false;
}

void forget_profile(SessionObject* self)
{
    self->profile.reset();
    self->watch.end();
    self->routes.reset();
    forget_changes(self);
    Py_CLEAR(self->response_class);
}

bool configured(SessionObject* self)
{
    if (!look_at_world())
        return false;
    const bool same_class = self->type == Py_TYPE(self);  // else the watch's may be gone
    if (self->profile && same_class && self->epoch == world_epoch() && has_watched_dict(self)) {
        if (self->watch.holds() || see_changes(self))
            return true;
        if (PyErr_Occurred())
            return false;
    }
    forget_profile(self);
    take_attributes_from_dict(self);
    PyObject* result =
        PyObject_CallMethodNoArgs(reinterpret_cast<PyObject*>(self), names.configure);
    if (!result)
        return false;
    Py_DECREF(result);
    if (!self->profile)
        PyErr_SetString(PyExc_RuntimeError, "_configure() has set no profile");
    return self->profile != nullptr;
}

namespace {

template <std::size_t Index>
PyObject* call_verb(PyObject* object, PyObject* const* args, Py_ssize_t count, PyObject* keywords)
{
    constexpr auto verb = static_cast<Verb>(Index);
    auto* self = as_session(object);
    PlainCall call;
    PyObject* result = nullptr;
    if (understand(verb, args, count, keywords, call) &&
        by_plain_path(self, Asked::by_verb, verb, call, result))
        return result;
    return full_path(self, verb, args, count, keywords);
}

// What request() asks first, with its method, its URL and keywords. NotImplemented: not plain.
PyObject* request_plainly(PyObject* object, PyObject* const* args, Py_ssize_t count,
                          PyObject* keywords)
{
    const auto verb = count == 2 ? verb_of(args[0]) : std::nullopt;
    PlainCall call;
    PyObject* result = nullptr;
    if (!verb || !understand(*verb, args + 1, 1, keywords, call))
        Py_RETURN_NOTIMPLEMENTED;
    call.method = args[0];
    call.says_redirects = true;  // of itself request() follows them, whatever the method
    if (!by_plain_path(as_session(object), Asked::by_request, *verb, call, result))
        Py_RETURN_NOTIMPLEMENTED;
    return result;
}

PyObject* fits(PyObject* object, PyObject* const* args, Py_ssize_t count, PyObject* keywords)
{
    auto* self = as_session(object);
    const auto verb = count == 2 ? verb_of(args[0]) : std::nullopt;
    PlainCall call;
    if (!verb || !understand(*verb, args + 1, 1, keywords, call))
        Py_RETURN_FALSE;
    call.says_redirects = true;
    if (!on_own_thread(self) || !configured(self))
        return nullptr;
    const bool fits_it =
        self->plain && take_request_name(self, call) && fits_plain_path(self, *verb, call);
    return PyErr_Occurred() ? nullptr : PyBool_FromLong(fits_it);
}

// bind_http.cpp knows Profile's Python type
PyObject* set_profile(PyObject* object, PyObject* args);

PyObject* watch_also(PyObject* object, PyObject* args)
{
    PyObject *added, *replaced = Py_None;
    if (!PyArg_ParseTuple(args, "O|O", &added, &replaced))
        return nullptr;
    auto* self = as_session(object);  // without a profile all is looked at before the next request
    const auto or_null = [](PyObject* dict) { return dict == Py_None ? nullptr : dict; };
    if (self->profile && !self->watch.add_later(or_null(added), or_null(replaced)))
        return nullptr;
    Py_RETURN_NONE;
}

PyObject* reconfigure(PyObject* object, PyObject*)
{
    forget_profile(as_session(object));
    Py_RETURN_NONE;
}

PyObject* close_connections(PyObject* object, PyObject*)
{
    if (as_session(object)->client)
        as_session(object)->client->close_idle_connections();
    Py_RETURN_NONE;
}

// What a verb takes beside its URL, as request() has it.
#define VERB(index, name, arguments)                                                  \
    {                                                                                 \
        name, method<call_verb<index>>(), METH_FASTCALL | METH_KEYWORDS,              \
            name "($self, /, url" arguments                                           \
                 ", **kwargs)\n--\n\n"                                                \
                 "Sends a request of this method; arguments as request() takes them." \
    }

PyMethodDef methods[] = {
    VERB(0, "get", ""),
    VERB(1, "post", ", data=None, json=None"),
    VERB(2, "put", ", data=None"),
    VERB(3, "patch", ", data=None"),
    VERB(4, "delete", ""),
    VERB(5, "head", ""),
    VERB(6, "options", ""),
    {"_request_plainly", method<request_plainly>(), METH_FASTCALL | METH_KEYWORDS,
     "_request_plainly($self, method, url, /, **kwargs)\n--\n\n"
     "A request that the core does alone; NotImplemented for any other."},
    {"_fits_plain_path", method<fits>(), METH_FASTCALL | METH_KEYWORDS,
     "_fits_plain_path($self, method, url, /, **kwargs)\n--\n\n"
     "Whether _request_plainly() would do it; sends nothing."},
    {"_send", method<session_send>(), METH_FASTCALL | METH_KEYWORDS,
     "_send($self, /, *, method, place, fields, cookie_at, body=b'', chunked=False, "
     "rewinds=False, host=..., cookies=..., stream=False, dialect, follow=False, max_redirects=30, "
     "repeats=False, connect_s=0.0, read_s=0.0, route, asked, details=None, entry=None)\n--\n\n"
     "One exchange with everything said; see send_call.hpp."},
    {"_set_profile", guarded<set_profile>, METH_VARARGS,
     "_set_profile($self, profile, plain, verbs, watched=(), headers=None, params=None, "
     "proxies=None, in_environment=False, /)\n--\n\nWhat _configure() calls. plain: the profile "
     "says everything; verbs: they need not ask request(). watched: the dicts and classes that the "
     "profile was made from; headers, params, proxies: the session's dicts, if it has such; "
     "in_environment: that names proxies too."},
    {"_watch_also", guarded<watch_also>, METH_VARARGS,
     "_watch_also($self, added, replaced=None, /)\n--\n\nOne dict more, or None, that the profile "
     "depends on, for one that was added in this way before."},
    {"_reconfigure", guarded<reconfigure>, METH_NOARGS,
     "_reconfigure($self, /)\n--\n\nSomething has changed: _configure() is asked at the next "
     "request."},
    {"_close_connections", guarded<close_connections>, METH_NOARGS,
     "_close_connections($self, /)\n--\n\nCloses the connections that serve nobody."},
    {"_cookie_rows", guarded<session_cookie_rows>, METH_NOARGS,
     "_cookie_rows($self, /)\n--\n\nThe jar's cookies as tuples."},
    {"_cookie_version", guarded<session_cookie_version>, METH_NOARGS,
     "_cookie_version($self, /)\n--\n\nChanges when the jar does."},
    {"_set_cookie", guarded<session_set_cookie>, METH_VARARGS,
     "_set_cookie($self, name, value, domain, path, expires, host_only, secure, http_only, "
     "initial_dot, /)\n--\n\nPuts one cookie, a row as in _cookie_rows(), into the jar."},
    {"_cookie_places", guarded<session_cookie_places>, METH_NOARGS,
     "_cookie_places($self, /)\n--\n\n(domain, path) of all that have had cookies, in the order in "
     "which these are sent."},
    {"_keep_cookie_place", guarded<session_keep_cookie_place>, METH_VARARGS,
     "_keep_cookie_place($self, domain, path, /)\n--\n\nOne more of them; path '': the domain."},
    {"_forget_cookies", guarded<session_forget_cookies>, METH_O,
     "_forget_cookies($self, expired, /)\n--\n\nAll of the jar's, or those that have expired."},
    {}};

#undef VERB

PyMemberDef members[] = {
    {"_catches_timeouts", T_BOOL, offsetof(SessionObject, catches_timeouts), 0,
     "Whether a gevent.Timeout during a request fails it, and goes no further."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(SessionObject, weak_references), READONLY, nullptr},
    {}};

PyObject* session_new(PyTypeObject* type, PyObject*, PyObject*)
{
    auto* self = as_session(type->tp_alloc(type, 0));
    if (!self)
        return nullptr;
    new (&self->profile) std::shared_ptr<const client::Profile>;
    new (&self->watch) SessionWatch;
    new (&self->routes) std::unique_ptr<CallRoutes>;
    new (&self->said) std::shared_ptr<const SaidBySession>;
    self->request_name = Py_NewRef(Py_None);
    self->trust_env = true;
    return reinterpret_cast<PyObject*>(self);
}

int session_traverse(PyObject* object, visitproc visit, void* arg)
{
    auto* self = as_session(object);
    Py_VISIT(self->base_url);
    Py_VISIT(self->asker.request_event);
    Py_VISIT(self->asker.user);
    Py_VISIT(self->request_name);
    Py_VISIT(self->response_class);
    Py_VISIT(self->params);
    Py_VISIT(self->own_then);
    if (self->routes)
        Py_VISIT(self->routes->proxies.ptr());
    return self->watch.traverse(visit, arg);
}

int session_clear(PyObject* object)
{
    auto* self = as_session(object);
    Py_CLEAR(self->base_url);
    Py_CLEAR(self->asker.request_event);
    Py_CLEAR(self->asker.user);
    Py_CLEAR(self->request_name);
    forget_profile(self);
    return 0;
}

void session_dealloc(PyObject* object)
{
    PyObject_GC_UnTrack(object);
    auto* self = as_session(object);
    if (self->weak_references)
        PyObject_ClearWeakRefs(object);
    session_clear(object);
    std::destroy_at(&self->profile);
    std::destroy_at(&self->watch);
    std::destroy_at(&self->routes);
    std::destroy_at(&self->said);
    // In a forked child it stays, as where the session lives on: see attach_in_child.
    if (!self->hub || !self->hub->is_of_parent())
        delete self->client;
    Py_TYPE(object)->tp_free(object);
}

PyObject* set_profile(PyObject* object, PyObject* args)
{
    PyObject *profile, *watched = nullptr, *headers = Py_None, *params = Py_None;
    PyObject* proxies = Py_None;
    int plain, verbs, in_environment = 0;
    if (!PyArg_ParseTuple(args, "Opp|O!OOOp", &profile, &plain, &verbs, &PyTuple_Type, &watched,
                          &headers, &params, &proxies, &in_environment))
        return nullptr;
    auto* self = as_session(object);
    auto type = response_class_of(self);
    if (!type)
        return nullptr;
    try {
        auto shared = pybind11::handle(profile).cast<std::shared_ptr<client::Profile>>();
        Py_XDECREF(reconfigure(object, nullptr));
        self->profile = std::move(shared);
    } catch (pybind11::cast_error&) {
        return PyErr_Format(PyExc_TypeError, "a Profile is needed");
    }
    const bool keeps_classes =
        watched && PyTuple_GET_SIZE(watched) >= 3 &&
        PyTuple_GET_ITEM(watched, 1) == reinterpret_cast<PyObject*>(Py_TYPE(object)) &&
        PyTuple_GET_ITEM(watched, 2) == type.ptr();
    self->response_class = reinterpret_cast<PyTypeObject*>(type.release().ptr());
    if (watched && (!self->watch.begin(watched, keeps_classes) ||
                    !begin_to_see_changes(self, headers, params, proxies, in_environment))) {
        forget_profile(self);
        return nullptr;
    }
    self->type = Py_TYPE(object);
    self->epoch = world_epoch();
    self->plain = plain && self->deleted == 0;
    self->plain_verbs = self->plain && verbs;
    Py_RETURN_NONE;
}

}  // namespace

PyTypeObject session_type{};

bool ready_session_type(PyObject* module)
{
    Py_SET_REFCNT(&session_type, 1);
    session_type.tp_name = "locustella._core.SessionBase";
    session_type.tp_basicsize = sizeof(SessionObject);
    session_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    session_type.tp_doc = "An HTTP client on native connections.";
    session_type.tp_new = guarded<session_new>;
    session_type.tp_dealloc = session_dealloc;
    session_type.tp_traverse = guarded<session_traverse>;
    session_type.tp_clear = guarded<session_clear>;
    session_type.tp_methods = methods;
    session_type.tp_members = members;
    session_type.tp_getset = session_attributes;
    session_type.tp_weaklistoffset = offsetof(SessionObject, weak_references);
    return make_names() && PyType_Ready(&session_type) == 0 && add_pool_attributes(&session_type) &&
           PyModule_AddObjectRef(module, "SessionBase",
                                 reinterpret_cast<PyObject*>(&session_type)) == 0;
}

}  // namespace locustella::bindings
