#include "demo/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace locustella::demo {
namespace {

void append_utf8(std::string& out, std::uint32_t code)
{
    const auto tail = [&](int shift) {
        out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
    };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xc0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | code >> 12));
        tail(6), tail(0);
    } else {
        out.push_back(static_cast<char>(0xf0 | code >> 18));
        tail(12), tail(6), tail(0);
    }
}

// How many bytes follow this first one; 0: it begins no sequence of several.
int utf8_tail(unsigned char lead)
{
    if (lead >= 0xf0)
        return lead < 0xf5 ? 3 : 0;
    return lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
}

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool document(JsonValue& value) { return read(value, 0) && (skip_blanks(), rest_.empty()); }

private:
    static constexpr int max_depth = 64;

    void skip_blanks()
    {
        const auto first = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
    }

    bool take(std::string_view text)
    {
        if (!rest_.starts_with(text))
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    bool read(JsonValue& value, int depth)
    {
        using Kind = JsonValue::Kind;
        skip_blanks();
        if (rest_.empty() || depth > max_depth)
            return false;
        switch (rest_.front()) {
        case '{': value.kind = Kind::object; return read_object(value, depth);
        case '[': value.kind = Kind::array; return read_array(value, depth);
        case '"': value.kind = Kind::string; return read_string(value.string);
        case 't':
        case 'f':
            value.kind = Kind::boolean;
            value.boolean = rest_.front() == 't';
            return take(value.boolean ? "true" : "false");
        case 'n': return take("null");
        default: value.kind = Kind::number; return read_number(value.number);
        }
    }

    bool read_object(JsonValue& value, int depth)
    {
        rest_.remove_prefix(1);
        skip_blanks();
        if (take("}"))
            return true;
        do {
            skip_blanks();
            if (!rest_.starts_with('"') || !read_string(value.names.emplace_back()))
                return false;
            skip_blanks();
            if (!take(":") || !read(value.items.emplace_back(), depth + 1))
                return false;
            skip_blanks();
        } while (take(","));
        return take("}");
    }

    bool read_array(JsonValue& value, int depth)
    {
        rest_.remove_prefix(1);
        skip_blanks();
        if (take("]"))
            return true;
        do {
            if (!read(value.items.emplace_back(), depth + 1))
                return false;
            skip_blanks();
        } while (take(","));
        return take("]");
    }

    // from_chars takes what JSON forbids (".5", "1.", "01", "inf"): check the grammar first.
    bool read_number(double& number)
    {
        std::size_t at = rest_.front() == '-' ? 1 : 0;
        const auto digits = [&] {
            const auto first = at;
            while (at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9')
                ++at;
            return at - first;
        };
        const bool leading_zero = at < rest_.size() && rest_[at] == '0';
        const auto whole = digits();
        if (whole == 0 || (leading_zero && whole > 1))
            return false;
        if (at < rest_.size() && rest_[at] == '.' && (++at, digits() == 0))
            return false;
        if (at < rest_.size() && (rest_[at] == 'e' || rest_[at] == 'E')) {
            ++at;
            if (at < rest_.size() && (rest_[at] == '+' || rest_[at] == '-'))
                ++at;
            if (digits() == 0)
                return false;
        }
        if (std::from_chars(rest_.data(), rest_.data() + at, number).ec != std::errc{})
            number = HUGE_VAL;  // valid JSON, too large or too small for a double
        rest_.remove_prefix(at);
        return true;
    }

    bool read_string(std::string& out)
    {
        rest_.remove_prefix(1);
        for (;;) {
            const auto end = rest_.find_first_of("\"\\");
            if (end == std::string_view::npos)
                return false;
            const auto plain = rest_.substr(0, end);
            for (const char c : plain)
                if (static_cast<unsigned char>(c) < 0x20)
                    return false;
            out.append(plain);
            const bool closed = rest_[end] == '"';
            rest_.remove_prefix(end + 1);
            if (closed)
                return true;
            if (!read_escape(out))
                return false;
        }
    }

    bool read_escape(std::string& out)
    {
        static constexpr std::string_view letters = "\"\\/bfnrt";
        static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (rest_.empty())
            return false;
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        if (const auto at = letters.find(letter); at != std::string_view::npos) {
            out.push_back(meanings[at]);
            return true;
        }
        std::uint32_t code = 0;
        if (letter != 'u' || !read_hex4(code))
            return false;
        if (code >= 0xd800 && code < 0xdc00) {
            std::uint32_t low = 0;
            if (!take("\\u") || !read_hex4(low) || low < 0xdc00 || low > 0xdfff)
                return false;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else if (code >= 0xdc00 && code <= 0xdfff) {
            return false;
        }
        append_utf8(out, code);
        return true;
    }

    bool read_hex4(std::uint32_t& code)
    {
        if (rest_.size() < 4)
            return false;
        const char* const last = rest_.data() + 4;
        if (std::from_chars(rest_.data(), last, code, 16).ptr != last)
            return false;
        rest_.remove_prefix(4);
        return true;
    }

    std::string_view rest_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const
{
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? nullptr : &items[static_cast<std::size_t>(found - names.begin())];
}

std::optional<int> JsonValue::whole_number(int low, int high) const
{
    if (kind != Kind::number || number < low || number > high || number != std::floor(number))
        return std::nullopt;
    return static_cast<int>(number);
}

std::optional<JsonValue> parse_json(std::string_view text)
{
    JsonValue value;
    if (!is_utf8(text) || !Reader{text}.document(value))
        return std::nullopt;
    return value;
}

bool is_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        if (lead < 0x80)
            continue;
        const int tail = utf8_tail(lead);
        if (tail == 0)
            return false;
        std::uint32_t code = lead & (0x3f >> tail);
        for (int k = 0; k < tail; ++k, ++i) {
            if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
                return false;
            code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
        }
        const bool overlong = (tail == 2 && code < 0x800) || (tail == 3 && code < 0x10000);
        if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
    }
    return true;
}

void append_json_string(std::string& out, std::string_view text)
{
    static constexpr std::string_view hex = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (c == '\n') {
            out.append("\\n");
        } else if (c == '\r') {
            out.append("\\r");
        } else if (c == '\t') {
            out.append("\\t");
        } else if (byte < 0x20) {
            out.append("\\u00");
            out.push_back(hex[byte >> 4]);
            out.push_back(hex[byte & 15]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace locustella::demo
