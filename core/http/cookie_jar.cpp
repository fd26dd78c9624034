#include "http/cookie_jar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/ascii.hpp"
#include "http/field_gate.hpp"
#include "http/header_block.hpp"
#include "http/url_quoting.hpp"

namespace locustella::http {
namespace {

// What Python's str.strip() takes away.
constexpr std::string_view blanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";

std::string_view unquoted(std::string_view text)
{
    if (text.starts_with('"'))
        text.remove_prefix(1);
    if (text.ends_with('"'))
        text.remove_suffix(1);
    return text;
}

// A host of one label is thought to stand in the domain "local".
bool is_local(std::string_view host)
{
    return host.find('.') == std::string_view::npos;
}

std::string full_name(std::string_view host)
{
    std::string name = host.find(':') == std::string_view::npos ? std::string(host)
                                                                : '[' + std::string(host) + ']';
    if (is_local(name))
        name += ".local";
    return name;
}

std::string_view without_dot(std::string_view domain)
{
    return domain.starts_with('.') ? domain.substr(1) : domain;
}

// Whether a cookie of this domain goes to this host: its own, or one below it.
bool reaches(std::string_view domain, std::string_view host)
{
    if (domain.empty())
        return true;
    domain = without_dot(domain);
    if (is_local(host)) {
        if (domain == "local")
            return true;
        constexpr std::string_view local = ".local";
        return domain.ends_with(local) && full_name(host) == domain;
    }
    if (host.size() == domain.size())
        return host == domain;
    return !domain.empty() && host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

// Whether a server may set a cookie for this domain, which begins with a dot.
bool may_set(std::string_view domain, std::string_view host)
{
    const auto bare = domain.substr(1);
    if (bare.find('.') == std::string_view::npos && !is_local(host))
        return false;  // a cookie for all of "com"
    const std::string name = full_name(host);
    return ("." + name).ends_with(domain) || name.ends_with(std::string(bare) + ".local");
}

constexpr ByteSet stand_for_themselves = letters_and_digits.with("_.-~%/;:@&=+$,!*'()");

// A path as paths are compared: escapes in upper case, what must not stand in a URL escaped. Bytes
// beyond ASCII are Latin-1 characters, escaped as UTF-8.
std::string escaped_path(std::string_view path)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string result;
    result.reserve(path.size());
    const auto escape = [&](unsigned byte) {
        result.append({'%', digits[byte >> 4], digits[byte & 15]});
    };
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto byte = static_cast<unsigned char>(path[i]);
        if (path[i] == '%' && i + 2 < path.size() && hex_digits.has_all_of(path.substr(i + 1, 2))) {
            result.append(base::in_upper_case(path.substr(i, 3)));
            i += 2;
        } else if (stand_for_themselves.has(path[i])) {
            result += path[i];
        } else if (byte < 0x80) {
            escape(byte);
        } else {
            escape(0xc0u | (byte >> 6));
            escape(0x80u | (byte & 0x3fu));
        }
    }
    return result;
}

// Section 5.1.4.
bool path_matches(std::string_view request_path, std::string_view path)
{
    if (!request_path.starts_with(path))
        return false;
    return request_path.size() == path.size() || path.ends_with('/') ||
           request_path[path.size()] == '/';
}

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find_first_of("?#"));
}

bool needs_escaping(std::string_view path)
{
    return !std::all_of(path.begin(), path.end(),
                        [](char c) { return c != '%' && stand_for_themselves.has(c); });
}

std::string default_path(std::string_view target, bool keeps_slash)
{
    std::string path = escaped_path(path_of(target));
    const auto slash = path.rfind('/');
    if (slash != std::string::npos)
        path.resize(slash + (keeps_slash ? 1 : 0));
    return path.empty() ? "/" : path;
}

struct Attribute {
    std::string_view name;
    std::optional<std::string_view> value;  // nullopt: no equals sign
};

Attribute take_attribute(std::string_view& rest)
{
    const auto end = rest.find(';');
    const auto part = base::trimmed(rest.substr(0, end), blanks);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
        return {part, {}};
    return {base::trimmed(part.substr(0, equals), blanks),
            base::trimmed(part.substr(equals + 1), blanks)};
}

std::optional<double> whole_number(std::string_view text)
{
    if (text.starts_with('+') && !text.starts_with("+-"))
        text.remove_prefix(1);
    long long number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument)
        return std::nullopt;
    if (error == std::errc::result_out_of_range)
        return text.starts_with('-') ? -Cookie::never : Cookie::never;
    return static_cast<double>(number);
}

// What the attributes of one Set-Cookie say. The first of each name counts.
struct Attributes {
    std::optional<std::string> domain;
    std::optional<std::string_view> path;
    std::optional<double> expires;
    std::optional<bool> secure;
    std::optional<double> version;
    bool has_max_age = false;
    bool http_only = false;

    // False: the whole cookie is refused.
    bool take(const Attribute& attribute, double now);
};

