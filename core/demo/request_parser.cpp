#include "demo/request_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace locustella::demo {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t worth_keeping = 16 * 1024;  // a larger buffer is given back once it is empty

constexpr auto token_chars = [] {
    std::array<bool, 256> table{};
    for (char c = '0'; c <= '9'; ++c)
        table[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
        table[static_cast<unsigned char>(c)] = table[static_cast<unsigned char>(c - 32)] = true;
    for (char c : std::string_view{"!#$%&'*+-.^_`|~"})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_chars[static_cast<unsigned char>(c)];
    });
}

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view without_blanks(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool list_contains(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (base::equal_ignoring_case(without_blanks(list.substr(0, comma)), token))
            return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

Method method_of(std::string_view text)
{
    struct Name {
        std::string_view text;
        Method method;
    };
    static constexpr Name names[] = {{"GET", Method::get},        {"POST", Method::post},
                                     {"HEAD", Method::head},      {"PUT", Method::put},
                                     {"PATCH", Method::patch},    {"DELETE", Method::del},
                                     {"OPTIONS", Method::options}};
    for (const auto& name : names)
        if (name.text == text)
            return name.method;
    return Method::other;
}

}  // namespace

void RequestParser::feed(std::string_view bytes)
{
    if (failure_)
        return;
    if (held_.empty()) {
        view_ = bytes;
        return;
    }
    held_.append(bytes);
    view_ = held_;
}

RequestParser::Outcome RequestParser::next(Request& request)
{
    if (failure_)
        return Outcome::failed;
    forget_finished();
    if (head_size_ == 0 && !find_head())
        return failure_ ? Outcome::failed : Outcome::need_more;
    if (framing_.has_length && view_.size() < head_size_ + framing_.content_length)
        return Outcome::need_more;  // seen before: no need to parse the head again
    if (!parse_head(request))
        return Outcome::failed;
    return next_body(request);
}

void RequestParser::release()
{
    forget_finished();
    if (failure_)
        view_ = {};
    if (decoded_ > 0 && !failure_) {  // the raw bytes of chunks already decoded are of no more use
        auto rest = std::string{view_.substr(0, head_size_)};
        rest.append(view_.substr(head_size_ + decoded_));
        held_ = std::move(rest);
        decoded_ = 0;
    } else if (view_.empty()) {
        held_.clear();
    } else if (held_.empty()) {
        if (framing_.has_length)
            held_.reserve(head_size_ + framing_.content_length);
        held_.assign(view_);
    } else {
        held_.erase(0, held_.size() - view_.size());
    }
    if (held_.empty() && held_.capacity() > worth_keeping)
        held_.shrink_to_fit();
    view_ = {};
}

void RequestParser::forget_finished()
{
    if (finished_ == 0)
        return;
    view_.remove_prefix(finished_);
    finished_ = 0;
    chunked_body_.clear();
    if (chunked_body_.capacity() > worth_keeping)
        chunked_body_.shrink_to_fit();
}

// The end of the head, or what speaks against waiting for it.
bool RequestParser::find_head()
{
    while (view_.starts_with("\r\n"))  // some clients end a body with a line too many
        view_.remove_prefix(2);
    scanned_ = std::min(scanned_, view_.size());
    const auto end = view_.find(head_end, scanned_);
    if (end != std::string_view::npos && end + head_end.size() <= limits_.head) {
        head_size_ = end + head_end.size();
        scanned_ = 0;
        return true;
    }
    // A client that speaks something else would wait for ever: tell it now.
    if (!view_.empty() && view_ != "\r" && !token_chars[static_cast<unsigned char>(view_.front())])
        return fail(400);
    for (auto at = view_.find('\n', scanned_); at != std::string_view::npos;
         at = view_.find('\n', at + 1))
        if (at == 0 || view_[at - 1] != '\r')
            return fail(400);
    if (view_.find("\r\n") > limits_.request_line && view_.size() > limits_.request_line)
        return fail(414);
    if (view_.size() > limits_.head)
        return fail(431);
    scanned_ = view_.size() - std::min<std::size_t>(view_.size(), head_end.size() - 1);
    return false;
}

bool RequestParser::parse_head(Request& request)
{
    framing_ = {};
    request.field_count = 0;
    request.body = {};
    auto rest = view_.substr(0, head_size_ - 2);  // every line with its CRLF, without the empty one
    const auto first = rest.find("\r\n");
    if (!parse_request_line(rest.substr(0, first), request))
        return false;
    request.keep_alive = request.minor_version == 1;
    rest.remove_prefix(first + 2);
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        if (!parse_field(rest.substr(0, end), request))
            return false;
        rest.remove_prefix(end + 2);
    }
    return framing_is_sound(request);
}

bool RequestParser::parse_request_line(std::string_view line, Request& request)
{
    if (line.size() > limits_.request_line)
        return fail(414);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first)
        return fail(400);
    const auto version = line.substr(last + 1);
    request.method_text = line.substr(0, first);
    if (!is_token(request.method_text) || !version.starts_with("HTTP/"))
        return fail(400);
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return fail(505);
    request.minor_version = version.back() - '0';
    request.method = method_of(request.method_text);
    if (!parse_target(line.substr(first + 1, last - first - 1), request))
        return false;
    return request.method != Method::other || fail(501);
}

