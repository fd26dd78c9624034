#include "http/cookie_jar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "http/header_block.hpp"

namespace locustella::http {
namespace {

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return result;
}

bool is_address(std::string_view host)
{
    return host.find(':') != std::string_view::npos ||
           std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// Section 5.1.3.
bool domain_matches(std::string_view host, std::string_view domain)
{
    if (host == domain)
        return true;
    return host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.' && !is_address(host);
}

// Section 5.1.4.
bool path_matches(std::string_view request_path, std::string_view path)
{
    if (!request_path.starts_with(path))
        return false;
    return request_path.size() == path.size() || path.ends_with('/') || request_path[path.size()] == '/';
}

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find_first_of("?#"));
}

std::string default_path(std::string_view target)
{
    const auto path = path_of(target);
    const auto slash = path.rfind('/');
    if (!path.starts_with('/') || slash == 0 || slash == std::string_view::npos)
        return "/";
    return std::string(path.substr(0, slash));
}

struct Attribute {
    std::string_view name;
    std::string_view value;
};

Attribute take_attribute(std::string_view& rest)
{
    const auto end = rest.find(';');
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
        return {trimmed(part), {}};
    return {trimmed(part.substr(0, equals)), trimmed(part.substr(equals + 1))};
}

std::optional<double> max_age(std::string_view text)
{
    long long seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc::result_out_of_range)
        return text.starts_with('-') ? -1 : Cookie::never;
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return static_cast<double>(seconds);
}

// Applies one attribute; `expires` yields to `max-age` whichever comes first.
void apply(const Attribute& attribute, Cookie& cookie, bool& has_max_age, double now)
{
    if (equal_ignoring_case(attribute.name, "max-age")) {
        if (const auto age = max_age(attribute.value)) {
            has_max_age = true;
            cookie.expires = *age > 0 ? std::min(now + *age, Cookie::never) : 0;
        }
    } else if (equal_ignoring_case(attribute.name, "expires")) {
        if (const double date = parse_cookie_date(attribute.value); date >= 0 && !has_max_age)
            cookie.expires = date;
    } else if (equal_ignoring_case(attribute.name, "domain")) {
        auto domain = attribute.value;
        if (domain.starts_with('.'))
            domain.remove_prefix(1);
        if (!domain.empty()) {
            cookie.domain = lower(domain);
            cookie.host_only = false;
        }
    } else if (equal_ignoring_case(attribute.name, "path")) {
        if (attribute.value.starts_with('/'))
            cookie.path = attribute.value;
    } else if (equal_ignoring_case(attribute.name, "secure")) {
        cookie.secure = true;
    } else if (equal_ignoring_case(attribute.name, "httponly")) {
        cookie.http_only = true;
    }
}

bool is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
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

bool parse_time(std::string_view token, std::tm& t)
{
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < 3; ++i) {
        parts[i] = leading_number(token, 1, 2);
        const auto colon = token.find(':');
        if (parts[i] < 0 || (i < 2 && colon == std::string_view::npos))
            return false;
        token.remove_prefix(i < 2 ? colon + 1 : token.size());
    }
    t.tm_hour = parts[0];
    t.tm_min = parts[1];
    t.tm_sec = parts[2];
    return parts[0] < 24 && parts[1] < 60 && parts[2] < 60;
}

int month_of(std::string_view token)
{
    static constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                                "jul", "aug", "sep", "oct", "nov", "dec"};
    const std::string start = lower(token.substr(0, 3));
    const auto found = std::find(months.begin(), months.end(), start);
    return found == months.end() ? -1 : static_cast<int>(found - months.begin());
}

}  // namespace

double parse_cookie_date(std::string_view text)
{
    std::tm t{};
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
        if (!has_time && parse_time(token, t))
            has_time = true;
        else if (int number = leading_number(token, 1, 2); day < 0 && number >= 0)
            day = number;
        else if (month < 0 && month_of(token) >= 0)
            month = month_of(token);
        else if (number = leading_number(token, 2, 4); year < 0 && number >= 0)
            year = number;
    }
    if (!has_time || day < 1 || day > 31 || month < 0 || year < 0)
        return -1;
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    if (year < 1601)
        return -1;
    t.tm_mday = day;
    t.tm_mon = month;
    t.tm_year = year - 1900;
    const auto date = ::timegm(&t);
    if (t.tm_mday != day)
        return -1;  // no such day in that month
    return std::max(0.0, static_cast<double>(date));
}

void CookieJar::store(std::string_view set_cookie, const Origin& origin, std::string_view request_target,
                      double now)
{
    auto rest = set_cookie;
    const auto equals = rest.substr(0, rest.find(';')).find('=');
    const auto pair = take_attribute(rest);
    if (equals == std::string_view::npos || pair.name.empty())
        return;
    Cookie cookie;
    cookie.name = pair.name;
    cookie.value = pair.value;
    cookie.domain = origin.host;
    cookie.path = default_path(request_target);
    bool has_max_age = false;
    while (!rest.empty())
        apply(take_attribute(rest), cookie, has_max_age, now);
    if (!domain_matches(origin.host, cookie.domain))
        return;
    if (!cookie.host_only && cookie.domain != origin.host && cookie.domain.find('.') == std::string::npos)
        return;  // a cookie for all of "com"
    set(std::move(cookie), now);
}

void CookieJar::set(Cookie cookie, double now)
{
    const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& c) {
        return c.name == cookie.name && c.domain == cookie.domain && c.path == cookie.path;
    });
    ++version_;
    if (cookie.expires <= now) {
        if (same != cookies_.end())
            cookies_.erase(same);
    } else if (same != cookies_.end()) {
        *same = std::move(cookie);
    } else {
        cookies_.push_back(std::move(cookie));
    }
}

void CookieJar::clear()
{
    ++version_;
    cookies_.clear();
}

void CookieJar::erase(std::string_view domain, std::string_view path, std::string_view name)
{
    ++version_;
    std::erase_if(cookies_, [&](const Cookie& c) {
        return c.domain == domain && c.path == path && c.name == name;
    });
}

std::string CookieJar::header_for(const Origin& origin, std::string_view request_target, double now) const
{
    const auto path = path_of(request_target);
    std::vector<const Cookie*> matching;
    for (const Cookie& cookie : cookies_) {
        // Scripts may put cookies without a domain into the jar: those go everywhere, as in `requests`.
        const bool host = cookie.domain.empty() ||
                          (cookie.host_only ? origin.host == cookie.domain
                                                              : domain_matches(origin.host, cookie.domain));
        if (host && cookie.expires > now && path_matches(path, cookie.path) && (!cookie.secure || origin.tls))
            matching.push_back(&cookie);
    }
    // Section 5.4: longer paths first, then older first, which is the order they are kept in.
    std::stable_sort(matching.begin(), matching.end(),
                     [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
    std::string result;
    for (const Cookie* cookie : matching) {
        if (!result.empty())
            result += "; ";
        result.append(cookie->name).append("=").append(cookie->value);
    }
    return result;
}

}  // namespace locustella::http
