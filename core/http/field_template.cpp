#include "http/field_template.hpp"

#include <algorithm>

#include "http/field_gate.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using Field = FieldTemplate::Field;

// requests refuses a value that begins with a blank; what is not ASCII has an encoding to be
// chosen.
bool is_plain_value(std::string_view text)
{
    const bool begins_well = text.empty() || (text.front() != ' ' && text.front() != '\t');
    return begins_well && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; });
}

bool frames_or_routes(std::string_view name)
{
    for (const std::string_view special :
         {"host", "cookie", "content-length", "transfer-encoding", "expect"})
        if (equal_ignoring_case(name, special))
            return true;
    return false;
}

std::string_view name_of(std::string_view line)
{
    return line.substr(0, line.find(':'));
}

const Field* find(std::span<const Field> fields, std::string_view name)
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
    return found == fields.end() ? nullptr : &*found;
}

void append(std::string& out, const Field& field)
{
    out.append(field.first).append(": ").append(field.second).append("\r\n");
}

}  // namespace

bool FieldTemplate::takes(std::span<const Field> given) const
{
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto& [name, value] = given[i];
        if (!is_token(name) || !is_plain_value(value) || frames_or_routes(name) ||
            find(given.first(i), name))
            return false;
    }
    return true;
}

std::optional<std::size_t> FieldTemplate::compose(std::span<const Field> given,
                                                  std::size_t body_size, std::string& out) const
{
    if (!takes(given))
        return std::nullopt;
    out.clear();
    std::optional<std::size_t> cookie_at;
    for (const auto& [part, text] : segments_) {
        const Field* same = part == Part::standard || part == Part::fallback || part == Part::fixed
                                ? find(given, name_of(text))
                                : nullptr;
        switch (part) {
        case Part::standard: same ? append(out, *same) : void(out.append(text)); break;
        case Part::given:
            for (const Field& field : given) {
                const bool has_place =
                    std::any_of(segments_.begin(), segments_.end(), [&](const Segment& other) {
                        return other.part == Part::standard &&
                               equal_ignoring_case(name_of(other.text), field.first);
                    });
                if (!has_place)
                    append(out, field);
            }
            break;
        case Part::cookie: cookie_at = out.size(); break;
        case Part::length: out.append(text).append(std::to_string(body_size)).append("\r\n"); break;
        case Part::fallback:
            if (!same)
                out.append(text);
            break;
        case Part::fixed:
            if (same)
                return std::nullopt;
            out.append(text);
            break;
        }
    }
    return cookie_at.value_or(out.size());
}

}  // namespace locustella::http
