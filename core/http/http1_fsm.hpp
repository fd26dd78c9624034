// The way of a request over an HTTP/1.1 connection, and of its answer back: bytes and time in, what
// to do out. Sans-I/O: whoever has the socket carries the steps out.
//
//   Http1Fsm fsm(limits);
//   fsm.prepare(request, proxy, cookies, times);
//   for (Step step = fsm.start(now, reused);;)
//       switch (step) {
//       case Step::write: step = fsm.wrote(send(fsm.unsent()), now); break;
//       case Step::read: step = fsm.received(bytes, {.at = when they arrived}, now); break;
//       case Step::wait: ...   // until the socket is ready: writable(), readable(); or deadline()
//       case Step::done: return fsm.take_response();
//       case Step::failed: return fsm.take_failure();
//       ...
//
// state      event                              next       does
// ---------  ---------------------------------  ---------  ----------------------------------------
// idle       start()                            sending    notes when; the first bytes are due
// sending    wrote(), more is left              sending    write again
// sending    write_blocked()                    sending    waits for writable()
// sending    wrote() all, the body goes on      asking     the owner's next piece is due; no time
//                                                          limit but the total one runs
// sending    wrote() all                        receiving  waits for the answer
// asking     send_body()                        sending
// any of the three, readable(), received():
//            the head is not complete           as before  reads on
//            a whole answer                     idle       done; reusable() if all was sent, and
//                                                          nothing follows it
//            a streamed answer's head           as before  judge_head: follow() or announce();
//                                                          what is wrong behind it fails after that
//            more of an announced body          as before  tell_owner; holds back beyond high water
//            bytes from before the request      idle       failed: unasked_response
//            no answer, or beyond the limits    idle       failed
// any        closed()                           idle       done, where the closing ends the body;
//                                                          else failed
// any        write_failed(), read_failed()      idle       failed
// any        timed_out() after the deadline     idle       failed, unless the silence is ours
//
// Sending and receiving are halves of their own: a server may answer before it has the whole
// request. What it has said is looked at first, because one that refuses a body may have a reset
// behind its answer, which writing runs into.
//
// Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/nanos.hpp"
#include "http/failure.hpp"
#include "http/limits.hpp"
#include "http/proxy.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/response_parser.hpp"
#include "http/times.hpp"

namespace locustella::http {

class Http1Fsm {
public:
    // What is to be done next, and how its outcome is told.
    enum class Step : std::uint8_t {
        wait,   // nothing, until the socket is ready, the owner acts, or deadline() comes
        write,  // unsent(), as much as the socket takes: wrote(), write_blocked(), write_failed()
        read,   // once: received(), read_blocked(), closed(), read_failed()
        yield,  // others first; then readable() and writable()
        ask_for_body,  // tell the owner that the next piece is due; it answers by send_body()
        judge_head,    // shall this answer be followed elsewhere? follow() or announce()
        tell_owner,    // more of a streamed body is there, for take_body(); then go_on()
        done,          // take_response(); may the connection be kept: reusable()
        failed         // take_failure()
    };

    // How bytes came.
    struct Arrival {
        Nanos at = 0;  // when the last of them reached this machine; 0: unknown
        Certainty certainty = Certainty::read;
        bool early = false;    // certainly before this request left
        bool emptied = false;  // nothing is left to read before the socket says so
    };

    static constexpr int most_reads = 16;  // in one go: 1 MiB
    static constexpr std::size_t stream_high_water = 256 * 1024;

    explicit Http1Fsm(const Limits& limits) : parser_(limits) {}

    // `request` and `times` outlive it; `cookies` is the value of a Cookie field.
    void prepare(const Request& request, const Proxy& proxy, std::string_view cookies,
                 Times& times);
    // The connection stands, or stood already (`reused`).
    Step start(Nanos now, bool reused);

    // Whether `now` matters to what is told next; it may be 0 if not, which spares reading a clock.
    bool wants_time() const { return !at_once_ || request_->timeouts.read != 0; }

