#include "http/http1_fsm.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "http/error.hpp"
#include "http/request_text.hpp"

namespace locustella::http {

using Step = Http1Fsm::Step;

void Http1Fsm::prepare(const Request& request, const Proxy& proxy, std::string_view cookies,
                       Times& times)
{
    write_request(request, proxy, cookies, out_);  // throws before anything has changed
    request_ = &request;
    times_ = &times;
    written_ = 0;
    pending_.clear();
    repeats_ = request.repeats;
    body_ended_ = request.upload == Upload::none;
    started_ = sending_ = asking_ = judged_ = announced_ = held_back_ = reusable_ = broken_ = false;
    just_ended_ = followed_ = false;
    deadline_ = 0;
    failure_ = {};
    if (times.begun)
        set_deadline(0, 0);  // another hop or another try: the time for all of them goes on
}

Step Http1Fsm::start(Nanos now, bool reused)
{
    parser_.begin(request_->method == "HEAD");
    parser_.hold_body(!request_->stream);
    times_->sent = now;
    times_->first = times_->head = 0;
    if (!reused)
        times_->enter(&Phases::send, now);  // until now it was connecting, or TLS
    times_->phase = &Phases::send;
    started_ = sending_ = at_once_ = true;
    paused_ = false;
    reused_ = reused;
    reads_ = 0;
    return Step::write;
}

Step Http1Fsm::wrote(std::size_t size, Nanos now)
{
    written_ += size;
    paused_ = false;
    return written_ < out_.size() ? Step::write : all_written(now);
}

Step Http1Fsm::all_written(Nanos now)
{
    if (!body_ended_) {
        out_.clear();
        written_ = 0;
        at_once_ = false;
        asking_ = true;
        set_deadline(0, 0);
        return Step::ask_for_body;
    }
    constexpr std::size_t worth_keeping = 4096;
    if (out_.capacity() > worth_keeping) {
        out_ = std::string();
        written_ = 0;
    }
    sending_ = false;
    if (at_once_)
        times_->phase = &Phases::first_byte;
    else if (!times_->first)
        times_->enter(&Phases::first_byte, now);
    set_deadline(request_->timeouts.read, at_once_ && !now ? times_->sent : now);
    return Step::wait;
}

Step Http1Fsm::write_blocked(Nanos now)
{
    at_once_ = false;
    paused_ = true;
    set_deadline(request_->timeouts.read, now);
    return Step::wait;
}

Step Http1Fsm::write_failed(std::error_code code, std::string words)
{
    return fail(Stage::send, code ? code : make_error_code(Error::closed_before_response),
                std::move(words));
}

Step Http1Fsm::writable(Nanos now)
{
    if (!sending_ || asking_)
        return Step::wait;
    return written_ < out_.size() ? Step::write : all_written(now);
}

Step Http1Fsm::send_body(std::string_view bytes, bool last)
{
    asking_ = false;
    paused_ = true;
    body_ended_ = last;
    if (request_->upload == Upload::chunked) {
        append_chunk(out_, bytes);
        if (last)
            out_.append(last_chunk);
    } else {
        out_.append(bytes);
    }
    return Step::yield;  // with the sends of the others
}

Step Http1Fsm::readable()
{
    reads_ = 0;
    return next_read();
}

Step Http1Fsm::next_read()
{
    if (announced_ && parser_.response().bytes.size() > stream_high_water) {
        held_back_ = true;
        set_deadline(0, 0);  // the silence is ours
        return Step::wait;
    }
    return reads_ == most_reads ? Step::yield : Step::read;
}

Step Http1Fsm::read_blocked(Nanos now)
{
    if (reads_ > 0)
        set_deadline(request_->timeouts.read, now);
    return Step::wait;
}

Step Http1Fsm::read_failed(std::error_code code, std::string words)
{
    return fail(Stage::receive, code, std::move(words));
}

Step Http1Fsm::received(std::string_view bytes, const Arrival& arrival, Nanos now)
{
    // of an earlier request, or of none
    if (reused_ && arrival.early && !parser_.started())
        return fail(Stage::receive, Error::unasked_response);
    ++reads_;
    just_ended_ = false;
    emptied_ = arrival.emptied;
    const Step step = parse(bytes, in_order(arrival.at), arrival.certainty);
    if (active())
        set_deadline(request_->timeouts.read, now);
    return step;
}

Step Http1Fsm::parse(std::string_view bytes, Nanos arrived, Certainty certainty)
{
    std::error_code ec;
    if (pending_.empty()) {
        const auto used = parser_.put(bytes, ec);
        pending_.assign(bytes.substr(used));
    } else {
        pending_.append(bytes);
        pending_.erase(0, parser_.put(pending_, ec));
    }
    // What is wrong behind a streamed answer's head is told when the head was.
    const bool after_head = request_->stream && !judged_ && parser_.has_head();
    if (ec && !after_head)
        return fail(Stage::receive, ec, parser_.bad_line());
    if (ec) {
        broken_ = true;
        failure_ = {Stage::receive, ec, parser_.bad_line()};
    }
    if (!times_->first)
        begin_answer(arrived);
    if (!parser_.has_head())
        return go_on();
    if (!times_->head) {
        times_->head = arrived;
        if (request_->stream) {  // which is over then for the statistics, if it is not followed
            times_->doubt(certainty);
            note_end();
        }
    }
    if (parser_.complete()) {
        note_end();
        return finish(parser_.response().keep_alive && pending_.empty() && all_sent(), arrived,
                      certainty);
    }
    if (!request_->stream || (judged_ && !announced_))
        return go_on();
    if (!judged_)
        return Step::judge_head;
    return parser_.response().bytes.empty() ? go_on() : Step::tell_owner;
}

void Http1Fsm::note_end()
{
    const Response& response = parser_.response();
    const bool body_behind = request_->stream && response.bytes.size() > response.head_size;
    just_ended_ = !announced_;
    followed_ = body_behind || !pending_.empty() || !response.keep_alive;
}

// The first bytes of an answer are there: perhaps before all of the request was out, or before our
// clock said so.
void Http1Fsm::begin_answer(Nanos arrived)
{
    times_->first = arrived;
    if (arrived < times_->since)
        times_->phase = &Phases::send;  // which took less, then
    times_->enter(&Phases::receive, arrived);
}

Step Http1Fsm::go_on()
{
    if (broken_)
        return fail(failure_.stage, failure_.code, std::move(failure_.words));
    return emptied_ ? Step::wait : next_read();
}

Step Http1Fsm::follow()
{
    judged_ = true;
    parser_.hold_body(true);
    return go_on();
}

Step Http1Fsm::announce(Response& response)
{
    judged_ = announced_ = true;
    times_->ended = times_->head;
    times_->enter(&Phases::receive, times_->ended);
    Response& arrived = parser_.response();
    response = arrived;
    response.bytes.resize(response.head_size);
    arrived.bytes.erase(0, arrived.head_size);
    arrived.head_size = 0;
    return Step::tell_owner;
}

Step Http1Fsm::take_body(Response& response, Nanos now)
{
    Response& arrived = parser_.response();
    response.bytes.append(arrived.bytes);
    arrived.bytes.clear();
    if (!std::exchange(held_back_, false))
        return Step::wait;
    set_deadline(request_->timeouts.read, now);
    return Step::yield;
}

Step Http1Fsm::closed(const Arrival& arrival)
{
    std::error_code ec;
    parser_.end_of_stream(ec);
    if (ec)
        return fail(Stage::receive, ec);
    return finish(/*keep=*/false, in_order(arrival.at), arrival.certainty);
}

Step Http1Fsm::finish(bool keep, Nanos last_arrival, Certainty certainty)
{
    reusable_ = keep;
    if (!announced_) {
        times_->ended = last_arrival;
        times_->doubt(certainty);
        times_->enter(&Phases::receive, last_arrival);
    }
    request_ = nullptr;
    deadline_ = 0;
    return Step::done;
}

Step Http1Fsm::fail(Stage stage, std::error_code code, std::string words)
{
    failure_ = {stage, code, std::move(words)};
    request_ = nullptr;
    deadline_ = 0;
    return Step::failed;
}

Step Http1Fsm::timed_out(Nanos now)
{
    if (deadline_ == 0 || now < deadline_)
        return Step::wait;
    const Timeouts& timeouts = request_->timeouts;
    if (timeouts.total && now >= times_->begun + times_->own + timeouts.total)
        return fail(Stage::receive, Error::total_timeout);
    if (!asking_ && !held_back_)
        return fail(Stage::receive, Error::read_timeout);
    set_deadline(0, 0);  // the silence is ours
    return Step::wait;
}

void Http1Fsm::set_deadline(Nanos silence, Nanos now)
{
    const Nanos total = request_->timeouts.total;
    deadline_ = silence ? now + silence : 0;
    if (total)
        deadline_ = std::min(silence ? deadline_ : std::numeric_limits<Nanos>::max(),
                             times_->begun + times_->own + total);
}

// An answer that came before it was asked for took no time; and where one piece's time is the
// kernel's and the other's only that of our reading, they do not come in the wrong order.
Nanos Http1Fsm::in_order(Nanos arrival) const
{
    return std::max({arrival, times_->sent, times_->first, times_->head});
}

// A reset without a closing before it (the kernel would say EPIPE then) may come from a server that
// has read the request and not yet acknowledged it: that counts as a failure, unless nothing of the
// request had left.
bool Http1Fsm::perhaps_stale(bool peer_closed, bool unsent) const
{
    const auto& code = failure_.code;
    const bool lost = code == Error::closed_before_response || code == std::errc::broken_pipe ||
                      // such as 408, and then the closing
                      (code == Error::unasked_response && peer_closed) ||
                      (code == std::errc::connection_reset && unsent);
    return reused_ && lost;
}

// It does so for new connections too; we do not: a server that accepts a connection and closes it
// has failed.
bool Http1Fsm::may_repeat() const
{
    const auto& code = failure_.code;
    const bool lost = code == Error::closed_before_response || code == std::errc::broken_pipe ||
                      code == std::errc::connection_reset;
    return lost && reused_ && repeats_ && !parser_.started();
}

void Http1Fsm::take_response(Response& response)
{
    Response& arrived = parser_.response();
    if (announced_)
        response.bytes.append(arrived.bytes);  // also what came before the body broke off
    else if (!failure_ || (started_ && parser_.started()))
        response = std::move(arrived);
}

void Http1Fsm::abandon()
{
    request_ = nullptr;
    deadline_ = 0;
    pending_ = std::string();
}

}  // namespace locustella::http
