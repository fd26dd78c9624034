// One HTTP request as the demo target's handlers see it: views into bytes that somebody else holds.
//
//   if (request.method == Method::post && request.header("content-type") == "application/json")
//       parse_json(request.body);
//
// Thread: none of its own. The views die with the parser's next step: a handler copies what it
// keeps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ascii.hpp"

namespace locustella::demo {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

struct Field {
    std::string_view name;
    std::string_view value;  // without the blanks around it
};

struct Request {
    static constexpr std::size_t max_fields = 100;

    Method method = Method::get;
    int minor_version = 1;  // HTTP/1.<this>
    bool keep_alive = true;
    std::string_view method_text;
    std::string_view target;  // as sent, without scheme and authority
    std::string_view path;    // of the target, before '?'
    std::string_view query;   // of the target, after '?'
    std::string_view body;    // without any transfer coding

    std::span<const Field> fields() const { return {field_storage.data(), field_count}; }

    // The first field of that name, whatever its case.
    std::optional<std::string_view> header(std::string_view name) const
    {
        for (const auto& field : fields())
            if (base::equal_ignoring_case(field.name, name))
                return field.value;
        return std::nullopt;
    }

    std::array<Field, max_fields> field_storage;
    std::size_t field_count = 0;
};

}  // namespace locustella::demo
