// The head of a request out of parts that anybody may have made up.
//
// Input: method, target, host, a field's name and value, and a cookie, with bytes 0xff between.
// Claims: what the gate lets through becomes a head of exactly the lines that were asked for, each
// where it belongs.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/field_gate.hpp"
#include "http/field_template.hpp"
#include "http/request_text.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

std::array<std::string_view, 6> parts_of(std::string_view input)
{
    std::array<std::string_view, 6> parts;
    for (auto& part : parts) {
        const auto end = input.find('\xff');
        part = input.substr(0, end);
        input = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
    }
    return parts;
}

std::size_t count(std::string_view text, char wanted)
{
    std::size_t found = 0;
    for (const char c : text)
        found += c == wanted;
    return found;
}

void check(std::string_view input)
{
    const auto [method, target, host, name, value, cookies] = parts_of(input);
    Request request;
    request.method = method;
    request.target = target;
    request.origin = {false, std::string(host), 80};
    FieldTemplate fields;
    fields.add(FieldTemplate::Part::given);
    const FieldTemplate::Field given{name, value};
    if (!fields.compose({.given = {&given, 1}}, request.fields) ||
        unsendable_part(request, cookies))
        return;
    request.cookie_at = request.fields.size();
    std::string out;
    write_request(request, {}, cookies, out);
    const std::size_t lines = 4 + !cookies.empty();  // request line, Host, the field, the empty one
    expect(count(out, '\r') == lines && count(out, '\n') == lines, "as many lines as asked for");
    expect(count(out, '\0') == 0, "no zeros");
    expect(out.ends_with("\r\n\r\n") && out.find("\r\n\r\n") + 4 == out.size(), "one end of it");
    const std::string_view line = std::string_view(out).substr(0, out.find("\r\n"));
    expect(count(line, ' ') == 2, "a request line of three parts");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    locustella::http::check({reinterpret_cast<const char*>(data), size});
    return 0;
}
