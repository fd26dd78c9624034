#include "demo/conversation.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace locustella::demo {
namespace {

void append_number(std::string& out, std::uint64_t number, int base = 10)
{
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status)
{
    if (status == 200) {
        out.append("HTTP/1.1 200 OK\r\nServer: locustella-demo\r\n");
        return;
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(status));
    out.append(" ").append(reason_phrase(status)).append("\r\nServer: locustella-demo\r\n");
}

}  // namespace

struct Conversation::Answer {
    enum class Stage { delayed, in_head, in_body };

    Reply reply;
    Manner manner;
    ServiceRecord record;
    Stage stage = Stage::delayed;
};

Conversation::Conversation(Site& site, bool logging)
    : site_(site),
      parser_(site.limits()),
      logging_(logging)
{
    if (logging)
        answered_ = std::make_unique<std::deque<Answered>>();
}

Conversation::~Conversation() = default;

Next Conversation::receive(std::string_view bytes, std::int64_t arrival_ns, std::string& out)
{
    arrival_ns_ = arrival_ns;
    holds_unread_ = false;
    parser_.feed(bytes);
    const auto next = answer_requests(out);
    parser_.release();
    put_out_ += out.size();
    return next;
}

Next Conversation::resume(std::string& out)
{
    auto next = answer_ ? advance(out) : std::nullopt;
    if (!next) {
        holds_unread_ = false;
        parser_.feed({});
        next = answer_requests(out);
        parser_.release();
    }
    put_out_ += out.size();
    return *next;
}

void Conversation::hold(std::string_view bytes, std::int64_t arrival_ns)
{
    arrival_ns_ = arrival_ns;
    holds_unread_ = true;
    parser_.feed(bytes);
    parser_.release();
}

void Conversation::sent(std::uint64_t total, std::int64_t now_ns, ServiceLog& log)
{
    while (!answered_->empty() && answered_->front().end <= total) {
        auto& record = answered_->front().record;
        record.sent_ns = now_ns;
        log.add(record);
        answered_->pop_front();
    }
}

void Conversation::abandon(ServiceLog& log)
{
    for (const auto& answered : *answered_)
        log.add(answered.record);
    answered_->clear();
    if (answer_)
        log.add(answer_->record);
    answer_.reset();
}

Next Conversation::answer_requests(std::string& out)
{
    auto& request = site_.request;
    while (out.size() < full_batch) {
        switch (parser_.next(request)) {
        case RequestParser::Outcome::need_more: return {Next::Kind::read};
        case RequestParser::Outcome::need_continue:
            out.append("HTTP/1.1 100 Continue\r\n\r\n");
            break;
        case RequestParser::Outcome::failed: {
            ++site_.counters.requests;
            const auto record = ServiceRecord::of(arrival_ns_, {});
            const int status = parser_.failure();
            return *begin(Reply::error(status, reason_phrase(status)), {.close = true}, record,
                          out);
        }
        case RequestParser::Outcome::complete: {
            ++site_.counters.requests;
            const Manner manner{.head_only = request.method == Method::head,
                                .http_1_0 = request.minor_version == 0,
                                .close = !request.keep_alive};
            const auto record =
                logging_ ? ServiceRecord::of(arrival_ns_, request.target) : ServiceRecord{};
            if (auto next = begin(site_.answer(request), manner, record, out))
                return *next;
            break;
        }
        }
    }
    return {Next::Kind::more};
}

