#include "call/call_fields.hpp"

#include <algorithm>

#include "http/header_block.hpp"

namespace locustella::bindings {
namespace {

using http::FieldTemplate;

bool is_lower(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

bool GivenFields::take(PyObject* dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (dict && PyDict_Next(dict, &at, &key, &value)) {
        const bool ascii = PyUnicode_CheckExact(key) && PyUnicode_IS_COMPACT_ASCII(key);
        if (!ascii || !take(latin1_of(key), value))
            return false;
    }
    return true;
}

bool GivenFields::take(std::string_view name, PyObject* value)
{
    if (value == Py_None && left_out_count_ < left_out_.size())
        left_out_[left_out_count_++] = name;
    else if (is_latin1(value) && count_ < fields_.size())
        fields_[count_++] = {name, latin1_of(value)};
    else
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