bool Attributes::take(const Attribute& attribute, double now)
{
    const auto& value = attribute.value;
    const auto is = [&](std::string_view known) {
        return equal_ignoring_case(attribute.name, known);
    };
    if (is("domain") && !domain) {
        if (!value)
            return false;
        domain = base::in_lower_case(*value);
    } else if (is("path") && !path) {
        path = value;
        return value.has_value();
    } else if (is("expires") && !has_max_age && !expires) {
        if (const double date = value ? parse_cookie_date(*value) : -1; date >= 0)
            expires = date;
    } else if (is("max-age")) {
        const auto age = value ? whole_number(*value) : std::nullopt;
        has_max_age = true;
        if (age)
            expires = std::min(now + *age, Cookie::never);
        return age.has_value();
    } else if (is("version") && !version) {
        version = value ? whole_number(unquoted(*value)) : std::nullopt;
        return version == 0 || version == 1;
    } else if (is("secure") && !secure) {
        secure = !value || !value->empty();
    } else if (is("httponly")) {
        http_only = true;
    }
    return true;
}

bool is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// Digits at the beginning; -1 when there are fewer than `least` or more than `most`.
int leading_number(std::string_view token, std::size_t least, std::size_t most)
{
    std::size_t size = 0;
    int number = 0;
    while (size < token.size() && token[size] >= '0' && token[size] <= '9' && size <= most)
        number = number * 10 + (token[size++] - '0');
    return size >= least && size <= most ? number : -1;
}

// Seconds since midnight; -1 when it is no time of day.
int seconds_of_day(std::string_view token)
{
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < 3; ++i) {
        parts[i] = leading_number(token, 1, 2);
        const auto colon = token.find(':');
        if (parts[i] < 0 || (i == 0 && colon == std::string_view::npos))
            return -1;
        if (colon == std::string_view::npos)
            break;
        token.remove_prefix(colon + 1);
    }
    const auto [hour, minute, second] = parts;
    return hour < 24 && minute < 60 && second < 60 ? (hour * 60 + minute) * 60 + second : -1;
}

// Days from 1970 on, of the Gregorian calendar. Months count from 0. Years are taken to begin in
// March, so that the day of a leap year is their last.
std::int64_t days_since_1970(int year, int month, int day)
{
    const int years = month < 2 ? year - 1 : year;
    const int month_from_march = (month + 10) % 12;
    const int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    constexpr std::int64_t until_1970 = 719'468;
    return std::int64_t{365} * years + years / 4 - years / 100 + years / 400 + day_of_year -
           until_1970;
}

int days_in_month(int year, int month)
{
    const bool last = month == 11;
    return static_cast<int>(days_since_1970(last ? year + 1 : year, last ? 0 : month + 1, 1) -
                            days_since_1970(year, month, 1));
}

int month_of(std::string_view token)
{
    static constexpr std::array<std::string_view, 12> months = {
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    const std::string start = base::in_lower_case(token.substr(0, 3));
    const auto found = std::find(months.begin(), months.end(), start);
    return found == months.end() ? -1 : static_cast<int>(found - months.begin());
}

}  // namespace

