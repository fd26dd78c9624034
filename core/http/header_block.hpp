// Header fields as they stand on the wire: "Name: value\r\n" lines, read without copying.
//
//   HeaderBlock block("A: 1\r\nB: 2\r\n");
//   block.find("b")                      // "2"; names compare without case
//   for (auto [name, value] : block) ...
//   without_fields(text, {"content-length"})
//
// Meant for text that a parser has accepted (a response's head) or that we wrote ourselves; a line
// without a colon is skipped. A first line without one, such as a status line, is skipped too.
//
// Thread: any.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"

namespace locustella::http {

using base::equal_ignoring_case;

class HeaderBlock {
public:
    using Field = std::pair<std::string_view, std::string_view>;

    class Iterator {
    public:
        Iterator(std::string_view rest) : rest_(rest) { advance(); }
        const Field& operator*() const { return field_; }
        const Field* operator->() const { return &field_; }
        Iterator& operator++()
        {
            advance();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return at_end_ != other.at_end_; }

    private:
        void advance();

        std::string_view rest_;
        Field field_;
        bool at_end_ = false;
    };

    explicit HeaderBlock(std::string_view text) : text_(text) {}

    Iterator begin() const { return Iterator(text_); }
    Iterator end() const { return Iterator(std::string_view{}); }

    // The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;

private:
    std::string_view text_;
};

// The same block without the fields of these names.
std::string without_fields(std::string_view block, std::initializer_list<std::string_view> names);

}  // namespace locustella::http
