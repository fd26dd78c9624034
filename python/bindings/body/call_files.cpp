#include "body/call_files.hpp"

#include <string_view>

#include "body/body_text.hpp"
#include "http/multipart.hpp"
#include "pairs.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

PyObject* file_classes = nullptr;

bool take_text(PyObject* value, std::string& into)
{
    const auto text = PyUnicode_CheckExact(value) ? utf8_of(value) : std::nullopt;
    if (text)
        into.assign(*text);
    return text.has_value();
}

bool take_optional(PyObject* value, std::optional<std::string>& into)
{
    return value == Py_None || take_text(value, into.emplace());
}

// The last part of the path that an open file says it has, which may be none. False: no text.
bool guess_filename(PyObject* content, std::string& into)
{
    if (!is_file(content))
        return true;
    const auto name = owned(PyObject_GetAttrString(content, "name"));
    PyErr_Clear();
    if (!name || PyLong_Check(name.ptr()))  // of none, or a descriptor
        return true;
    if (!take_text(name.ptr(), into))
        return name.is_none();
    if (into.empty() || into.front() == '<' || into.back() == '>')
        into.clear();
    else
        into.erase(0, into.rfind('/') + 1);
    return true;
}

bool take_fields(PyObject* dict, std::vector<std::pair<std::string, std::string>>& into)
{
    if (dict == Py_None)
        return true;
    if (!PyDict_CheckExact(dict))
        return false;
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
        auto& [name, text] = into.emplace_back();
        if (!take_text(key, name) || !take_text(value, text))
            return false;
    }
    return true;
}

// Text as UTF-8; lives as long as the object. Nothing, with an error set in the words of Python,
// for what no body can hold.
std::optional<std::string_view> bytes_of_content(PyObject* content)
{
    if (PyBytes_Check(content))
        return bytes_in(content);
    if (!PyUnicode_Check(content)) {
        PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%s'",
                     Py_TYPE(content)->tp_name);
        return std::nullopt;
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(content, &size);
    if (!text)
        return std::nullopt;
    return std::string_view(text, static_cast<std::size_t>(size));
}

// As both clients choose one; empty with an error set. `os.urandom` may be somebody's own.
std::string random_boundary()
{
    const auto os = owned(PyImport_ImportModule("os"));
    const auto random = owned(os ? PyObject_CallMethod(os.ptr(), "urandom", "i", 16) : nullptr);
    if (!random)
        return {};
    if (PyBytes_Check(random.ptr()) && PyBytes_GET_SIZE(random.ptr()) > 0)
        return http::boundary_of(bytes_in(random.ptr()));
    PyErr_SetString(PyExc_TypeError, "os.urandom() has given no bytes");
    return {};
}

}  // namespace

void set_file_classes(PyObject* classes)
{
    Py_XSETREF(file_classes, Py_NewRef(classes));
}

bool is_file(PyObject* value)
{
    for (Py_ssize_t i = 0; file_classes && i < PyTuple_GET_SIZE(file_classes); ++i)
        if (PyTuple_GET_ITEM(file_classes, i) == reinterpret_cast<PyObject*>(Py_TYPE(value)))
            return true;
    return false;
}

bool CallFiles::take_field(PyObject* name, PyObject* value)
{
    std::string text;
    if (!take_text(name, text))
        return false;
    return each_value(value, [&](PyObject* one) {
        Field& field = fields_.emplace_back();
        field.name = text;
        return append_plain_text(field.value, one);
    });
}

bool CallFiles::take_described(PyObject* const* items, Py_ssize_t size, File& file)
{
    if (size < 2 || size > 4)
        return false;
    file.content = borrowed(items[1]);
    return take_optional(items[0], file.filename) &&
           (size < 3 || take_optional(items[2], file.type)) &&
           (size < 4 || take_fields(items[3], file.more));
}

bool CallFiles::take_file(PyObject* name, PyObject* value)
{
    File file;
    if (!take_text(name, file.name))
        return false;
    if (is_sequence(value)) {
        if (!take_described(PySequence_Fast_ITEMS(value), PySequence_Fast_GET_SIZE(value), file))
            return false;
    } else {
        file.content = borrowed(value);
        if (!guess_filename(value, file.filename.emplace()))
            return false;
        if (file.filename->empty())
            file.filename = file.name;
    }
    PyObject* const content = file.content.ptr();
    if (content == Py_None)  // is left out
        return true;
    const bool plain = PyBytes_CheckExact(content) || is_file(content) ||
                       (PyUnicode_CheckExact(content) && utf8_of(content));
    files_.push_back(std::move(file));
    return plain;
}

bool CallFiles::take(PyObject* files, PyObject* data)
{
    return (!data || each_pair(data, [&](PyObject* name,
                                         PyObject* value) { return take_field(name, value); })) &&
           each_pair(files,
                     [&](PyObject* name, PyObject* value) { return take_file(name, value); });
}

bool CallFiles::encode(http::Dialect dialect, std::string& body, std::string& content_type) const
{
    body.clear();
    std::vector<py::object> contents;  // requests reads all files before it chooses a boundary
    for (const File& file : files_) {
        PyObject* const content = file.content.ptr();
        contents.push_back(is_file(content) ? owned(PyObject_CallMethod(content, "read", nullptr))
                                            : file.content);
        if (!contents.back())
            return false;
    }
    const std::string boundary = random_boundary();
    if (boundary.empty())
        return false;
    http::MultipartForm form(dialect, boundary, body);
    for (const Field& field : fields_)
        form.add_field(field.name, field.value);
    for (std::size_t i = 0; i < files_.size(); ++i) {
        const File& file = files_[i];
        const auto content = bytes_of_content(contents[i].ptr());
        if (!content)
            return false;
        form.add_file({file.name, file.filename, file.type, file.more}, *content);
    }
    form.finish();
    content_type = form.content_type();
    return true;
}

}  // namespace locustella::bindings
