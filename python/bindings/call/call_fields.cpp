#include "call/call_fields.hpp"

#include <algorithm>
#include <charconv>

#include "http/header_block.hpp"

namespace locustella::bindings {
namespace {

using http::FieldTemplate;

bool is_lower(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

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
    if (value == Py_None)
        return leave_out(name);
    if (PyLong_CheckExact(value))  // requests refuses it, and has the words
        return dialect != http::Dialect::requests && add_number(name, value);
    if (PyBytes_CheckExact(value) && dialect != http::Dialect::requests)
        return false;
    std::string_view text;
    return take_bytes(value, text) && add({name, text});
}

bool GivenFields::add_number(std::string_view name, PyObject* value)
{
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow || numbers_count_ == numbers_.size())
        return false;
    auto& text = numbers_[numbers_count_++];
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return add({name, {text.data(), static_cast<std::size_t>(end - text.data())}});
}

bool GivenFields::add(const FieldTemplate::Field& field)
{
    const bool fits = count_ < fields_.size();
    if (fits)
        fields_[count_++] = field;
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
    const auto same = [](std::span<const FieldTemplate::Field> fields, std::string_view name) {
        return std::find_if(fields.begin(), fields.end(), [&](const FieldTemplate::Field& field) {
            return http::equal_ignoring_case(field.first, name);
        });
    };
    const auto not_wanted = [&](std::string_view name) {
        return std::any_of(left_out().begin(), left_out().end(), [&](std::string_view one) {
            return http::equal_ignoring_case(one, name);
        });
    };
    count_ = 0;
    for (const FieldTemplate::Field& field : of_session.given()) {
        const auto mine = same(calls, field.first);
        if (!not_wanted(field.first) && !add(mine == calls.end() ? field : *mine))
            return false;
    }
    for (const FieldTemplate::Field& field : calls)
        if (same(of_session.given(), field.first) == of_session.given().end() && !add(field))
            return false;
    for (const std::string_view name : of_session.left_out())
        if (names(name) || !leave_out(name))
            return false;
    return true;
}

bool GivenFields::names(std::string_view name) const
{
    return std::any_of(all().begin(), all().end(), [&](const FieldTemplate::Field& field) {
        return http::equal_ignoring_case(field.first, name);
    });
}

bool GivenFields::puzzles_geventhttpclient() const
{
    const auto puzzles = [](const FieldTemplate::Field& field) {
        for (const std::string_view usual : {"Accept-Encoding", "Content-Type", "Accept"})
            if (http::equal_ignoring_case(field.first, usual))
                return (field.first != usual && !is_lower(field.first)) || field.second.empty();
        return false;
    };
    return left_out_count_ > 0 || std::any_of(all().begin(), all().end(), puzzles);
}

}  // namespace locustella::bindings
