// The part of a Connection whose bodies pass piece by piece: down, as their reader takes them, and
// up, as their owner has them.
#include <charconv>
#include <utility>

#include "client/client.hpp"
#include "client/connection.hpp"

namespace locustella::client {

using http::Phases;
using http::Response;
using http::Upload;
namespace {

// size CRLF bytes CRLF (RFC 9112, section 7.1). An empty chunk would be the last one.
void append_chunk(std::string& out, std::string_view bytes)
{
    if (bytes.empty())
        return;
    char digits[16];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), bytes.size(), 16).ptr;
    out.append(digits, end).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace

// A streamed answer: its user goes on as soon as the head is known, unless it is a redirect to
// follow.
void Connection::announce_head()
{
    Response& response = parser_.response();
    if (exchange_->head_announced_) {
        if (response.bytes.size() > response.head_size)
            context_.reactor.resume_later(*exchange_);
        return;
    }
    if (!client_->head_arrived(*exchange_, response))
        return parser_.hold_body(true);
    exchange_->head_announced_ = true;
    exchange_->times.ended = exchange_->times.head;
    exchange_->times.enter(&Phases::receive, exchange_->times.ended);
    exchange_->response = response;
    response.bytes.erase(0, response.head_size);
    response.head_size = 0;
    exchange_->response.bytes.resize(exchange_->response.head_size);
    context_.reactor.resume_later(*exchange_);
}

void Connection::read_on()
{
    if (!exchange_)
        return;
    Response& arrived = parser_.response();
    exchange_->response.bytes.append(arrived.bytes);
    arrived.bytes.clear();
    if (!std::exchange(paused_, false))
        return;
    set_deadline(exchange_->request.timeouts.read);  // the silence was ours
    context_.reactor.send_later(*this);
}

// Everything so far has gone out. While the owner makes the next piece, no time limit but the total
// one runs.
void Connection::ask_for_body()
{
    out_.clear();
    written_ = 0;
    set_deadline(0);
    exchange_->wants_body = true;
    exchange_->asked_for_body_ = true;
    context_.reactor.resume_later(*exchange_);
}

void Connection::send_body(std::string_view bytes, bool last)
{
    exchange_->wants_body = false;
    body_ended_ = last;
    if (exchange_->request.upload == Upload::chunked) {
        append_chunk(out_, bytes);
        if (last)
            out_.append("0\r\n\r\n");
    } else {
        out_.append(bytes);
    }
    context_.reactor.send_later(*this);
}

}  // namespace locustella::client