bool RequestParser::parse_target(std::string_view target, Request& request)
{
    if (std::any_of(target.begin(), target.end(), [](char c) { return c == ' ' || is_control(c); }))
        return fail(400);
    bool known_form =
        target.starts_with('/') || (target == "*" && request.method == Method::options);
    for (const std::string_view scheme : {"http://", "https://"})
        if (base::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            const auto path = target.find_first_of("/?", scheme.size());
            target = path == std::string_view::npos ? "/" : target.substr(path);
            known_form = true;
        }
    if (!known_form)
        return fail(400);
    const auto mark = std::min(target.find('?'), target.size());
    request.target = target;
    request.path = mark == 0 ? "/" : target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
    return true;
}

bool RequestParser::parse_field(std::string_view line, Request& request)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return fail(400);
    if (request.field_count == Request::max_fields)
        return fail(431);
    const Field field{line.substr(0, colon), without_blanks(line.substr(colon + 1))};
    if (std::any_of(field.value.begin(), field.value.end(),
                    [](char c) { return is_control(c) && c != '\t'; }))
        return fail(400);
    request.field_storage[request.field_count++] = field;
    return interpret_field(field, request);
}

bool RequestParser::interpret_field(const Field& field, Request& request)
{
    const auto is = [&](std::string_view name) {
        return base::equal_ignoring_case(field.name, name);
    };
    switch (field.name.size()) {  // most names differ in length already
    case 4:
        if (is("host"))
            return !std::exchange(framing_.has_host, true) || fail(400);
        break;
    case 6:
        if (is("expect"))
            framing_.expects_continue = request.minor_version == 1 &&
                                        base::equal_ignoring_case(field.value, "100-continue");
        break;
    case 10:
        if (is("connection") && list_contains(field.value, "close"))
            request.keep_alive = false;
        else if (is("connection") && request.minor_version == 0)
            request.keep_alive = list_contains(field.value, "keep-alive");
        break;
    case 14:
        if (is("content-length"))
            return interpret_length(field.value);
        break;
    case 17:
        if (is("transfer-encoding")) {
            if (!base::equal_ignoring_case(field.value, "chunked"))
                return fail(501);
            return !std::exchange(framing_.chunked, true) || fail(400);
        }
        break;
    }
    return true;
}

bool RequestParser::interpret_length(std::string_view value)
{
    std::uint64_t length = 0;
    const char* const last = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), last, length);
    if (error == std::errc::result_out_of_range)
        return fail(413);
    if (error != std::errc{} || end != last)
        return fail(400);
    if (framing_.has_length && framing_.content_length != length)
        return fail(400);
    framing_.has_length = true;
    framing_.content_length = length;
    return true;
}

// What could be read in two ways is refused: that is how requests are smuggled.
bool RequestParser::framing_is_sound(const Request& request)
{
    if (request.minor_version == 1 && !framing_.has_host)
        return fail(400);
    if (framing_.chunked && (framing_.has_length || request.minor_version == 0))
        return fail(400);
    if (framing_.content_length > limits_.body)
        return fail(413);
    return true;
}

RequestParser::Outcome RequestParser::next_body(Request& request)
{
    if (framing_.chunked)
        return next_chunked_body(request);
    const auto size = head_size_ + static_cast<std::size_t>(framing_.content_length);
    if (view_.size() < size)
        return wait_for_body();
    return finish(request, size, view_.substr(head_size_, size - head_size_));
}

RequestParser::Outcome RequestParser::next_chunked_body(Request& request)
{
    const auto raw = view_.substr(head_size_ + decoded_);
    const auto [outcome, used] = chunks_.decode(raw, chunked_body_, limits_.body);
    decoded_ += used;
    switch (outcome) {
    case ChunkedDecoder::Outcome::need_more: return wait_for_body();
    case ChunkedDecoder::Outcome::complete:
        return finish(request, head_size_ + decoded_, chunked_body_);
    case ChunkedDecoder::Outcome::malformed: fail(400); break;
    case ChunkedDecoder::Outcome::too_large: fail(413); break;
    }
    return Outcome::failed;
}

RequestParser::Outcome RequestParser::wait_for_body()
{
    const bool nothing_yet = view_.size() == head_size_ && chunked_body_.empty();
    if (framing_.expects_continue && nothing_yet && !std::exchange(continue_said_, true))
        return Outcome::need_continue;
    return Outcome::need_more;
}

RequestParser::Outcome RequestParser::finish(Request& request, std::size_t message_size,
                                             std::string_view body)
{
    request.body = body;
    finished_ = message_size;
    head_size_ = 0;
    decoded_ = 0;
    framing_ = {};
    continue_said_ = false;
    return Outcome::complete;
}

bool RequestParser::fail(int status)
{
    failure_ = status;
    return false;
}

}  // namespace locustella::demo
