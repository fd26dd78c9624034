#include "body/body_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <string_view>

#include "http/url_quoting.hpp"
#include "pairs.hpp"
#include "plain_dict.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

constexpr int deepest = 100;
constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view upper_hex = "0123456789ABCDEF";

bool append_value(std::string& out, PyObject* value, int depth);

void append_unit(std::string& out, unsigned unit)
{
    const char text[] = {
        '\\', 'u', hex[unit >> 12], hex[(unit >> 8) & 15], hex[(unit >> 4) & 15], hex[unit & 15]};
    out.append(text, sizeof text);
}

void append_escaped(std::string& out, Py_UCS4 c)
{
    switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    case '\f': out.append("\\f"); return;
    case '\b': out.append("\\b"); return;
    default: break;
    }
    if (c < 0x10000)
        return append_unit(out, c);
    append_unit(out, 0xd800 + ((c - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

void append_string(std::string& out, PyObject* text)
{
    const int kind = PyUnicode_KIND(text);
    const void* const data = PyUnicode_DATA(text);
    const Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    out.push_back('"');
    for (Py_ssize_t i = 0; i < size; ++i) {
        const Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
            out.push_back(static_cast<char>(c));
        else
            append_escaped(out, c);
    }
    out.push_back('"');
}

// Of more digits than a machine has. False: of more than Python writes.
bool append_long(std::string& out, PyObject* value)
{
    const auto text = owned(PyLong_Type.tp_repr(value));
    const auto digits = text ? utf8_of(text.ptr()) : std::nullopt;
    PyErr_Clear();
    out.append(digits.value_or(""));
    return digits.has_value();
}

bool append_int(std::string& out, PyObject* value)
{
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow)
        return append_long(out, value);
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    out.append(text.data(), end);
    return true;
}

// As repr() has it. Empty where there is no memory.
std::string float_text(double number)
{
    const std::unique_ptr<char, decltype(&PyMem_Free)> text(
        PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr), PyMem_Free);
    PyErr_Clear();
    return text ? text.get() : std::string{};
}

bool append_float(std::string& out, PyObject* value)
{
    const double number = PyFloat_AS_DOUBLE(value);
    const std::string text = std::isfinite(number) ? float_text(number) : std::string{};
    out.append(text);
    return !text.empty();
}

bool append_array(std::string& out, PyObject* const* items, Py_ssize_t size, int depth)
{
    out.push_back('[');
    for (Py_ssize_t i = 0; i < size; ++i) {
        if (i > 0)
            out.append(", ");
        if (!append_value(out, items[i], depth))
            return false;
    }
    out.push_back(']');
    return true;
}

bool append_constant(std::string& out, PyObject* value)
{
    const char* const text = value == Py_True    ? "true"
                             : value == Py_False ? "false"
                             : value == Py_None  ? "null"
                                                 : "";
    out.append(text);
    return *text != '\0';
}

// As the json module writes them: what is no text becomes some.
bool append_key(std::string& out, PyObject* key)
{
    if (PyUnicode_Check(key)) {
        append_string(out, key);
        return true;
    }
    out.push_back('"');
    const bool written = PyFloat_CheckExact(key)  ? append_float(out, key)
                         : PyLong_CheckExact(key) ? append_int(out, key)
                                                  : append_constant(out, key);
    out.push_back('"');
    return written;
}

bool append_object(std::string& out, PyObject* dict, int depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    bool first = true;
    out.push_back('{');
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (!first)
            out.append(", ");
        first = false;
        if (!append_key(out, key))
            return false;
        out.append(": ");
        if (!append_value(out, value, depth))
            return false;
    }
    out.push_back('}');
    return true;
}

bool append_value(std::string& out, PyObject* value, int depth)
{
    if (depth == 0)
        return false;
    if (PyUnicode_Check(value)) {  // also a member of an enumeration of texts
        append_string(out, value);
        return true;
    }
    if (PyBool_Check(value) || value == Py_None)
        return append_constant(out, value);
    if (PyLong_Check(value))
        return append_int(out, value);
    if (PyFloat_CheckExact(value))
        return append_float(out, value);
    if (PyDict_CheckExact(value))
        return append_object(out, value, depth - 1);
    if (const auto plain = as_plain_dict(value))
        return append_object(out, plain.ptr(), depth - 1);
    if (is_sequence(value))
        return append_array(out, PySequence_Fast_ITEMS(value), PySequence_Fast_GET_SIZE(value),
                            depth - 1);
    return false;
}

// urllib.parse.quote_plus: a blank becomes "+".
void append_quoted(std::string& out, std::string_view text)
{
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (http::unreserved.has(c))
            out.push_back(c);
        else if (c == ' ')
            out.push_back('+');
        else
            out.append({'%', upper_hex[byte >> 4], upper_hex[byte & 15]});
    }
}

bool is_container(PyObject* value)
{
    return is_sequence(value) || PyDict_CheckExact(value);
}

