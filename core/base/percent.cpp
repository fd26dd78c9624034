#include "base/percent.hpp"

#include <charconv>

namespace locustella::base {

std::string percent_decode(std::string_view text, PlusMeans plus)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            out.push_back(static_cast<char>(byte));
            i += 2;
        } else {
            out.push_back(plus == PlusMeans::space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

}  // namespace locustella::base
