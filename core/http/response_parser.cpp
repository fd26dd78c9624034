#include "http/response_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>
#include <new>
#include <utility>

#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using view = boost::beast::string_view;

// False as soon as it cannot become one any more: waiting for more of an SSH banner would last for
// ever.
bool may_be_response(std::string_view bytes)
{
    constexpr std::string_view beginning = "HTTP/1.";
    return bytes.starts_with(beginning.substr(0, bytes.size()));
}

// RFC 9112, section 5.2: a fold means blanks.
void unfold(std::string& head)
{
    for (auto at = head.find('\n'); at + 1 < head.size(); at = head.find('\n', at + 1)) {
        if (head[at + 1] != ' ' && head[at + 1] != '\t')
            continue;
        head[at] = ' ';
        if (at > 0 && head[at - 1] == '\r')
            head[at - 1] = ' ';
    }
}

// Where a head says both, http.client goes by the coding if it is "chunked", else by the length.
std::string with_one_framing(std::string head)
{
    const HeaderBlock fields(head);
    const auto coding = fields.find("transfer-encoding");
    if (!coding || !fields.find("content-length"))
        return head;
    const bool chunked = equal_ignoring_case(*coding, "chunked");
    return without_fields(head, {chunked ? "content-length" : "transfer-encoding"});
}

std::string mended(std::string_view head)
{
    std::string result;
    result.reserve(head.size() + 32);
    bool first = true;
    while (!head.empty()) {
        const auto end = head.find('\n');
        auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!first && !line.empty() && line.find(':') == std::string_view::npos)
            continue;  // http.client drops lines that are no fields
        result += line;
        if (first && line.size() == 12)
            result += ' ';
        result += "\r\n";
        first = false;
    }
    return with_one_framing(std::move(result));
}

// of a chunk's size or a trailer; http.client's, for any line
constexpr std::size_t longest_line = 64 * 1024;
constexpr std::size_t shown = 100;  // of a bad line

// The line at `at` with its end, for a person to see; not pages of it.
std::string line_at(std::string_view text, std::size_t at)
{
    const auto rest = text.substr(std::min(at, text.size()), shown);
    const auto end = rest.find('\n');
    return std::string(rest.substr(0, end == std::string_view::npos ? end : end + 1));
}

// The line of a chunk's size as strict parsing wants it: the number alone. http.client reads what
// is before a ";" and lets blanks be; so do we. `size` is how much of `bytes` the line took; empty
// when it holds no number.
std::string mended_chunk_line(std::string_view bytes, std::size_t& size)
{
    const std::size_t begin = bytes.starts_with("\r\n") ? 2 : 0;  // the end of the chunk before
    const auto end = bytes.find("\r\n", begin);
    if (end == std::string_view::npos)
        return {};
    auto number = bytes.substr(begin, end - begin);
    number = number.substr(0, number.find(';'));
    const auto from = number.find_first_not_of(" \t");
    if (from == std::string_view::npos)
        return {};
    number = number.substr(from, number.find_last_not_of(" \t") - from + 1);
    if (number.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
        return {};
    size = end + 2;
    return std::string(bytes.substr(0, begin)).append(number).append("\r\n");
}

std::error_code translated(const error_code& ec)
{
    if (ec == beast_http::error::header_limit)
        return Error::head_too_large;
    if (ec == beast_http::error::body_limit)
        return Error::body_too_large;
    if (ec == beast_http::error::partial_message)
        return Error::incomplete_body;
    if (ec == boost::system::errc::not_enough_memory)
        return std::make_error_code(std::errc::not_enough_memory);
    return Error::malformed_response;
}

}  // namespace

