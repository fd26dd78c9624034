// An open file as the body of a request: `data=open("large.csv", "rb")`.
//
//   BodyFile file;
//   switch (file.look(call.data, dialect)) ...  // refused: Python has the rules or the words
//   file.in_chunks()                            // nobody says a length: the chunked coding
//   switch (file.read(request.body)) ...        // once nothing else can be refused
//
// How long a body is, and how it goes out, as requests' super_len() and geventhttpclient's
// _get_body_length() have it:
//
//   file                       requests                        geventhttpclient
//   -------------------------  ------------------------------  -----------------------------------
//   open(..., "rb")            from where it stands to its     the file's size, all of it; an empty
//                              end; none: in chunks            one: Python's
//   io.BytesIO, io.StringIO    the same                        in chunks of 4,096; one that is not
//                                                              at its beginning: Python's
//   open(...), a text          Python's: it warns              Python's
//
// One that does not hold as much as it says, or more than a megabyte, is Python's, and stands where
// it stood. So is one with attributes of its own.
//
// Thread: the hub's, with the GIL held. Reading a file may run Python code.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <pybind11/pybind11.h>
#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "http/dialect.hpp"

namespace locustella::bindings {

// refused: the file stands where it stood. error: a Python error is set.
enum class FileRead : std::uint8_t { done, refused, error };

class BodyFile {
public:
    // Of the classes that is_file() knows (call_files.hpp). Reads nothing. error: something was
    // thrown into the greenlet meanwhile.
    FileRead look(PyObject* file, http::Dialect dialect);
    bool in_chunks() const { return in_chunks_; }
    FileRead read(std::string& body);

private:
    bool look_at_size();
    bool choose(http::Dialect dialect);
    FileRead read_block(Py_ssize_t most, std::string& block);
    FileRead read_chunks(std::string& body);
    FileRead put_back();

    pybind11::object file_;
    Py_ssize_t position_ = 0;
    Py_ssize_t size_ = 0;       // of all of it: bytes, or characters
    std::size_t expected_ = 0;  // that are still to come
    Py_ssize_t block_ = 0;      // of a chunk
    bool in_memory_ = false;
    bool in_chunks_ = false;
};

}  // namespace locustella::bindings
