// The header fields that a call gives: a dict of text, bytes or numbers, with None for a usual one
// that is to be left out.
//
//   GivenFields given;
//   if (given.take(headers, dialect))
//       form->compose({.given = given.all(), .left_out = given.left_out()}, request.fields);
//
// The views are of the dict's own texts, which outlive the call, or of this object. Taken are ASCII
// names and Latin-1 values, which go out as http.client encodes them; no more than fits here. Of a
// name that is there in two spellings the last counts, in the place of the first.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <array>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>

#include "http/dialect.hpp"
#include "http/field_changes.hpp"
#include "http/field_template.hpp"

namespace locustella::bindings {

// Text whose characters are bytes.
inline bool is_latin1(PyObject* value)
{
    return PyUnicode_CheckExact(value) && PyUnicode_KIND(value) == PyUnicode_1BYTE_KIND;
}

inline std::string_view latin1_of(PyObject* text)
{
    return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
}

// Such text, or bytes. The view is of the object's.
inline bool take_bytes(PyObject* value, std::string_view& into)
{
    if (PyBytes_CheckExact(value))
        into = {PyBytes_AS_STRING(value), static_cast<std::size_t>(PyBytes_GET_SIZE(value))};
    else if (is_latin1(value))
        into = latin1_of(value);
    else
        return false;
    return true;
}

class GivenFields {
public:
    // False when there is anything but text and bytes, or what has no items (geventhttpclient), or
    // too much of it. nullptr: there is nothing.
    bool take(PyObject* dict, http::Dialect dialect);

    // Under them, what the session says beyond its templates: the call's own stand in its fields'
    // places. False: not in words of a template, or too much.
    bool put_over(const http::FieldChanges& of_session);

    std::span<const http::FieldTemplate::Field> all() const { return {fields_.data(), count_}; }
    std::span<const std::string_view> left_out() const
    {
        return {left_out_.data(), left_out_count_};
    }
    bool names(std::string_view name) const;
    bool leaves_out(std::string_view name) const;
    bool names_host() const { return names_host_; }
    std::string_view host() const;  // what the Host says
    bool names_cookie() const { return names_cookie_; }

    // Locust's FastHttpSession looks for some fields in two spellings only, and adds its own, which
    // then stands in the place of the caller's; so does a login, a line or nothing. False where a
    // body is typed by a Content-Type that is nothing, or an odd value would be replaced.
    bool read_as_fast(bool has_body, bool json, std::string_view login);

private:
    bool take(std::string_view name, PyObject* value, http::Dialect dialect);
    bool add_odd(std::string_view name, PyObject* value);
    bool add(const http::FieldTemplate::Field& field);
    bool replace_same(const http::FieldTemplate::Field& field, http::Dialect dialect);
    bool leave_out(std::string_view name);

    std::array<http::FieldTemplate::Field, 24> fields_;
    std::array<std::string_view, 8> left_out_;
    std::size_t count_ = 0;
    std::size_t left_out_count_ = 0;
    std::forward_list<std::string> odd_;  // what was no text, in geventhttpclient's words
    bool empty_type_ = false;             // a Content-Type that Python takes for nothing
    bool names_host_ = false;
    bool names_cookie_ = false;
};

}  // namespace locustella::bindings