class ResponseParser::Beast : public beast_http::basic_parser<false> {
public:
    explicit Beast(ResponseParser& owner) : owner_(owner), response_(owner.response_)
    {
        header_limit(owner.limits_.head);
        body_limit(boost::none);  // on_body_impl has one that knows of streams
        skip(owner.to_head_);
    }

private:
    void on_request_impl(beast_http::verb, view, view, int, error_code&) override {}
    void on_response_impl(int code, view, int version, error_code& ec) override
    {
        if (code < 100)
            ec = beast_http::error::bad_status;
        response_.status = code;
        response_.http_1_0 = version == 10;
    }
    void on_field_impl(beast_http::field name, view, view value, error_code&) override
    {
        if (name == beast_http::field::content_encoding)
            response_.coded = response_.coded || (!value.empty() && value != "identity");
        else if (name == beast_http::field::set_cookie)
            response_.sets_cookies = true;
    }
    void on_trailer_field_impl(beast_http::field, view, view, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override
    {
        // a wrong Content-Length must not cost memory
        constexpr std::uint64_t most_at_once = 8 << 20;
        if (!length)
            return;
        check_room_for(*length, ec);
        const auto size = response_.bytes.size() + std::min(*length, most_at_once);
        with_memory(ec, [&] { response_.bytes.reserve(size); });
    }
    std::size_t on_body_impl(view part, error_code& ec) override
    {
        check_room_for(part.size(), ec);
        if (ec)
            return 0;
        with_memory(ec, [&] { response_.bytes.append(part.data(), part.size()); });
        return ec ? 0 : part.size();
    }
    void on_chunk_header_impl(std::uint64_t size, view, error_code& ec) override
    {
        owner_.last_chunk_ = size == 0;
        check_room_for(size, ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, view part, error_code& ec) override
    {
        return on_body_impl(part, ec);
    }
    void on_finish_impl(error_code&) override {}

    // A body that the machine has no memory for fails its request, and gives back what it took.
    template <class Step>
    void with_memory(error_code& ec, Step step)
    {
        if (ec)
            return;
        try {
            step();
        } catch (const std::bad_alloc&) {
            ec = make_error_code(boost::system::errc::not_enough_memory);
            response_.bytes.resize(response_.head_size);
            response_.bytes.shrink_to_fit();
        }
    }

    void check_room_for(std::uint64_t size, error_code& ec) const
    {
        const auto held = response_.bytes.size() - response_.head_size;
        if (owner_.holds_body_ && (held > owner_.limits_.body || size > owner_.limits_.body - held))
            ec = beast_http::error::body_limit;
    }

    ResponseParser& owner_;
    Response& response_;
};

ResponseParser::ResponseParser(const Limits& limits) : limits_(limits) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::begin(bool to_head)
{
    to_head_ = to_head;
    started_ = false;
    holds_body_ = true;
    interim_ = 0;
    bad_line_.clear();
    begin_message();
}

void ResponseParser::begin_message()
{
    response_ = Response{};
    scan_ = {};
    last_chunk_ = closed_after_it_ = false;
    if (beast_) {  // a parser serves one message; its memory serves the next
        std::destroy_at(beast_.get());
        std::construct_at(beast_.get(), *this);
    } else {
        beast_ = std::make_unique<Beast>(*this);
    }
}

bool ResponseParser::has_head() const
{
    return beast_ && beast_->is_header_done();
}

bool ResponseParser::complete() const
{
    return closed_after_it_ || (beast_ && beast_->is_done());
}

// The size of the head, with the empty line, whatever ends its lines; 0 while it is incomplete.
std::size_t ResponseParser::find_head_end(std::string_view bytes)
{
    auto lines = scan_.lines;
    auto at = bytes.find('\n', scan_.at);
    for (; at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        if (at + 1 == bytes.size())
            break;  // what comes next says what this line feed is
        const char next = bytes[at + 1];
        if (next == '\n')
            return at + 2;
        if (next == '\r') {
            if (at + 2 == bytes.size())
                break;
            if (bytes[at + 2] == '\n')
                return at + 3;
        }
        if (next == ' ' || next == '\t')
            scan_.folded = true;
        if (++lines > limits_.fields) {
            at += next == '\r' ? 2 : 1;  // one byte less would have left it open
            break;
        }
    }
    scan_.at = std::min(at, bytes.size());
    scan_.lines = lines;
    return 0;
}

void ResponseParser::parse_head(std::string head, std::error_code& ec)
{
    error_code failed;
    const auto good = beast_->put({head.data(), head.size()}, failed);
    if (beast_->is_header_done()) {
        response_.bytes = std::move(head);
        return;
    }
    ec = translated(failed);
    bad_line_ = line_at(head, good);
    if (good > 0 && ec == Error::malformed_response)
        ec = Error::malformed_field;
}

// Waits for the whole head: Beast would take it line by line, and we keep all of it.
std::size_t ResponseParser::put_head(std::string_view bytes, std::error_code& ec)
{
    if (!may_be_response(bytes)) {
        ec = Error::malformed_response;
        bad_line_ = line_at(bytes, 0);
        return 0;
    }
    const auto size = find_head_end(bytes);
    const bool too_many = scan_.lines > limits_.fields;
    if ((too_many ? scan_.at : size ? size : bytes.size()) > limits_.head)
        ec = Error::head_too_large;  // whichever limit is met first, however the head was cut
    else if (too_many)
        ec = Error::too_many_fields;
    if (ec || size == 0)
        return 0;
    std::string head(bytes.substr(0, size));
    if (scan_.folded)
        unfold(head);
    parse_head(head, ec);
    if (ec && ec != Error::head_too_large) {
        ec.clear();
        begin_message();
        parse_head(mended(head), ec);
    }
    return ec ? 0 : size;
}

// Whether the head was that of an interim answer, behind which the real one comes.
bool ResponseParser::skip_interim(std::error_code& ec)
{
    if (response_.status / 100 != 1 || response_.status == 101)
        return false;
    if (++interim_ > limits_.interim) {
        ec = Error::too_many_interim;
        response_.head_size = response_.bytes.size();  // no body of anything
    } else {
        begin_message();
    }
    return true;
}

// What to do about bytes of a body that Beast does not take: how many of them are used, or 0 and
// perhaps an error.
std::size_t ResponseParser::mend_body(std::string_view rest, error_code failed, std::error_code& ec)
{
    if (failed == beast_http::error::bad_chunk ||
        failed == beast_http::error::bad_chunk_extension) {
        std::size_t size = 0;
        if (const auto line = mended_chunk_line(rest, size); !line.empty()) {
            failed = {};
            if (beast_->put({line.data(), line.size()}, failed) == line.size())
                return size;
        }
    }
    if (failed == beast_http::error::need_more) {
        if (rest.size() > longest_line)
            ec = Error::head_too_large;
        return 0;
    }
    ec = translated(failed);
    if (ec == std::errc::not_enough_memory)
        return 0;  // no line was wrong
    bad_line_ = line_at(rest, rest.starts_with("\r\n") ? 2 : 0);
    return 0;
}

std::size_t ResponseParser::put(std::string_view bytes, std::error_code& ec)
{
    std::size_t used = 0;
    started_ = started_ || !bytes.empty();
    while (used < bytes.size() && !complete()) {
        const auto rest = bytes.substr(used);
        if (has_head()) {
            error_code failed;
            const auto step = beast_->put({rest.data(), rest.size()}, failed);
            used += step;
            if (!failed)
                continue;
            const auto more = mend_body(rest.substr(step), failed, ec);
            if (more == 0)
                return used;
            used += more;
            continue;
        }
        used += put_head(rest, ec);
        if (ec || !has_head())
            return used;
        if (skip_interim(ec)) {
            if (ec)
                return used;
            continue;
        }
        response_.head_size = response_.bytes.size();
        response_.keep_alive = beast_->keep_alive();
    }
    return used;
}

void ResponseParser::end_of_stream(std::error_code& ec)
{
    if (!has_head()) {
        ec = started_ ? Error::incomplete_head : Error::closed_before_response;
        return;
    }
    error_code failed;
    beast_->put_eof(failed);
    // RFC 9112, section 8: the last chunk makes a body complete. Some servers leave out the line
    // behind it.
    if (failed == beast_http::error::partial_message && last_chunk_)
        closed_after_it_ = true;
    else if (failed)
        ec = translated(failed);
}

}  // namespace locustella::http