double parse_cookie_date(std::string_view text)
{
    int seconds = 0;
    bool has_time = false;
    int day = -1, month = -1, year = -1;
    for (std::size_t at = 0; at < text.size();) {
        if (is_date_delimiter(text[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < text.size() && !is_date_delimiter(text[end]))
            ++end;
        const auto token = text.substr(at, end - at);
        at = end;
        if (!has_time && token.find(':') != std::string_view::npos) {
            seconds = seconds_of_day(token);
            if (seconds < 0)
                return -1;
            has_time = true;
        } else if (int number = leading_number(token, 1, 2); day < 0 && number >= 0)
            day = number;
        else if (month < 0 && month_of(token) >= 0)
            month = month_of(token);
        else if (number = leading_number(token, 2, 4); year < 0 && number >= 0)
            year = number;
    }
    if (day < 1 || day > 31 || month < 0 || year < 0)
        return -1;
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    if (year < 1601)
        return -1;
    if (day > days_in_month(year, month))
        return -1;
    constexpr std::int64_t seconds_of_a_day = 86'400;
    const auto date = days_since_1970(year, month, day) * seconds_of_a_day + seconds;
    return std::max(0.0, static_cast<double>(date));
}

std::optional<Cookie> read_set_cookie(std::string_view set_cookie, const Origin& origin,
                                      std::string_view request_target, double now)
{
    auto rest = set_cookie;
    const auto pair = take_attribute(rest);
    if (pair.name.empty())
        return std::nullopt;
    Attributes said;
    while (!rest.empty())
        if (const auto next = take_attribute(rest);
            !next.name.empty() && !said.take(next, std::floor(now)))
            return std::nullopt;
    Cookie cookie;
    cookie.name = pair.name;
    cookie.value = pair.value.value_or("");
    cookie.bare = !pair.value;
    cookie.host_only = !said.domain;
    cookie.initial_dot = said.domain && said.domain->starts_with('.');
    cookie.domain = !said.domain         ? full_name(origin.host)
                    : cookie.initial_dot ? *said.domain
                                         : '.' + *said.domain;
    cookie.path = said.path && !said.path->empty()
                      ? escaped_path(*said.path)
                      : default_path(request_target, said.version == 1);
    cookie.expires = said.expires.value_or(Cookie::never);
    cookie.secure = said.secure.value_or(false);
    cookie.http_only = said.http_only;
    if (cookie.host_only || may_set(cookie.domain, origin.host))
        return cookie;
    return std::nullopt;
}

void CookieJar::store(std::string_view set_cookie, const Origin& origin,
                      std::string_view request_target, double now)
{
    store(std::span(&set_cookie, 1), origin, request_target, now);
}

// First the expired ones take away what is there, then the others are set: one answer can do both
// to a name.
void CookieJar::store(std::span<const std::string_view> set_cookies, const Origin& origin,
                      std::string_view request_target, double now)
{
    std::vector<Cookie> fresh;
    for (const auto text : set_cookies) {
        auto cookie = read_set_cookie(text, origin, request_target, now);
        if (!cookie || !is_field_value(cookie->name) || !is_field_value(cookie->value))
            continue;
        if (cookie->expires <= now)
            set(std::move(*cookie), now);
        else
            fresh.push_back(std::move(*cookie));
    }
    for (Cookie& cookie : fresh)
        set(std::move(cookie), now);
}

// Where the place stands among all, behind those of its domain where it is new.
std::size_t CookieJar::rank_of(std::string_view domain, std::string_view path)
{
    auto found = std::find_if(places_.begin(), places_.end(), [&](const Place& place) {
        return place.path == path && place.domain == domain;
    });
    if (found == places_.end()) {
        const auto last = std::find_if(places_.rbegin(), places_.rend(),
                                       [&](const Place& place) { return place.domain == domain; });
        found = places_.insert(last == places_.rend() ? places_.end() : last.base(),
                               Place{std::string(domain), std::string(path)});
    }
    return static_cast<std::size_t>(found - places_.begin());
}

// Cookies of one domain stand together, and in it those of one path: that is the order in which
// they are sent.
std::vector<Cookie>::iterator CookieJar::place_for(const Cookie& cookie)
{
    const std::size_t rank = rank_of(cookie.domain, cookie.path);
    const auto behind = places_.begin() + static_cast<std::ptrdiff_t>(rank) + 1;
    const auto stands_before = [&](const Cookie& other) {
        return std::none_of(behind, places_.end(), [&](const Place& place) {
            return place.path == other.path && place.domain == other.domain;
        });
    };
    return std::partition_point(cookies_.begin(), cookies_.end(), stands_before);
}

void CookieJar::set(Cookie cookie, double now)
{
    const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& c) {
        return c.name == cookie.name && c.domain == cookie.domain && c.path == cookie.path;
    });
    ++version_;
    has_unsendable_ |= !is_field_value(cookie.name) || !is_field_value(cookie.value);
    if (cookie.expires <= now) {
        if (same != cookies_.end())
            cookies_.erase(same);
        return;
    }
    first_to_expire_ = std::min(first_to_expire_, cookie.expires);
    if (same != cookies_.end()) {
        *same = std::move(cookie);
    } else {
        const auto place = place_for(cookie);
        cookies_.insert(place, std::move(cookie));
    }
}

void CookieJar::forget_expired(double now)
{
    if (first_to_expire_ > now)
        return;
    const auto gone = std::erase_if(cookies_, [&](const Cookie& c) { return c.expires <= now; });
    version_ += gone != 0;
    first_to_expire_ = Cookie::never;
    for (const Cookie& cookie : cookies_)
        first_to_expire_ = std::min(first_to_expire_, cookie.expires);
}

void CookieJar::merge(const CookieJar& other, double now)
{
    for (const Cookie& cookie : other.cookies())
        set(cookie, now);
}

void CookieJar::forget_empty_places()
{
    std::erase_if(places_, [&](const Place& place) {
        return std::none_of(cookies_.begin(), cookies_.end(), [&](const Cookie& cookie) {
            return cookie.path == place.path && cookie.domain == place.domain;
        });
    });
}

void CookieJar::clear()
{
    ++version_;
    has_unsendable_ = false;
    first_to_expire_ = Cookie::never;
    cookies_.clear();
    places_.clear();
}

std::string CookieJar::header_for(const Origin& origin, std::string_view request_target,
                                  double now) const
{
    auto path = path_of(request_target);
    std::string escaped;
    if (needs_escaping(path))
        path = escaped = escaped_path(path);
    std::vector<const Cookie*> matching;
    for (const Cookie& cookie : cookies_) {
        if (reaches(cookie.domain, origin.host) && cookie.expires > now &&
            path_matches(path, cookie.path) && (!cookie.secure || origin.tls))
            matching.push_back(&cookie);
    }
    // Section 5.4: longer paths first, then the order they are kept in.
    std::stable_sort(matching.begin(), matching.end(), [](const Cookie* a, const Cookie* b) {
        return a->path.size() > b->path.size();
    });
    std::string result;
    for (const Cookie* cookie : matching) {
        if (!result.empty())
            result += "; ";
        result.append(cookie->name);
        if (!cookie->bare)
            result.append("=").append(cookie->value);
    }
    return result;
}

}  // namespace locustella::http
