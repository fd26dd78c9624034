#include "http/header_block.hpp"

#include <algorithm>

namespace locustella::http {
namespace {

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

std::string_view take_line(std::string_view& rest)
{
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

}  // namespace

void HeaderBlock::Iterator::advance()
{
    while (!rest_.empty()) {
        const auto line = take_line(rest_);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 || line.starts_with("HTTP/"))
            continue;
        field_ = {line.substr(0, colon), trimmed(line.substr(colon + 1))};
        return;
    }
    at_end_ = true;
}

std::optional<std::string_view> HeaderBlock::find(std::string_view name) const
{
    for (const auto& [field, value] : *this)
        if (equal_ignoring_case(field, name))
            return value;
    return std::nullopt;
}

std::string without_fields(std::string_view block, std::initializer_list<std::string_view> names)
{
    std::string kept;
    while (!block.empty()) {
        const auto line = take_line(block);
        const auto field = line.substr(0, line.find(':'));
        const bool drop = std::any_of(names.begin(), names.end(),
                                      [&](auto name) { return equal_ignoring_case(name, field); });
        if (!drop)
            kept.append(line).append("\n");
    }
    return kept;
}

}  // namespace locustella::http
