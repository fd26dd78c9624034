#include "route/said.hpp"

#include <sys/stat.h>

#include "call/plain_call.hpp"
#include "http/proxy_choice.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

bool is_there(const char* path)
{
    struct stat found = {};
    return ::stat(path, &found) == 0;
}

bool are_texts(PyObject* proxies)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; proxies && PyDict_Next(proxies, &at, &key, &value);)
        if (!PyUnicode_CheckExact(key) || (value != Py_None && !PyUnicode_CheckExact(value)))
            return false;
    return true;
}

}  // namespace

bool files_of_session_are_there(const net::TlsConfig& tls)
{
    return (tls.certificate.empty() || is_there(tls.certificate.c_str())) &&
           (tls.key.empty() || is_there(tls.key.c_str()));
}

bool Said::read(const PlainCall& call, PyObject* of_session, std::string_view place)
{
    text_.append(place);
    return add_verify(call.verify) && add_cert(call.cert) && are_texts(call.proxies) &&
           are_texts(of_session) &&
           (place.empty()
                ? add_proxies(call.proxies, of_session)
                : add_each("\nof call ", call.proxies) && add_each("\nof session ", of_session));
}

bool Said::files_are_there(bool tls) const
{
    return (!tls || !bundle_ || is_there(bundle_)) && (!certificate_ || is_there(certificate_)) &&
           (!key_ || is_there(key_));
}

py::object Said::proxies() const
{
    auto dict = owned(PyDict_New());
    for (const auto& [key, value] : proxies_)
        if (!dict || PyDict_SetItem(dict.ptr(), key, value) < 0)
            return {};
    return dict;
}

// Its UTF-8, which lives as long as the object; nullptr for none, and for one with a NUL.
const char* Said::add_text(PyObject* value)
{
    const auto text = utf8_of(value);
    if (!text || text->find('\0') != std::string_view::npos)
        return nullptr;
    text_.append(*text).push_back('\0');
    return text->data();
}

bool Said::add_verify(PyObject* verify)
{
    if (!verify)
        return true;
    text_.append(verify == Py_True ? "verified" : verify == Py_False ? "unverified" : "by ");
    return PyBool_Check(verify) || (bundle_ = add_text(verify)) != nullptr;
}

bool Said::add_cert(PyObject* cert)
{
    if (!cert)
        return true;
    text_.append("\ncert ");
    const bool pair = PyTuple_CheckExact(cert);
    certificate_ = add_text(pair ? PyTuple_GET_ITEM(cert, 0) : cert);
    if (!certificate_ || !pair || PyTuple_GET_ITEM(cert, 1) == Py_None)
        return certificate_ != nullptr;
    text_.append("key ");
    return (key_ = add_text(PyTuple_GET_ITEM(cert, 1))) != nullptr;
}

bool Said::add_each(const char* whose, PyObject* proxies)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; proxies && PyDict_Next(proxies, &at, &key, &value);) {
        text_.append(whose);
        if (!add_text(key) || !(value == Py_None || (text_.append("= "), add_text(value))))
            return false;
    }
    return true;
}

// requests' merge_setting(): the call's go over the session's, and None takes one away.
bool Said::add_proxies(PyObject* of_call, PyObject* of_session)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; of_session && PyDict_Next(of_session, &at, &key, &value);) {
        const int replaced = of_call ? PyDict_Contains(of_call, key) : 0;
        if (replaced < 0 || (!replaced && !add_proxy(key, value)))
            return false;
    }
    for (Py_ssize_t at = 0; of_call && PyDict_Next(of_call, &at, &key, &value);)
        if (!add_proxy(key, value))
            return false;
    return true;
}

bool Said::add_proxy(PyObject* key, PyObject* value)
{
    const auto name = utf8_of(key);
    if (!name)
        return false;
    if (value == Py_None || !http::may_name_proxy(*name))
        return true;
    text_.append("\nproxy ");
    proxies_.emplace_back(key, value);
    return add_text(key) && add_text(value);
}

}  // namespace locustella::bindings
