// A session's native cookie jar, as Python reads and writes it.
//
// Cookies cross as tuples: (name, value or None, domain, path, expires or None, host_only, secure,
// http_only, initial_dot). Their text is Latin-1, as header fields are.
//
// Thread: the hub's, with the GIL held.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "base/clock.hpp"
#include "references.hpp"
#include "session/session_object.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

// False with an error set.
bool take_text(PyObject* object, std::string& text)
{
    PyObject* bytes = PyUnicode_AsLatin1String(object);
    if (!bytes) {
        PyErr_Clear();
        bytes = PyUnicode_AsUTF8String(object);
    }
    if (!bytes)
        return false;
    text.assign(bytes_in(bytes));
    Py_DECREF(bytes);
    return true;
}

// What is not Latin-1 goes out as UTF-8. False with an error set.
bool cookie_from_row(PyObject* row, http::Cookie& cookie)
{
    PyObject *name, *value, *domain, *path, *expires;
    int host_only, secure, http_only, initial_dot;
    if (!PyArg_ParseTuple(row, "UOUUOpppp", &name, &value, &domain, &path, &expires, &host_only,
                          &secure, &http_only, &initial_dot))
        return false;
    if (expires != Py_None && (cookie.expires = PyFloat_AsDouble(expires)) == -1.0 &&
        PyErr_Occurred())
        return false;
    cookie.bare = value == Py_None;
    cookie.host_only = host_only;
    cookie.secure = secure;
    cookie.http_only = http_only;
    cookie.initial_dot = initial_dot;
    return take_text(name, cookie.name) && (cookie.bare || take_text(value, cookie.value)) &&
           take_text(domain, cookie.domain) && take_text(path, cookie.path);
}

}  // namespace

PyObject* session_cookie_rows(PyObject* object, PyObject*)
{
    if (!as_session(object)->client)
        return PyList_New(0);
    const auto flag = [](bool set) { return set ? Py_True : Py_False; };
    return list_of(as_session(object)->client->cookies().cookies(), [&](const http::Cookie& c) {
        PyObject* expires =
            c.expires == http::Cookie::never ? Py_NewRef(Py_None) : PyFloat_FromDouble(c.expires);
        PyObject* value = c.bare ? Py_NewRef(Py_None) : latin1(c.value);
        return Py_BuildValue("NNNNNOOOO", latin1(c.name), value, latin1(c.domain), latin1(c.path),
                             expires, flag(c.host_only), flag(c.secure), flag(c.http_only),
                             flag(c.initial_dot));
    });
}

PyObject* session_cookie_version(PyObject* object, PyObject*)
{
    auto* client = as_session(object)->client;
    return PyLong_FromUnsignedLong(client ? client->cookies().version() : 0);
}

// _set_cookie(*row)
PyObject* session_set_cookie(PyObject* object, PyObject* args)
{
    http::Cookie cookie;
    if (!cookie_from_row(args, cookie) || !attach_session(as_session(object)))
        return nullptr;
    as_session(object)->client->cookies().set(std::move(cookie), base::wall_seconds());
    Py_RETURN_NONE;
}

PyObject* session_cookie_places(PyObject* object, PyObject*)
{
    if (!as_session(object)->client)
        return PyList_New(0);
    return list_of(as_session(object)->client->cookies().places(), [](const auto& place) {
        return Py_BuildValue("NN", latin1(place.domain), latin1(place.path));
    });
}

// _keep_cookie_place(domain, path)
PyObject* session_keep_cookie_place(PyObject* object, PyObject* args)
{
    PyObject *domain, *path;
    http::CookieJar::Place place;
    if (!PyArg_ParseTuple(args, "UU", &domain, &path) || !take_text(domain, place.domain) ||
        !take_text(path, place.path) || !attach_session(as_session(object)))
        return nullptr;
    as_session(object)->client->cookies().keep_place(place);
    Py_RETURN_NONE;
}

// _forget_cookies(expired)
PyObject* session_forget_cookies(PyObject* object, PyObject* expired)
{
    const int only_expired = PyObject_IsTrue(expired);
    if (only_expired < 0)
        return nullptr;
    if (auto* client = as_session(object)->client; client && only_expired)
        client->cookies().forget_expired(base::wall_seconds());
    else if (client)
        client->cookies().clear();
    Py_RETURN_NONE;
}

}  // namespace locustella::bindings
