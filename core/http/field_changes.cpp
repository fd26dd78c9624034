#include "http/field_changes.hpp"

#include <algorithm>
#include <cstddef>

#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using Field = FieldTemplate::Field;

std::vector<Field> fields_of(std::string_view lines)
{
    std::vector<Field> fields;
    for (const auto& field : HeaderBlock(lines))
        fields.push_back(field);
    return fields;
}

std::size_t total_size(std::span<const Field> given, std::span<const std::string_view> left_out)
{
    std::size_t size = 0;
    for (const auto& [name, value] : given)
        size += name.size() + value.size();
    for (const auto name : left_out)
        size += name.size();
    return size;
}

}  // namespace

bool FieldChanges::find(std::string_view before, std::span<const Field> now)
{
    const std::vector<Field> old = fields_of(before);
    std::vector<Field> given;
    std::vector<std::string_view> left_out;
    std::size_t at = 0;  // up to here the old ones have been looked at
    const auto leave_out_until = [&](std::size_t end) {
        for (; at < end; ++at)
            left_out.push_back(old[at].first);
    };
    for (const Field& field : now) {
        const auto same = std::find_if(old.begin(), old.end(), [&](const Field& one) {
            return equal_ignoring_case(one.first, field.first);
        });
        const auto place = static_cast<std::size_t>(same - old.begin());
        if (same != old.end() && place < at)
            return false;
        leave_out_until(place);  // of a new one: all that are left
        at += same != old.end();
        if (same == old.end() || *same != field)
            given.push_back(field);
    }
    leave_out_until(old.size());

    std::vector<char> text;
    text.reserve(total_size(given, left_out));  // so that no view moves
    const auto keep = [&](std::string_view& view) {
        const std::size_t begin = text.size();
        text.insert(text.end(), view.begin(), view.end());
        view = {text.data() + begin, view.size()};
    };
    for (auto& [name, value] : given) {
        keep(name);
        keep(value);
    }
    for (auto& name : left_out)
        keep(name);
    text_ = std::move(text);
    given_ = std::move(given);
    left_out_ = std::move(left_out);
    return true;
}

}  // namespace locustella::http
