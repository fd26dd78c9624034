// Reads CSV strictly as RFC 4180 has it, to hold what was written against what went in.
//
//   const auto rows = csv_rows("a,\"b,c\"\r\n");     // {{{"a", false}, {"b,c", true}}}
//
// Nothing where the text is no such CSV. Thread: any.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locustella::output {

struct CsvField {
    std::string text;
    bool quoted = false;
};
using CsvFields = std::vector<CsvField>;

// Takes one field off the text's beginning; nothing: it is none.
inline std::optional<CsvField> take_csv_field(std::string_view& text)
{
    CsvField field;
    if (!text.starts_with('"')) {
        const auto size = std::min(text.find_first_of(",\r"), text.size());
        field.text = text.substr(0, size);
        text.remove_prefix(size);
        if (field.text.find_first_of("\"\n") != std::string::npos)
            return std::nullopt;
        return field;
    }
    field.quoted = true;
    for (text.remove_prefix(1);; text.remove_prefix(1)) {
        const auto quote = text.find('"');
        if (quote == std::string_view::npos)
            return std::nullopt;
        field.text.append(text.substr(0, quote));
        text.remove_prefix(quote + 1);
        if (!text.starts_with('"'))
            return field;
        field.text.push_back('"');
    }
}

inline std::optional<std::vector<CsvFields>> csv_rows(std::string_view text)
{
    std::vector<CsvFields> rows;
    while (!text.empty()) {
        CsvFields& row = rows.emplace_back();
        for (;;) {
            auto field = take_csv_field(text);
            if (!field)
                return std::nullopt;
            row.push_back(*std::move(field));
            if (!text.starts_with(','))
                break;
            text.remove_prefix(1);
        }
        if (!text.starts_with("\r\n"))
            return std::nullopt;
        text.remove_prefix(2);
    }
    return rows;
}

}  // namespace locustella::output
