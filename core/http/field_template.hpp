// The header fields that requests of one kind have in common, with places for what differs.
//
//   FieldTemplate posts;
//   posts.add(FieldTemplate::Part::standard, "Accept: */*\r\n");
//   posts.add(FieldTemplate::Part::given);
//   posts.add(FieldTemplate::Part::cookie);
//   posts.add(FieldTemplate::Part::length, "Content-Length: ");
//   posts.add(FieldTemplate::Part::fallback, "Content-Type: application/json\r\n");
//   // where a Cookie line goes:
//   auto at = posts.compose({.given = {{"X-Trace", "7"}}, .body_size = 12}, request.fields);
//
// Python works out a template once for all users of a class; the core then fills it in for every
// request. What a template has no answer for (a Host, Cookie or length of the caller's, one name
// given twice, bytes that no field may have) compose() refuses, and the caller takes the long way,
// which knows the rules or has the words for the error. A field that is left out makes room for the
// fallback of that name, where there is one: urllib3 has a User-Agent of its own, say.
//
// Thread: any; a template does not change once it is shared.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace locustella::http {

class FieldTemplate {
public:
    using Field = std::pair<std::string_view, std::string_view>;

    enum class Part : unsigned char {
        standard,   // one line; a given field of that name stands in place of all such
        given,      // where all other given fields go, in their order
        cookie,     // where a Cookie line would go
        length,     // "Name: ": the body's size and a line end are put behind it
        body_type,  // "Name: ": what the body is, likewise; left out as a fallback is
        fallback,   // one line; left out when one of that name is given, or a standard one goes out
        fixed,      // one line; a given field of that name is refused
        host,       // one line: where it goes, unless the call goes elsewhere or gives its own
        // one line or none; the caller's own stands in its place, and a given Authorization beside
        // either is refused
        credentials,
        // a name, and nothing of the request's: what a session says since in a field of that name
        // is refused, as other templates of its go by it (see FieldChanges)
        settled,
    };

    void add(Part part, std::string text = {});

    // Whether a session has settled a field of that name.
    bool settles(std::string_view name) const;

    // What a caller says.
    struct Filling {
        std::span<const Field> given = {};
        std::span<const std::string_view> left_out = {};  // names of standard fields
        std::string_view credentials = {};                // a line
        std::size_t body_size = 0;
        std::string_view body_type = {};
        std::string_view host = {};  // a line, of a call that goes to another one
        bool takes_routing = false;  // a Host and a Cookie are fields like others
        bool takes_blanks = false;   // before a value, which requests refuses
        // one of the given fields is what the credentials have become, or stands above them
        bool has_login = false;
    };

    // Replaces `out` by the fields; returns where in it a Cookie line goes. nullopt: refused, `out`
    // is undefined.
    std::optional<std::size_t> compose(const Filling& filling, std::string& out) const;

private:
    struct Segment {
        Part part;
        std::string text;
        // A fallback for which there is a standard field too, or the second line of such a field.
        bool gives_way = false;
    };

    bool has_place_for(std::string_view name) const;
    static bool takes(const Filling& filling);

    std::vector<Segment> segments_;
    std::vector<std::string> settled_;
};

// The first of that name, in whatever letters; nullptr: there is none.
const FieldTemplate::Field* find_field(std::span<const FieldTemplate::Field> fields,
                                       std::string_view name);
// Whether it is one of these names, in whatever letters.
bool names_one(std::span<const std::string_view> names, std::string_view name);

}  // namespace locustella::http
