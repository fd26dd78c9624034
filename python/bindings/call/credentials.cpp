#include "call/credentials.hpp"

#include "base/base64.hpp"
#include "call/call_fields.hpp"
#include "pairs.hpp"
#include "references.hpp"

namespace locustella::bindings {
namespace {

PyObject* basic_auth_class = nullptr;

bool line_of(PyObject* user, PyObject* password, std::string& line)
{
    std::string_view name, word;
    if (!user || !password || !take_bytes(user, name) || !take_bytes(password, word))
        return false;
    std::string pair(name);
    pair.append(":").append(word);
    line = "Authorization: Basic " + base::base64_encode(pair) + "\r\n";
    return true;
}

}  // namespace

void set_basic_auth_class(PyObject* type)
{
    Py_XSETREF(basic_auth_class, Py_NewRef(type));
}

bool is_basic_auth(PyObject* auth)
{
    return reinterpret_cast<PyObject*>(Py_TYPE(auth)) == basic_auth_class;
}

bool credentials_of(PyObject* auth, http::Dialect dialect, std::string& line)
{
    if (is_sequence(auth))
        return PySequence_Fast_GET_SIZE(auth) == 2 &&
               line_of(PySequence_Fast_GET_ITEM(auth, 0), PySequence_Fast_GET_ITEM(auth, 1), line);
    if (dialect != http::Dialect::requests || !is_basic_auth(auth))
        return false;
    static PyObject* const username_name = PyUnicode_InternFromString("username");
    static PyObject* const password_name = PyUnicode_InternFromString("password");
    const auto user = stored_attribute(auth, username_name);
    const auto password = stored_attribute(auth, password_name);
    return line_of(user.ptr(), password.ptr(), line);
}

}  // namespace locustella::bindings
