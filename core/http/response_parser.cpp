#include "http/response_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>
#include <new>
#include <optional>
#include <utility>

#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using view = boost::beast::string_view;

// False as soon as it cannot become one any more: waiting for more of an SSH banner would last for ever.
bool may_be_response(std::string_view bytes)
{
    constexpr std::string_view beginning = "HTTP/1.";
    return bytes.starts_with(beginning.substr(0, bytes.size()));
}

struct HeadEnd {
    std::size_t size = 0;  // with the empty line, whatever ends its lines; 0 while it is incomplete
    bool folded = false;   // a line continues the one before it
};

HeadEnd find_head_end(std::string_view bytes)
{
    HeadEnd end;
    for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        const auto rest = bytes.substr(at + 1);
        if (rest.starts_with('\n') || rest.starts_with("\r\n")) {
            end.size = at + (rest.front() == '\n' ? 2 : 3);
            return end;
        }
        end.folded = end.folded || rest.starts_with(' ') || rest.starts_with('\t');
    }
    return end;
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

std::error_code translated(const error_code& ec)
{
    if (ec == beast_http::error::header_limit)
        return Error::header_too_large;
    if (ec == beast_http::error::partial_message)
        return Error::incomplete_body;
    return Error::malformed_response;
}

}  // namespace

class ResponseParser::Beast : public beast_http::basic_parser<false> {
public:
    Beast(Response& response, bool to_head) : response_(response)
    {
        header_limit(head_limit);
        body_limit(boost::none);
        skip(to_head);
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
            response_.coded = !value.empty() && value != "identity";
        else if (name == beast_http::field::set_cookie)
            response_.sets_cookies = true;
    }
    void on_trailer_field_impl(beast_http::field, view, view, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override
    {
        constexpr std::uint64_t most_at_once = 8 << 20;  // a wrong Content-Length must not cost memory
        if (length)
            response_.bytes.reserve(response_.bytes.size() + std::min(*length, most_at_once));
    }
    std::size_t on_body_impl(view part, error_code&) override
    {
        response_.bytes.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view part, error_code&) override
    {
        response_.bytes.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(error_code&) override {}

    Response& response_;
};

ResponseParser::ResponseParser() = default;
ResponseParser::~ResponseParser() = default;

void ResponseParser::begin(bool to_head)
{
    to_head_ = to_head;
    started_ = false;
    response_ = Response{};
    if (beast_) {  // a parser serves one message; its memory serves the next
        std::destroy_at(beast_.get());
        std::construct_at(beast_.get(), response_, to_head);
    } else {
        beast_ = std::make_unique<Beast>(response_, to_head);
    }
}

bool ResponseParser::has_head() const
{
    return beast_ && beast_->is_header_done();
}

bool ResponseParser::complete() const
{
    return beast_ && beast_->is_done();
}

void ResponseParser::parse_head(std::string head, std::error_code& ec)
{
    error_code failed;
    beast_->put({head.data(), head.size()}, failed);
    if (beast_->is_header_done())
        response_.bytes = std::move(head);
    else
        ec = translated(failed);
}

// Waits for the whole head: Beast would take it line by line, and we keep all of it.
std::size_t ResponseParser::put_head(std::string_view bytes, std::error_code& ec)
{
    if (!may_be_response(bytes)) {
        ec = Error::malformed_response;
        return 0;
    }
    const auto end = find_head_end(bytes);
    if (end.size == 0) {
        if (bytes.size() > head_limit)
            ec = Error::header_too_large;
        return 0;
    }
    std::string head(bytes.substr(0, end.size));
    if (end.folded)
        unfold(head);
    parse_head(head, ec);
    if (ec && ec != Error::header_too_large) {
        ec.clear();
        begin(to_head_);
        started_ = true;
        parse_head(mended(head), ec);
    }
    return ec ? 0 : end.size;
}

std::size_t ResponseParser::put(std::string_view bytes, std::error_code& ec)
{
    std::size_t used = 0;
    started_ = started_ || !bytes.empty();
    while (used < bytes.size() && !complete()) {
        const auto rest = bytes.substr(used);
        if (!has_head()) {
            const auto step = put_head(rest, ec);
            used += step;
            if (ec || !has_head())
                return used;
            response_.head_size = response_.bytes.size();
            response_.keep_alive = beast_->keep_alive();
            if (response_.status / 100 == 1 && response_.status != 101) {
                begin(to_head_);
                started_ = true;
            }
            continue;
        }
        error_code failed;
        const auto step = beast_->put({rest.data(), rest.size()}, failed);
        used += step;
        if (failed == beast_http::error::need_more)
            return used;
        if (failed) {
            ec = translated(failed);
            return used;
        }
    }
    return used;
}

void ResponseParser::end_of_stream(std::error_code& ec)
{
    if (!has_head()) {
        ec = Error::closed_before_response;
        return;
    }
    error_code failed;
    beast_->put_eof(failed);
    if (failed)
        ec = translated(failed);
}

}  // namespace locustella::http
