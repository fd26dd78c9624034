#include "body/body_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "http/request_text.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

// More of a file goes out piece by piece.
constexpr Py_ssize_t most_in_memory = 1 << 20;

constexpr Py_ssize_t block_of_urllib3 = 16384;
constexpr Py_ssize_t block_of_geventhttpclient = 4096;

std::string_view class_of(PyObject* file)
{
    return Py_TYPE(file)->tp_name;
}

bool has_attributes_of_its_own(PyObject* file)
{
    PyObject** const dict = _PyObject_GetDictPtr(file);
    return dict && *dict && PyDict_GET_SIZE(*dict) > 0;
}

// What a file cannot do is no error of the call's; a greenlet's end and a gevent.Timeout, which may
// come while the file's own code waits, are.
void clear_exception()
{
    if (PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear();
}

// Of a method that returns a number; -1 where it does not.
Py_ssize_t number_of(PyObject* file, const char* method)
{
    const auto number = owned(PyObject_CallMethod(file, method, nullptr));
    const Py_ssize_t value = number ? PyLong_AsSsize_t(number.ptr()) : -1;
    if (PyErr_Occurred())
        clear_exception();
    return value;
}

bool seek(PyObject* file, Py_ssize_t to, int from)
{
    const auto done = owned(PyObject_CallMethod(file, "seek", "ni", to, from));
    if (!done)
        clear_exception();
    return static_cast<bool>(done);
}

FileRead refused_or_error()
{
    return PyErr_Occurred() ? FileRead::error : FileRead::refused;
}

// -1 for what is no plain file.
Py_ssize_t size_on_disk(PyObject* file)
{
    const Py_ssize_t descriptor = number_of(file, "fileno");
    struct stat found = {};
    const bool plain = descriptor >= 0 && ::fstat(static_cast<int>(descriptor), &found) == 0 &&
                       S_ISREG(found.st_mode);
    return plain ? static_cast<Py_ssize_t>(found.st_size) : -1;
}

}  // namespace

bool BodyFile::look_at_size()
{
    PyObject* const file = file_.ptr();
    position_ = number_of(file, "tell");
    if (position_ < 0)
        return false;
    if (!in_memory_)
        return (size_ = size_on_disk(file)) >= 0;
    if (!seek(file, 0, 2))
        return false;
    size_ = number_of(file, "tell");
    return size_ >= 0 && seek(file, position_, 0);
}

FileRead BodyFile::look(PyObject* file, http::Dialect dialect)
{
    const auto name = class_of(file);
    in_memory_ = name == "_io.BytesIO" || name == "_io.StringIO";
    if ((!in_memory_ && name != "_io.BufferedReader" && name != "_io.BufferedRandom") ||
        has_attributes_of_its_own(file))
        return FileRead::refused;
    file_ = borrowed(file);
    if (!look_at_size())
        return refused_or_error();
    return choose(dialect) ? FileRead::done : FileRead::refused;
}

bool BodyFile::choose(http::Dialect dialect)
{
    const Py_ssize_t left = std::max<Py_ssize_t>(size_ - position_, 0);
    if (dialect == http::Dialect::requests) {
        block_ = block_of_urllib3;
        in_chunks_ = left == 0;
        expected_ = static_cast<std::size_t>(left);
        return left <= most_in_memory;
    }
    block_ = block_of_geventhttpclient;
    in_chunks_ = in_memory_;
    expected_ = static_cast<std::size_t>(size_);
    // of one that stands elsewhere a redirect sends more than has gone out first
    return size_ <= most_in_memory && (in_chunks_ ? position_ == 0 : size_ > 0);
}

// Text as UTF-8.
FileRead BodyFile::read_block(Py_ssize_t most, std::string& block)
{
    const auto read = owned(PyObject_CallMethod(file_.ptr(), "read", "n", most));
    if (!read) {  // Python reads it once more, and has the words for it
        clear_exception();
        return put_back();
    }
    if (PyBytes_CheckExact(read.ptr())) {
        block.assign(bytes_in(read.ptr()));
        return FileRead::done;
    }
    Py_ssize_t size = 0;
    const char* text =
        PyUnicode_Check(read.ptr()) ? PyUnicode_AsUTF8AndSize(read.ptr(), &size) : nullptr;
    if (!text) {
        PyErr_Clear();
        return put_back();
    }
    block.assign(text, static_cast<std::size_t>(size));
    return FileRead::done;
}

FileRead BodyFile::put_back()
{
    seek(file_.ptr(), position_, 0);
    return refused_or_error();
}

FileRead BodyFile::read_chunks(std::string& body)
{
    std::string block;
    do {
        const FileRead read = read_block(block_, block);
        if (read != FileRead::done)
            return read;
        http::append_chunk(body, block);
    } while (!block.empty());
    body.append(http::last_chunk);
    return FileRead::done;
}

FileRead BodyFile::read(std::string& body)
{
    body.clear();
    if (in_chunks_)
        return read_chunks(body);
    const FileRead read = read_block(-1, body);
    return read == FileRead::done && body.size() != expected_ ? put_back() : read;
}

}  // namespace locustella::bindings
