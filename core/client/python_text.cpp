#include "client/python_text.hpp"

#include <array>
#include <charconv>

namespace locustella::client {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void add_escaped(std::string& shown, unsigned char byte)
{
    shown.append("\\x").push_back(digits[byte >> 4]);
    shown.push_back(digits[byte & 15]);
}

char quote_of(std::string_view text)
{
    const bool in_double =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    return in_double ? '"' : '\'';
}

// False for what is shown as it stands.
bool add_ascii_escape(std::string& shown, char c, char quote)
{
    switch (c) {
    case '\t': shown += "\\t"; return true;
    case '\n': shown += "\\n"; return true;
    case '\r': shown += "\\r"; return true;
    default: break;
    }
    if (c == quote || c == '\\') {
        shown.append("\\").push_back(c);
        return true;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte != 0x7f)
        return false;
    add_escaped(shown, byte);
    return true;
}

// U+0080 to U+00A0 and U+00AD, behind their first byte.
bool hidden(unsigned char second)
{
    return second <= 0xa0 || second == 0xad;
}

}  // namespace

std::string repr(std::string_view text)
{
    const char quote = quote_of(text);
    std::string shown(1, quote);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte == 0xc2 && at + 1 < text.size() &&
            hidden(static_cast<unsigned char>(text[at + 1])))
            add_escaped(shown, static_cast<unsigned char>(text[++at]));
        else if (byte >= 0x80 || !add_ascii_escape(shown, text[at], quote))
            shown.push_back(text[at]);
    }
    shown.push_back(quote);
    return shown;
}

std::string bytes_repr(std::string_view bytes)
{
    const char quote = quote_of(bytes);
    std::string shown = {'b', quote};
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80)
            add_escaped(shown, byte);
        else if (!add_ascii_escape(shown, c, quote))
            shown.push_back(c);
    }
    shown.push_back(quote);
    return shown;
}

std::string number_text(base::Nanos nanos)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                   static_cast<double>(nanos) / 1e9, std::chars_format::fixed);
    return {text.data(), end.ptr};
}

}  // namespace locustella::client
