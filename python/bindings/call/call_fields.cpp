#include "call/call_fields.hpp"

#include <algorithm>

#include "http/header_block.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using http::FieldTemplate;

bool is_lower(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

constexpr std::string_view authorization = "Authorization";
constexpr std::string_view content_type = "Content-Type";

// The first to all requests, the others to JSON.
constexpr std::array<FieldTemplate::Field, 3> added_by_fast = {{
    {"Accept-Encoding", "gzip, deflate, br"},
    {content_type, "application/json"},
    {"Accept", "application/json"},
}};

}  // namespace

bool GivenFields::take(PyObject* dict, http::Dialect dialect)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (dict && PyDict_Next(dict, &at, &key, &value)) {
        std::string_view name;
        const bool text = PyUnicode_CheckExact(key) ? PyUnicode_IS_COMPACT_ASCII(key)
                                                    : dialect == http::Dialect::requests;
        if (!text || !take_bytes(key, name) || !take(name, value, dialect))
            return false;
    }
    return true;
}

bool GivenFields::take(std::string_view name, PyObject* value, http::Dialect dialect)
{
    const bool as_requests = dialect == http::Dialect::requests;
    if (value == Py_None && as_requests)
        return leave_out(name);
    if (!as_requests && !PyUnicode_CheckExact(value))
        return add_odd(name, value);
    std::string_view text;
    if (!take_bytes(value, text))  // requests refuses numbers, and has the words
        return false;
    empty_type_ |= text.empty() && http::equal_ignoring_case(name, content_type);
    return replace_same({name, text}, dialect) || add({name, text});
}

// str() of it, as it is for what holds nothing else.
bool GivenFields::add_odd(std::string_view name, PyObject* value)
{
    const bool plain = value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) ||
                       PyFloat_CheckExact(value) || PyBytes_CheckExact(value);
    const auto text = plain ? owned(PyObject_Repr(value)) : pybind11::object();
    const auto words = text ? utf8_of(text.ptr()) : std::nullopt;
    PyErr_Clear();  // more digits than Python writes
    if (!words)
        return false;
    empty_type_ |= PyObject_Not(value) == 1 && http::equal_ignoring_case(name, content_type);
    odd_.emplace_front(*words);
    return add({name, odd_.front()});
}

// Not those that Locust's FastHttpSession looks for: each spelling is another to it. Nor what was
// no text, which a response shows as it was given.
bool GivenFields::replace_same(const FieldTemplate::Field& field, http::Dialect dialect)
{
    const FieldTemplate::Field* const same = http::find_field(all(), field.first);
    if (!same)
        return false;
    if (dialect != http::Dialect::requests &&
        (!odd_.empty() || http::equal_ignoring_case(field.first, authorization) ||
         http::find_field(added_by_fast, field.first)))
        return false;
    fields_[static_cast<std::size_t>(same - fields_.data())] = field;
    return true;
}

bool GivenFields::add(const FieldTemplate::Field& field)
{
    const bool fits = count_ < fields_.size();
    if (fits)
        fields_[count_++] = field;
    names_host_ |= http::equal_ignoring_case(field.first, "host");
    names_cookie_ |= http::equal_ignoring_case(field.first, "cookie");
    return fits;
}

bool GivenFields::leave_out(std::string_view name)
{
    const bool fits = left_out_count_ < left_out_.size();
    if (fits)
        left_out_[left_out_count_++] = name;
    return fits;
}

bool GivenFields::put_over(const http::FieldChanges& of_session)
{
    const auto own = fields_;
    const auto calls = std::span(own).first(count_);
    count_ = 0;
    for (const FieldTemplate::Field& field : of_session.given()) {
        const auto* const mine = http::find_field(calls, field.first);
        if (!leaves_out(field.first) && !add(mine ? *mine : field))
            return false;
    }
    for (const FieldTemplate::Field& field : calls)
        if (!http::find_field(of_session.given(), field.first) && !add(field))
            return false;
    for (const std::string_view name : of_session.left_out())
        if (names(name) || !leave_out(name))
            return false;
    return true;
}

bool GivenFields::leaves_out(std::string_view name) const
{
    return http::names_one(left_out(), name);
}

std::string_view GivenFields::host() const
{
    const auto* const found = http::find_field(all(), "host");
    return found ? found->second : std::string_view{};
}

bool GivenFields::names(std::string_view name) const
{
    return http::find_field(all(), name) != nullptr;
}

bool GivenFields::read_as_fast(bool has_body, bool json, std::string_view login)
{
    if (empty_type_ && has_body)
        return false;
    for (FieldTemplate::Field& field : std::span(fields_).first(count_)) {
        const auto put = [&](const FieldTemplate::Field& ours) {
            const bool was_text = odd_.empty();  // a response shows what was none as it was given
            field = ours;
            return was_text;
        };
        if (!login.empty() && http::equal_ignoring_case(field.first, authorization)) {
            const auto value = login.substr(authorization.size() + 2);
            if (!put({authorization, value.substr(0, value.size() - 2)}))
                return false;
        }
        for (const auto& ours : added_by_fast)
            if ((json || &ours == &added_by_fast.front()) &&
                http::equal_ignoring_case(field.first, ours.first) && field.first != ours.first &&
                !is_lower(field.first) && !put(ours))
                return false;
    }
    return true;
}

}  // namespace locustella::bindings
