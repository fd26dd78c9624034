// ResponseBase as a type: see response_object.hpp.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <structmember.h>

#include <new>
#include <string_view>
#include <vector>

#include "guard.hpp"
#include "references.hpp"
#include "response/response_object.hpp"

namespace locustella::bindings {

PyObject* bytes_of(std::string_view text)
{
    return PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

PyObject* latin1(std::string_view text)
{
    return PyUnicode_DecodeLatin1(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr);
}

namespace {

// {name: function(response) -> value}: what makes an attribute that is touched for the first time.
PyObject* makers = nullptr;

PyObject* new_reference(PyObject* object)
{
    Py_XINCREF(object);
    return object;
}

PyObject* assigned(ResponseObject* self, PyObject* name)
{
    return self->attributes ? PyDict_GetItemWithError(self->attributes, name) : nullptr;
}

PyObject* made(PyObject* object, PyObject* name)
{
    auto* self = as_response(object);
    PyObject* maker = makers ? PyDict_GetItemWithError(makers, name) : nullptr;
    if (!maker || !self->session) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_AttributeError, name);
        return nullptr;
    }
    PyObject* value = PyObject_CallOneArg(maker, object);
    if (!value || (!self->attributes && !(self->attributes = PyDict_New())) ||
        PyDict_SetItem(self->attributes, name, value) < 0) {
        Py_XDECREF(value);
        return nullptr;
    }
    return value;
}

PyObject* native_value(ResponseObject* self, std::string_view name)
{
    if (name == "status_code")
        return PyLong_FromLong(self->failure ? 0 : self->response.status);
    if (name == "_content" && !self->failure && !self->streamed) {
        if (!self->content)
            self->content = bytes_of(self->response.body());
        return new_reference(self->content);
    }
    return nullptr;
}

// One getter and one setter serve every lazy attribute; the closure is its name.
PyObject* get_attribute(PyObject* object, void* closure)
{
    auto* self = as_response(object);
    PyObject* name = PyUnicode_InternFromString(static_cast<const char*>(closure));
    if (!name)
        return nullptr;
    PyObject* value = new_reference(assigned(self, name));
    if (!value && self->session && !PyErr_Occurred())
        value = native_value(self, static_cast<const char*>(closure));
    if (!value && !PyErr_Occurred())
        value = made(object, name);
    Py_DECREF(name);
    return value;
}

int set_attribute(PyObject* object, PyObject* value, void* closure)
{
    auto* self = as_response(object);
    if (!self->attributes && !(self->attributes = PyDict_New()))
        return -1;
    const char* name = static_cast<const char*>(closure);
    return value ? PyDict_SetItemString(self->attributes, name, value)
                 : PyDict_DelItemString(self->attributes, name);
}

#define LAZY(name)                                                                             \
    {                                                                                          \
        name, guarded<get_attribute>, guarded<set_attribute>, nullptr, const_cast<char*>(name) \
    }

PyGetSetDef attributes[] = {LAZY("status_code"),
                            LAZY("_content"),
                            LAZY("_content_consumed"),
                            LAZY("_heard_context"),
                            LAZY("_said_context"),
                            LAZY("_next"),
                            LAZY("url"),
                            LAZY("headers"),
                            LAZY("reason"),
                            LAZY("encoding"),
                            LAZY("elapsed"),
                            LAZY("history"),
                            LAZY("cookies"),
                            LAZY("request"),
                            LAZY("raw"),
                            LAZY("connection"),
                            LAZY("error"),
                            LAZY("request_meta"),
                            LAZY("_request_event"),
                            {}};

// Takes over the attributes of a response that did not come from here.
PyObject* adopt(PyObject* object, PyObject* dict)
{
    auto* self = as_response(object);
    if (!PyDict_Check(dict))
        return PyErr_Format(PyExc_TypeError, "a dict is needed");
    Py_XSETREF(self->attributes, PyDict_Copy(dict));
    if (!self->attributes)
        return nullptr;
    Py_RETURN_NONE;
}

PyMethodDef own_methods[] = {
    {"_native_text", guarded<response_text>, METH_NOARGS,
     "_native_text($self, /)\n--\n\nThe body as text; None where the encoding takes finding out."},
    {"_native_enter", guarded<response_enter>, METH_NOARGS,
     "_native_enter($self, /)\n--\n\n__enter__ of responses that can be judged."},
    {"_native_exit", method<response_exit>(), METH_FASTCALL,
     "_native_exit($self, kind, value, traceback, /)\n--\n\n__exit__ of responses that can be "
     "judged."},
    {"_native_success", guarded<response_success>, METH_NOARGS,
     "_native_success($self, /)\n--\n\nNotes that the request is a success."},
    {"_adopt", guarded<adopt>, METH_O,
     "_adopt($self, attributes, /)\n--\n\nTakes over a dict of attributes."},
    {}};

// Those of all files. Never freed, as the type.
PyMethodDef* all_methods()
{
    auto& all = *new std::vector<PyMethodDef>;
    for (const PyMethodDef* methods : {response_facts, response_stream, own_methods})
        for (; methods->ml_name; ++methods)
            all.push_back(*methods);
    all.push_back({});
    return all.data();
}

PyMemberDef members[] = {
    {"_catch_response", T_BOOL, offsetof(ResponseObject, catch_response), 0,
     "May be judged in a `with` block."},
    {"_entered", T_BOOL, offsetof(ResponseObject, entered), 0, "... and has been in one."},
    {"_manual_result", T_OBJECT, offsetof(ResponseObject, verdict), 0,
     "None, True, or the exception of failure()."},
    {"_unread", T_BOOL, offsetof(ResponseObject, unread), 0,
     "Asked for as a stream, and not read into FastHttpUser's `content` yet."},
    {"_judged", T_BOOL, offsetof(ResponseObject, judged), READONLY,
     "The core has recorded it as a failure."},
    {"_entry_name", T_OBJECT, offsetof(ResponseObject, name), READONLY,
     "The entry of an unrecorded request, or of one that the core has recorded; or None."},
    {"_native_recorded", T_BOOL, offsetof(ResponseObject, recorded), READONLY,
     "_send() has recorded it."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ResponseObject, weak_references), READONLY,
     nullptr},
    {}};