// nullopt: answered in full, and the connection stays.
std::optional<Next> Conversation::begin(Reply reply, Manner manner, const ServiceRecord& record,
                                        std::string& out)
{
    if (reply.ending == Reply::Ending::reset) {
        if (logging_)
            answered_->push_back({record, ~std::uint64_t{0}});
        return Next{Next::Kind::reset};
    }
    if (reply.source && reply.framing.kind == Framing::Kind::chunked && manner.http_1_0)
        reply.framing = Framing::until_close();
    manner.close |= reply.ending == Reply::Ending::close ||
                    (reply.source && reply.framing.kind == Framing::Kind::until_close);
    const auto delay = site_.delay_of(reply);
    if (delay <= Nanos{0} && !reply.source && reply.pause_in_head <= Nanos{0}) {
        append_status_line(out, reply.status);
        append_fields(reply, manner, out);
        if (!manner.head_only)
            out.append(reply.prebuilt ? reply.prebuilt->body : reply.body);
        auto done = record;
        done.status = static_cast<std::uint16_t>(reply.status);
        return finish(manner, done, out);
    }
    answer_ = std::make_unique<Answer>(Answer{std::move(reply), manner, record});
    answer_->record.status = static_cast<std::uint16_t>(answer_->reply.status);
    if (delay > Nanos{0})
        return Next{Next::Kind::wait, delay};
    return advance(out);
}

std::optional<Next> Conversation::advance(std::string& out)
{
    auto& answer = *answer_;
    if (answer.stage == Answer::Stage::delayed) {
        append_status_line(out, answer.reply.status);
        answer.stage = Answer::Stage::in_head;
        if (answer.reply.pause_in_head > Nanos{0})
            return Next{Next::Kind::wait, answer.reply.pause_in_head};
    }
    if (answer.stage == Answer::Stage::in_head) {
        append_fields(answer.reply, answer.manner, out);
        answer.stage = Answer::Stage::in_body;
    }
    if (answer.reply.source && !answer.manner.head_only)
        return advance_body(out);
    if (!answer.manner.head_only)
        out.append(answer.reply.prebuilt ? answer.reply.prebuilt->body : answer.reply.body);
    const auto whole = std::move(answer_);
    return finish(whole->manner, whole->record, out);
}

std::optional<Next> Conversation::advance_body(std::string& out)
{
    for (;;) {
        site_.piece.clear();
        const auto step = answer_->reply.source->next(site_.piece);
        append_piece(site_.piece, out);
        if (step.last)
            break;
        if (step.pause > Nanos{0})
            return Next{Next::Kind::wait, step.pause};
        if (out.size() >= full_batch)
            return Next{Next::Kind::more};
    }
    if (answer_->reply.framing.kind == Framing::Kind::chunked)
        out.append("0\r\n\r\n");
    const auto whole = std::move(answer_);
    return finish(whole->manner, whole->record, out);
}

std::optional<Next> Conversation::finish(const Manner& manner, const ServiceRecord& record,
                                         const std::string& out)
{
    if (logging_)
        answered_->push_back({record, put_out_ + out.size()});
    return manner.close ? std::optional{Next{Next::Kind::close}} : std::nullopt;
}

void Conversation::append_fields(const Reply& reply, const Manner& manner, std::string& out) const
{
    out.append(site_.date_line);
    if (reply.prebuilt) {
        out.append(reply.prebuilt->fields);
    } else {
        const bool bodiless = forbids_body(reply.status);
        if (!reply.content_type.empty() && !bodiless)
            out.append("Content-Type: ").append(reply.content_type).append("\r\n");
        if (reply.source && reply.framing.kind == Framing::Kind::chunked) {
            out.append("Transfer-Encoding: chunked\r\n");
        } else if (!bodiless &&
                   !(reply.source && reply.framing.kind == Framing::Kind::until_close)) {
            out.append("Content-Length: ");
            append_number(out, reply.source ? reply.framing.size : reply.body.size());
            out.append("\r\n");
        }
        out.append(reply.fields);
    }
    if (manner.close)
        out.append("Connection: close\r\n");
    else if (manner.http_1_0)
        out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

void Conversation::append_piece(std::string_view piece, std::string& out) const
{
    if (answer_->reply.framing.kind != Framing::Kind::chunked) {
        out.append(piece);
    } else if (!piece.empty()) {  // an empty chunk would end the body
        append_number(out, piece.size(), 16);
        out.append("\r\n").append(piece).append("\r\n");
    }
}

}  // namespace locustella::demo