    std::string_view unsent() const { return std::string_view(out_).substr(written_); }
    Step wrote(std::size_t size, Nanos now);
    Step write_blocked(Nanos now);
    // Between two writes there was a pause, of ours or of the kernel's: then, before the next one,
    // went_on_late() is wanted if all that was written has left, so that the server may have
    // waited.
    bool goes_on() const { return paused_; }
    void went_on_late() { times_->doubt(Certainty::upper_bound); }
    // Without a code the peer had closed.
    Step write_failed(std::error_code code, std::string words);

    Step received(std::string_view bytes, const Arrival& arrival, Nanos now);
    Step read_blocked(Nanos now);
    // By the peer; `arrival` of its closing.
    Step closed(const Arrival& arrival);
    Step read_failed(std::error_code code, std::string words);

    Step readable();
    Step writable(Nanos now);
    Step go_on();

    // judge_head: it is a redirect that will be followed, so that its body is only read to its end.
    Step follow();
    // judge_head: the owner gets the head (in `response`), and take_body() its body piece by piece.
    Step announce(Response& response);
    // Moves what has come of an announced body behind what is in `response`.
    Step take_body(Response& response, Nanos now);

    // The owner's next piece of an upload, or its end.
    Step send_body(std::string_view bytes, bool last);

    // At this time, unless something happens before, timed_out() is wanted; 0: never.
    Nanos deadline() const { return deadline_; }
    Step timed_out(Nanos now);

    // From prepare() to done or failed.
    bool active() const { return request_ != nullptr; }
    // What has come so far, head or not.
    const Response& response() const { return parser_.response(); }
    // The request is at its end and nothing stands behind its answer: the next may go this way.
    bool reusable() const { return reusable_; }
    // What was received last had the answer's end in it, or the end of a streamed one's head.
    bool has_just_ended() const { return just_ended_; }
    // Something stood behind that end, or will: the server says that it closes the connection.
    bool is_followed() const { return followed_; }

    // A failure that a server's closing of a kept connection would explain: if it has not seen the
    // request. unsent: no byte of it has left this process.
    bool perhaps_stale(bool peer_closed, bool unsent) const;
    // Whether geventhttpclient, the client of Locust's FastHttpUser, would send the failed request
    // again: it does no harm twice, and a kept connection ended without a byte of an answer.
    bool may_repeat() const;

    // The answer is streamed, and its owner has the head.
    bool announced() const { return announced_; }
    // All of it, or, announced, the rest of its body behind what is in `response`. Of failed: what
    // there is of it, if anything.
    void take_response(Response& response);
    Failure take_failure() { return std::exchange(failure_, {}); }

    // Lets go of the request, whatever it was doing.
    void abandon();

private:
    Step next_read();
    Step all_written(Nanos now);
    Step parse(std::string_view bytes, Nanos arrived, Certainty certainty);
    Step fail(Stage stage, std::error_code code, std::string words = {});
    Step finish(bool keep, Nanos last_arrival, Certainty certainty);
    void begin_answer(Nanos arrived);
    void note_end();
    void set_deadline(Nanos silence, Nanos now);
    Nanos in_order(Nanos arrival) const;
    bool all_sent() const { return written_ >= out_.size() && body_ended_; }

    ResponseParser parser_;
    std::string out_;
    std::string pending_;  // read but not yet parsable
    Failure failure_;
    const Request* request_ = nullptr;
    Times* times_ = nullptr;
    std::size_t written_ = 0;
    Nanos deadline_ = 0;
    int reads_ = 0;
    bool started_ = false;
    bool reused_ = false;
    bool repeats_ = false;    // as the request says, which is let go of at the end
    bool emptied_ = false;    // the last read has left nothing
    bool paused_ = false;     // in the midst of sending
    bool sending_ = false;    // not all of the request has gone out
    bool at_once_ = true;     // the kernel has taken at once whatever was to be sent
    bool body_ended_ = true;  // of an upload: nothing will come behind `out_`
    bool asking_ = false;     // ... and the owner's next piece is due
    bool broken_ = false;     // `failure_` is what is wrong behind a head that is not judged yet
    bool judged_ = false;
    bool announced_ = false;
    bool held_back_ = false;  // the owner has not taken what is there
    bool just_ended_ = false;
    bool followed_ = false;
    bool reusable_ = false;
};

}  // namespace locustella::http
