// Just enough JSON for a shop: a strict reader of small documents, and text for the answers.
//
//   auto order = parse_json(R"({"product_id": 3})");           // nullopt: not JSON
//   if (auto* id = order ? order->find("product_id") : nullptr) id->number ...
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locustella::demo {

struct JsonValue {
    enum class Kind { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    double number = 0;
    std::string string;
    std::vector<JsonValue> items;    // of an array, or the values of an object
    std::vector<std::string> names;  // of an object: names[i] is items[i]'s

    // The first value of that name; nullptr when there is none or this is no object.
    const JsonValue* find(std::string_view name) const;

    // A whole number in [low, high], else nullopt.
    std::optional<int> whole_number(int low, int high) const;
};

// RFC 8259, UTF-8, at most 64 levels deep.
std::optional<JsonValue> parse_json(std::string_view text);

bool is_utf8(std::string_view text);

// Appends `text` with its quotes. `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace locustella::demo
