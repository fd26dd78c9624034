// Any bytes as a text of JSON (RFC 8259) or a field of CSV (RFC 4180), in valid UTF-8.
//
//   append_json_text(out, "say \"hi\"\n");      // "say \"hi\"\n"
//   append_csv_text(out, "say \"hi\"");         // "say ""hi"""
//
// What is no UTF-8 becomes U+FFFD, byte by byte.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace locustella::output {

// Of the one character that the text begins with; 0: it begins with none, or is empty.
std::size_t character_size(std::string_view text);

void append_json_text(std::string& out, std::string_view text);

// In quotes only where it needs them, and where it is empty: an empty field without them is none.
void append_csv_text(std::string& out, std::string_view text);

}  // namespace locustella::output