// Whether str() of it runs no code of somebody's own.
bool is_plain(PyObject* value, int depth)
{
    if (!is_container(value))
        return PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) ||
               PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyBool_Check(value) ||
               value == Py_None;
    if (depth == 0)
        return false;
    if (PyDict_CheckExact(value))
        return each_pair(value, [&](PyObject* key, PyObject* of_key) {
            return is_plain(key, depth - 1) && is_plain(of_key, depth - 1);
        });
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); ++i)
        if (!is_plain(PySequence_Fast_GET_ITEM(value, i), depth - 1))
            return false;
    return true;
}

// Of a value whose str() runs no code of somebody's own.
bool append_quoted_str(std::string& out, PyObject* value)
{
    const auto keeps = pybind11::reinterpret_borrow<pybind11::object>(value);
    const auto text = owned(PyObject_Str(value));
    const auto bytes = text ? utf8_of(text.ptr()) : std::nullopt;
    PyErr_Clear();  // more digits than Python writes
    if (bytes)
        append_quoted(out, *bytes);
    return bytes.has_value();
}

// Of the standard library's values that people put into forms: str() of one runs no code of
// somebody's own.
bool is_of_library(PyObject* value)
{
    static constexpr std::array<std::string_view, 5> built_in = {
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta",
        "decimal.Decimal"};
    const std::string_view name = Py_TYPE(value)->tp_name;
    return std::ranges::find(built_in, name) != built_in.end() ||
           (name == "UUID" && is_from(Py_TYPE(value), "uuid")) ||
           (name == "Decimal" && is_from(Py_TYPE(value), "decimal"));
}

// str() of an exact int, float, bool or None, or of a value of the standard library's; nothing for
// any other value.
bool append_str_of(std::string& out, PyObject* value)
{
    if (value == Py_True || value == Py_False || value == Py_None) {
        out.append(value == Py_True ? "True" : value == Py_False ? "False" : "None");
        return true;
    }
    if (PyLong_CheckExact(value))
        return append_int(out, value);
    if (!PyFloat_CheckExact(value))
        return is_of_library(value) && append_quoted_str(out, value);
    const std::string text = float_text(PyFloat_AS_DOUBLE(value));
    append_quoted(out, text);  // the plus of an exponent
    return !text.empty();
}

bool append_field_text(std::string& out, PyObject* value)
{
    if (PyBytes_CheckExact(value)) {
        append_quoted(out, bytes_in(value));
        return true;
    }
    if (is_container(value))
        return is_plain(value, deepest) && append_quoted_str(out, value);
    if (!PyUnicode_Check(value))  // also a member of an enumeration of texts: what it is of
        return append_str_of(out, value);
    const auto text = utf8_of(value);
    if (text)
        append_quoted(out, *text);
    return text.has_value();
}

// Writes pairs behind what `out` has had at first.
class FormWriter {
public:
    FormWriter(std::string& out, Pairs pairs) : out_(out), pairs_(pairs), begin_(out.size()) {}

    bool add(PyObject* key, PyObject* value)
    {
        if (pairs_ == Pairs::single)
            return add_one(key, value);
        return each_value(value,
                          [&](PyObject* one) { return !is_container(one) && add_one(key, one); });
    }

private:
    bool add_one(PyObject* key, PyObject* value)
    {
        if (out_.size() > begin_)
            out_.push_back('&');
        if (!append_field_text(out_, key))
            return false;
        out_.push_back('=');
        return append_field_text(out_, value);
    }

    std::string& out_;
    Pairs pairs_;
    std::size_t begin_;
};

}  // namespace

bool append_json(std::string& out, PyObject* value)
{
    return append_value(out, value, deepest);
}

bool append_form(std::string& out, PyObject* fields, Pairs pairs)
{
    FormWriter form(out, pairs);
    return each_pair(fields, [&](PyObject* key, PyObject* value) { return form.add(key, value); });
}

bool append_plain_text(std::string& out, PyObject* value)
{
    if (PyBytes_CheckExact(value)) {
        out.append(bytes_in(value));
        return true;
    }
    if (PyFloat_CheckExact(value)) {
        const std::string text = float_text(PyFloat_AS_DOUBLE(value));
        out.append(text);
        return !text.empty();
    }
    if (!PyUnicode_CheckExact(value))
        return append_str_of(out, value);
    const auto text = utf8_of(value);
    if (text)
        out.append(*text);
    return text.has_value();
}

bool append_merged_form(std::string& out, PyObject* dict, PyObject* over)
{
    FormWriter form(out, Pairs::spread);
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
        if (!PyUnicode_CheckExact(key))
            return false;
        PyObject* const newer = PyDict_GetItemWithError(over, key);
        if (!form.add(key, newer ? newer : value))
            return false;
    }
    for (Py_ssize_t at = 0; PyDict_Next(over, &at, &key, &value);)
        if (!PyUnicode_CheckExact(key) ||
            (!PyDict_GetItemWithError(dict, key) && !form.add(key, value)))
            return false;
    return true;
}

}  // namespace locustella::bindings
