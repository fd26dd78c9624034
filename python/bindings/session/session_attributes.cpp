// Attributes of a session that the core reads at every request: base_url, request_event, user,
// request_name, trust_env.
//
//   session.base_url = "http://shop.test"             // kept in the SessionObject
//   vars(session)["base_url"] = "http://shop.test"    // as in requests, where all are in the dict
//   del session.base_url                              // AttributeError from then on
//
// Whichever way a script has set one, it reads the same, and the next request goes by it: what
// stands in the session's dict has the word. The dict is watched, so the core takes over what has
// come into it before the next request, and at the plain path looks at its own copies alone. While
// one is deleted the session takes the full path, where Python asks for it and raises the error.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <array>

#include "guard.hpp"
#include "session/session_object.hpp"

namespace locustella::bindings {
namespace {

enum class Which : std::size_t { base_url, request_event, user, request_name, trust_env };

std::array<PyObject*, 5> names;  // interned

PyObject* name_of(Which which)
{
    return names[static_cast<std::size_t>(which)];
}

// What CPython keeps for a getter and a setter: where the name is.
void* closure(Which which)
{
    return &names[static_cast<std::size_t>(which)];
}

Which which_of(void* closure)
{
    return static_cast<Which>(static_cast<PyObject**>(closure) - names.data());
}

PyObject** place_of(SessionObject* self, Which which)
{
    switch (which) {
    case Which::base_url: return &self->base_url;
    case Which::request_event: return &self->asker.request_event;
    case Which::user: return &self->asker.user;
    case Which::request_name: return &self->request_name;
    case Which::trust_env: break;
    }
    return nullptr;
}

// Borrowed; nullptr with or without an error set: it is not there.
PyObject* in_dict(SessionObject* self, Which which)
{
    PyObject* const dict = dict_of(self);
    return dict ? PyDict_GetItemWithError(dict, name_of(which)) : nullptr;
}

std::uint8_t bit_of(Which which)
{
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(which));
}

bool is_deleted(const SessionObject* self, Which which)
{
    return (self->deleted & bit_of(which)) != 0;
}

bool keep(SessionObject* self, Which which, PyObject* value)
{
    if (PyObject** const place = place_of(self, which)) {
        Py_XSETREF(*place, Py_NewRef(value));
        return true;
    }
    const int on = PyObject_IsTrue(value);
    if (on >= 0)
        self->trust_env = on;
    return on >= 0;
}

PyObject* no_attribute(SessionObject* self, Which which)
{
    return PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute '%U'",
                        Py_TYPE(self)->tp_name, name_of(which));
}

PyObject* get(PyObject* object, void* closure)
{
    auto* self = as_session(object);
    const Which which = which_of(closure);
    PyObject* said = in_dict(self, which);
    if (said || PyErr_Occurred())
        return Py_XNewRef(said);
    if (is_deleted(self, which))
        return no_attribute(self, which);
    PyObject** const place = place_of(self, which);
    if (!place)
        return PyBool_FromLong(self->trust_env);
    return Py_NewRef(*place ? *place : Py_None);
}

// What the profile is made from.
bool makes_a_profile(Which which)
{
    return which == Which::base_url || which == Which::trust_env;
}

int remove(SessionObject* self, Which which, bool said)
{
    if (!said && is_deleted(self, which)) {
        no_attribute(self, which);
        return -1;
    }
    if (said && PyDict_DelItem(dict_of(self), name_of(which)) < 0)
        return -1;
    self->deleted |= bit_of(which);
    forget_profile(self);
    return keep(self, which, Py_None) ? 0 : -1;
}

int set(PyObject* object, PyObject* value, void* closure)
{
    auto* self = as_session(object);
    const Which which = which_of(closure);
    const bool said = in_dict(self, which) != nullptr;
    if (PyErr_Occurred())
        return -1;
    if (!value)
        return remove(self, which, said);
    if (!keep(self, which, value))
        return -1;
    if (makes_a_profile(which) || is_deleted(self, which))
        forget_profile(self);
    self->deleted &= static_cast<std::uint8_t>(~bit_of(which));
    return said ? PyDict_SetItem(dict_of(self), name_of(which), value) : 0;
}

}  // namespace

bool make_attribute_names()
{
    std::size_t next = 0;
    for (const char* name : {"base_url", "request_event", "user", "request_name", "trust_env"})
        names[next++] = PyUnicode_InternFromString(name);
    return !PyErr_Occurred();
}

void take_attributes_from_dict(SessionObject* self)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto which = static_cast<Which>(i);
        if (PyObject* said = in_dict(self, which)) {
            keep(self, which, said);
            self->deleted &= static_cast<std::uint8_t>(~bit_of(which));
        }
        PyErr_Clear();  // of a truth value: it is asked for again where it matters
    }
}

PyGetSetDef session_attributes[] = {
    {"base_url", guarded<get>, guarded<set>, "What goes before every path.",
     closure(Which::base_url)},
    {"request_event", guarded<get>, guarded<set>, "The event that requests are reported to.",
     closure(Which::request_event)},
    {"user", guarded<get>, guarded<set>, "The User this session belongs to, or None.",
     closure(Which::user)},
    {"request_name", guarded<get>, guarded<set>, "Entry name for requests that have none.",
     closure(Which::request_name)},
    {"trust_env", guarded<get>, guarded<set>, "Use proxies and .netrc of the environment.",
     closure(Which::trust_env)},
    {}};

}  // namespace locustella::bindings
