#include "output/utf8_text.hpp"

#include <algorithm>
#include <array>

namespace locustella::output {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// Which second byte may follow a first one of two bytes or more; none: no character begins so.
struct Lead {
    std::size_t size = 0;
    unsigned char least = 0x80, most = 0xbf;
};

// The Unicode Standard, table 3-7.
constexpr Lead lead_of(unsigned char first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return {2};
    if (first == 0xe0)
        return {3, 0xa0, 0xbf};
    if (first == 0xed)
        return {3, 0x80, 0x9f};
    if (first >= 0xe1 && first <= 0xef)
        return {3};
    if (first == 0xf0)
        return {4, 0x90, 0xbf};
    if (first >= 0xf1 && first <= 0xf3)
        return {4};
    if (first == 0xf4)
        return {4, 0x80, 0x8f};
    return {};
}

unsigned char byte_of(char c)
{
    return static_cast<unsigned char>(c);
}

// Appends the character at `at`, or what stands for a byte that is none; goes behind it.
void append_character(std::string& out, std::string_view text, std::size_t& at)
{
    const std::size_t size = character_size(text.substr(at));
    out.append(size ? text.substr(at, size) : replacement);
    at += std::max<std::size_t>(size, 1);
}

void append_escape(std::string& out, char c)
{
    static constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default:
        out.append("\\u00");
        out.push_back(hex[byte_of(c) >> 4]);
        out.push_back(hex[byte_of(c) & 15]);
    }
}

}  // namespace

std::size_t character_size(std::string_view text)
{
    if (text.empty())
        return 0;
    if (byte_of(text[0]) < 0x80)
        return 1;
    const Lead lead = lead_of(byte_of(text[0]));
    if (lead.size == 0 || text.size() < lead.size || byte_of(text[1]) < lead.least ||
        byte_of(text[1]) > lead.most)
        return 0;
    const auto tail = text.substr(2, lead.size - 2);
    const bool whole =
        std::all_of(tail.begin(), tail.end(), [](char c) { return (byte_of(c) & 0xc0) == 0x80; });
    return whole ? lead.size : 0;
}

void append_json_text(std::string& out, std::string_view text)
{
    out.push_back('"');
    for (std::size_t at = 0; at < text.size();) {
        const auto plain =
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), [](char c) {
                return byte_of(c) < 0x20 || byte_of(c) >= 0x80 || c == '"' || c == '\\';
            });
        const auto next = static_cast<std::size_t>(plain - text.begin());
        out.append(text.substr(at, next - at));
        at = next;
        if (at == text.size())
            break;
        if (byte_of(text[at]) >= 0x80)
            append_character(out, text, at);
        else
            append_escape(out, text[at++]);
    }
    out.push_back('"');
}

void append_csv_text(std::string& out, std::string_view text)
{
    const bool quoted = text.empty() || text.find_first_of("\",\r\n") != std::string_view::npos;
    if (quoted)
        out.push_back('"');
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '"')
            out.push_back('"');
        append_character(out, text, at);
    }
    if (quoted)
        out.push_back('"');
}

}  // namespace locustella::output
