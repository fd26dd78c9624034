// A session's native cookie jar, as Python reads and writes it.
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "session_methods.hpp"

namespace locustella::bindings {
namespace {

SessionObject* as_session(PyObject* self)
{
    return reinterpret_cast<SessionObject*>(self);
}

}  // namespace

// Cookies cross as tuples: (name, value, domain, path, expires or None, host_only, secure, http_only).

PyObject* session_cookie_rows(PyObject* object, PyObject*)
{
    PyObject* list = PyList_New(0);
    if (!list || !as_session(object)->client)
        return list;
    for (const auto& c : as_session(object)->client->cookies().cookies()) {
        PyObject* expires = c.expires == http::Cookie::never ? Py_NewRef(Py_None) : PyFloat_FromDouble(c.expires);
        PyObject* row = Py_BuildValue("ssssNOOO", c.name.c_str(), c.value.c_str(), c.domain.c_str(),
                                      c.path.c_str(), expires, c.host_only ? Py_True : Py_False,
                                      c.secure ? Py_True : Py_False, c.http_only ? Py_True : Py_False);
        const bool failed = !row || PyList_Append(list, row) < 0;
        Py_XDECREF(row);
        if (failed) {
            Py_DECREF(list);
            return nullptr;
        }
    }
    return list;
}

PyObject* session_cookie_version(PyObject* object, PyObject*)
{
    auto* client = as_session(object)->client;
    return PyLong_FromUnsignedLong(client ? client->cookies().version() : 0);
}

PyObject* session_set_cookie(PyObject* object, PyObject* args)
{
    const char *name, *value, *domain, *path;
    PyObject* expires;
    int host_only, secure, http_only;
    if (!PyArg_ParseTuple(args, "ssssOppp", &name, &value, &domain, &path, &expires, &host_only, &secure, &http_only))
        return nullptr;
    double until = http::Cookie::never;
    if (expires != Py_None && (until = PyFloat_AsDouble(expires)) == -1.0 && PyErr_Occurred())
        return nullptr;
    if (!attach_session(as_session(object)))
        return nullptr;
    as_session(object)->client->cookies().set(
        {name, value, domain, path, until, host_only != 0, secure != 0, http_only != 0},
        static_cast<double>(base::wall_now()) / 1e9);
    Py_RETURN_NONE;
}

PyObject* session_clear_cookies(PyObject* object, PyObject*)
{
    if (as_session(object)->client)
        as_session(object)->client->cookies().clear();
    Py_RETURN_NONE;
}

}  // namespace locustella::bindings
