// What has changed in a session's header fields since templates were made of them, in words that a
// template understands.
//
//   FieldChanges changes;
//   if (changes.find(profile.standard, session's fields now))
//       form->compose({.given = changes.given(), .left_out = changes.left_out()}, request.fields);
//
// A changed field stands in its old place and a new one behind all others, as in the dict that both
// come from; one that has moved is refused, and the templates are to be made again.
//
// Thread: any one at a time.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "http/field_template.hpp"

namespace locustella::http {

class FieldChanges {
public:
    using Field = FieldTemplate::Field;

    FieldChanges() = default;
    FieldChanges(FieldChanges&&) = default;
    FieldChanges& operator=(FieldChanges&&) = default;

    // before: lines; now: in their order, each name once. False, and nothing has changed, for what
    // no template has a place for.
    bool find(std::string_view before, std::span<const Field> now);

    // Views of what this object keeps, until the next find().
    std::span<const Field> given() const { return given_; }
    std::span<const std::string_view> left_out() const { return left_out_; }

private:
    std::vector<char> text_;  // what the views are of; moved, it stays where it is
    std::vector<Field> given_;
    std::vector<std::string_view> left_out_;
};

}  // namespace locustella::http
