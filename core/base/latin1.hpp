// Latin-1, which header fields are in for Python's HTTP libraries.
//
//   utf8_of_latin1("caf\xe9")       // "café"
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace locustella::base {

inline std::string utf8_of_latin1(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text.push_back(c);
            continue;
        }
        text.push_back(static_cast<char>(0xc0 | byte >> 6));
        text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
    return text;
}

}  // namespace locustella::base
