#include "http/field_template.hpp"

#include <algorithm>

#include "http/field_gate.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using Field = FieldTemplate::Field;

constexpr std::string_view authorization = "authorization";

// Of blanks Latin-1 has two more.
bool begins_with_blank(std::string_view text)
{
    const auto is_blank = [](char c) {
        return c == ' ' || c == '\t' || c == '\x85' || c == '\xa0';
    };
    return !text.empty() && is_blank(text.front());
}

bool is_plain_value(std::string_view text, bool takes_blanks)
{
    return (takes_blanks || !begins_with_blank(text)) &&
           std::none_of(text.begin(), text.end(), [](char c) {
               return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
           });
}

bool frames(std::string_view name)
{
    for (const std::string_view special : {"content-length", "transfer-encoding", "expect"})
        if (equal_ignoring_case(name, special))
            return true;
    return false;
}

bool routes(std::string_view name)
{
    return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "cookie");
}

std::string_view name_of(std::string_view line)
{
    return line.substr(0, line.find(':'));
}

bool is_fallback(FieldTemplate::Part part)
{
    return part == FieldTemplate::Part::fallback || part == FieldTemplate::Part::body_type;
}

void append(std::string& out, const Field& field)
{
    out.append(field.first).append(": ").append(field.second).append("\r\n");
}

}  // namespace

const Field* find_field(std::span<const Field> fields, std::string_view name)
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
    return found == fields.end() ? nullptr : &*found;
}

bool names_one(std::span<const std::string_view> names, std::string_view name)
{
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view one) { return equal_ignoring_case(one, name); });
}

void FieldTemplate::add(Part part, std::string text)
{
    if (part == Part::settled) {
        settled_.push_back(std::move(text));
        return;
    }
    const std::string_view name = name_of(text);
    if (part == Part::standard)
        for (Segment& other : segments_)
            other.gives_way |=
                is_fallback(other.part) && equal_ignoring_case(name_of(other.text), name);
    const bool gives_way = (part == Part::standard || is_fallback(part)) && has_place_for(name);
    segments_.push_back({part, std::move(text), gives_way});
}

bool FieldTemplate::settles(std::string_view name) const
{
    return std::any_of(settled_.begin(), settled_.end(), [&](std::string_view settled) {
        return equal_ignoring_case(settled, name);
    });
}

bool FieldTemplate::takes(const Filling& filling)
{
    const auto given = filling.given;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto& [name, value] = given[i];
        const bool framed = frames(name) || (routes(name) && !filling.takes_routing);
        if (!is_token(name) || !is_plain_value(value, filling.takes_blanks) || framed ||
            find_field(given.first(i), name) || names_one(filling.left_out, name))
            return false;
    }
    return true;
}

bool FieldTemplate::has_place_for(std::string_view name) const
{
    return std::any_of(segments_.begin(), segments_.end(), [&](const Segment& other) {
        return other.part == Part::standard && equal_ignoring_case(name_of(other.text), name);
    });
}

std::optional<std::size_t> FieldTemplate::compose(const Filling& filling, std::string& out) const
{
    if (!takes(filling))
        return std::nullopt;
    out.clear();
    std::optional<std::size_t> cookie_at;
    for (const auto& [part, text, gives_way] : segments_) {
        const bool has_name = part == Part::standard || part == Part::fixed || part == Part::host ||
                              is_fallback(part);
        const Field* same = has_name ? find_field(filling.given, name_of(text)) : nullptr;
        const bool goes_out =
            !same && (!gives_way || names_one(filling.left_out, name_of(text)));  // as a fallback
        switch (part) {
        case Part::standard:
            if (!filling.credentials.empty() && equal_ignoring_case(name_of(text), authorization))
                return std::nullopt;
            if (same && gives_way)
                break;
            if (same)
                append(out, *same);
            else if (!names_one(filling.left_out, name_of(text)))
                out.append(text);
            break;
        case Part::given:
            for (const Field& field : filling.given)
                if (!has_place_for(field.first))
                    append(out, field);
            break;
        case Part::cookie: cookie_at = out.size(); break;
        case Part::length:
            out.append(text).append(std::to_string(filling.body_size)).append("\r\n");
            break;
        case Part::body_type:
            if (goes_out)
                out.append(text).append(filling.body_type).append("\r\n");
            break;
        case Part::fallback: out.append(goes_out ? text : std::string_view{}); break;
        case Part::fixed:
            if (same)
                return std::nullopt;
            out.append(text);
            break;
        case Part::host:
            out.append(same ? std::string_view{} : filling.host.empty() ? text : filling.host);
            break;
        case Part::credentials:
            if (filling.has_login)
                break;
            if (const auto line = filling.credentials.empty() ? text : filling.credentials;
                !line.empty()) {
                if (find_field(filling.given, authorization))
                    return std::nullopt;
                out.append(line);
            }
            break;
        case Part::settled: break;  // kept apart
        }
    }
    return cookie_at.value_or(out.size());
}

}  // namespace locustella::http