PyObject* response_new(PyTypeObject* type, PyObject*, PyObject*)
{
    auto* self = as_response(type->tp_alloc(type, 0));
    if (!self)
        return nullptr;
    new (&self->response) http::Response;
    new (&self->failure) http::Failure;
    new (&self->times) http::Times;
    new (&self->profile) std::shared_ptr<const client::Profile>;
    new (&self->origin) http::Origin;
    new (&self->target) std::string;
    new (&self->seldom) std::unique_ptr<const Seldom>;
    return reinterpret_cast<PyObject*>(self);
}

int response_traverse(PyObject* object, visitproc visit, void* arg)
{
    auto* self = as_response(object);
    Py_VISIT(self->session);
    Py_VISIT(self->details);
    Py_VISIT(self->verdict);
    Py_VISIT(self->attributes);
    return 0;
}

int response_clear(PyObject* object)
{
    auto* self = as_response(object);
    stop_streaming(self);
    Py_CLEAR(self->details);
    Py_CLEAR(self->verdict);
    Py_CLEAR(self->attributes);
    Py_CLEAR(self->session);
    return 0;
}

void response_dealloc(PyObject* object)
{
    PyObject_GC_UnTrack(object);
    auto* self = as_response(object);
    if (self->weak_references)
        PyObject_ClearWeakRefs(object);
    response_clear(object);
    Py_CLEAR(self->method);
    Py_CLEAR(self->path);
    Py_CLEAR(self->content);
    Py_CLEAR(self->name);
    Py_CLEAR(self->base_url);
    delete self->sent;
    delete self->streamed;
    std::destroy_at(&self->profile);
    std::destroy_at(&self->seldom);
    std::destroy_at(&self->target);
    std::destroy_at(&self->origin);
    std::destroy_at(&self->failure);
    std::destroy_at(&self->response);
    Py_TYPE(object)->tp_free(object);
}

PyObject* set_response_makers(PyObject*, PyObject* dict)
{
    if (!PyDict_Check(dict))
        return PyErr_Format(PyExc_TypeError, "a dict of functions is needed");
    Py_XSETREF(makers, Py_NewRef(dict));
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {{"set_response_makers", guarded<set_response_makers>, METH_O,
                            "set_response_makers(makers, /)\n--\n\n"
                            "{attribute: function(response) -> value}: what makes an attribute of "
                            "ResponseBase at its first touch."},
                           {}};

void take_seldom(ResponseObject& into, PendingExchange& exchange)
{
    const std::string& fragment = exchange.request.fragment;
    if (exchange.history.empty() && fragment.empty() && exchange.cookies.empty())
        return;
    into.seldom.reset(new Seldom{std::exchange(exchange.history, {}), fragment,
                                 std::exchange(exchange.cookies, {})});
}

}  // namespace

PyTypeObject response_type{};

PyObject* new_response(PyTypeObject* type, PyObject* session, PyObject* base_url,
                       client::Client& client, PyObject* method, PyObject* path, PyObject* details,
                       PendingExchange& exchange)
{
    auto owner = owned(response_new(type, nullptr, nullptr));
    if (!owner)
        return nullptr;
    auto* self = as_response(owner.ptr());
    self->session = Py_NewRef(session);
    self->client = &client;
    self->method = Py_NewRef(method);
    self->path = Py_NewRef(path);
    self->details = new_reference(details);
    self->base_url = new_reference(base_url);
    self->response = std::move(exchange.response);
    self->failure = std::move(exchange.failure);
    exchange.failure = {};
    self->times = exchange.times;
    self->reused = exchange.reused;
    self->unread = exchange.request.stream;
    self->origin = exchange.request.origin;
    self->dialect = exchange.request.dialect;
    self->target = exchange.request.target;
    take_seldom(*self, exchange);
    return owner.release().ptr();
}

bool ready_response_type(PyObject* module)
{
    Py_SET_REFCNT(&response_type, 1);
    response_type.tp_name = "locustella._core.ResponseBase";
    response_type.tp_basicsize = sizeof(ResponseObject);
    response_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    response_type.tp_doc = "An answer on the native core; what is touched is decoded then.";
    response_type.tp_new = guarded<response_new>;
    response_type.tp_dealloc = response_dealloc;
    response_type.tp_traverse = guarded<response_traverse>;
    response_type.tp_clear = guarded<response_clear>;
    response_type.tp_methods = all_methods();
    response_type.tp_getset = attributes;
    response_type.tp_members = members;
    response_type.tp_weaklistoffset = offsetof(ResponseObject, weak_references);
    return PyType_Ready(&response_type) == 0 && PyModule_AddFunctions(module, functions) == 0 &&
           PyModule_AddObjectRef(module, "ResponseBase",
                                 reinterpret_cast<PyObject*>(&response_type)) == 0;
}

}  // namespace locustella::bindings
