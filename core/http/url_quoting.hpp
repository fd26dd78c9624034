// Percent-escapes, and what must not stand in a URL without one, by the rules of the libraries
// under Locust's clients.
//
//   append_requoted("/a b/%7Eme", to)            "/a%20b/~me"        requests.utils.requote_uri
//   append_urllib3_path("/a/%c3%a4", to)         "/a/%C3%A4"         urllib3.util.parse_url
//   without_dot_segments("/a/./b/../c", false)   "/a/c"              RFC 3986, section 5.2.4
//
// Thread: any.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace locustella::http {

// A set of bytes, asked for one after the other.
class ByteSet {
public:
    constexpr explicit ByteSet(std::string_view bytes)
    {
        for (const char c : bytes)
            has_[static_cast<unsigned char>(c)] = true;
    }
    constexpr ByteSet with(std::string_view bytes) const
    {
        ByteSet more = *this;
        for (const char c : bytes)
            more.has_[static_cast<unsigned char>(c)] = true;
        return more;
    }
    constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
    constexpr bool has_all_of(std::string_view text) const
    {
        for (const char c : text)
            if (!has(c))
                return false;
        return true;
    }

private:
    std::array<bool, 256> has_{};
};

inline constexpr ByteSet letters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
inline constexpr ByteSet digits("0123456789");
inline constexpr ByteSet hex_digits = digits.with("abcdefABCDEF");
inline constexpr ByteSet letters_and_digits = letters.with("0123456789");

// RFC 3986, section 2.3
inline constexpr ByteSet unreserved = letters_and_digits.with("-._~");

// Escapes of unreserved characters are undone, illegal characters escaped. Where an escape makes
// no sense, every percent sign is taken for itself.
void append_requoted(std::string_view text, std::string& to);

// Escapes in upper case, illegal characters escaped; every percent sign too, unless all of them
// begin an escape.
void append_urllib3_userinfo(std::string_view userinfo, std::string& to);
void append_urllib3_path(std::string_view path, std::string& to);
void append_urllib3_query(std::string_view query, std::string& to);

// Both, of "/path?query".
std::string as_urllib3_sends(std::string_view target);

// Of a path that begins with a slash. `bare_middle`: empty segments between the first and the last
// go too.
std::string without_dot_segments(std::string_view path, bool bare_middle);

}  // namespace locustella::http
