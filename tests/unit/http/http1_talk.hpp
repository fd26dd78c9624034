// A server's side of one exchange over HTTP/1.1, with a clock of its own: carries out what the
// state machine asks for, as a connection does.
//
//   Http1Talk talk{.says = {"HTTP/1.1 200 OK\r\n", "Content-Length: 0\r\n\r\n"}};
//   const Outcome outcome = talk.with(request);
//   outcome.heard       // what the server got
//   outcome.status, outcome.body, outcome.reusable, outcome.failure, outcome.times
//
// Each piece that the server says arrives `tick` after the one before it.
//
// Thread: any.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "http/http1_fsm.hpp"

namespace locustella::http {

struct Outcome {
    bool done = false;  // neither done nor failed: it waits for ever
    Failure failure;
    bool perhaps_stale = false;
    bool may_repeat = false;
    bool reusable = false;
    bool announced = false;
    int status = 0;
    std::string body;
    std::string heard;
    int told = 0;   // times that the owner was told of more
    int asked = 0;  // ... or that the next piece of its body was due
    int yielded = 0;
    Times times;
    Nanos over_at = 0;

    // Without what depends on how the bytes were cut.
    bool same_as(const Outcome& other) const
    {
        return done == other.done && failure.stage == other.failure.stage &&
               failure.code == other.failure.code && reusable == other.reusable &&
               status == other.status && body == other.body && heard == other.heard;
    }
};

struct Http1Talk {
    static constexpr Nanos start = 1000;
    static constexpr Nanos tick = 10;

    std::vector<std::string_view> says{};
    bool then_closes = false;
    std::error_code then_fails{};           // reading fails with it
    std::error_code writing_fails{};        // ... or writing
    std::size_t takes = std::string::npos;  // bytes, before the socket is full and writing blocks
    bool answers_early = false;             // when the socket is full for the first time
    bool early = false;                     // what it says was there before the request
    bool emptied = true;                    // each read empties the socket
    bool reused = false;
    bool nothing_left = false;        // no byte of the request has left this process
    bool follows = false;             // of a streamed redirect
    bool takes_body = true;           // the owner takes a streamed body as it comes
    std::vector<std::string> body{};  // an upload's pieces
    Limits limits{};

    Outcome with(const Request& request) const { return Run(*this, request).to_its_end(); }

private:
    using Step = Http1Fsm::Step;

    class Run {
    public:
        Run(const Http1Talk& talk, const Request& request)
            : talk_(talk),
              request_(request),
              fsm_(talk.limits),
              room_(talk.takes)
        {
            outcome_.times.begun = outcome_.times.since = start;
        }

        Outcome to_its_end()
        {
            fsm_.prepare(request_, {}, {}, outcome_.times);
            Step step = fsm_.start(now_, talk_.reused);
            while (step != Step::done && step != Step::failed && !stuck_)
                step = next(step);
            outcome_.over_at = now_;
            if (stuck_)
                return outcome_;
            outcome_.done = step == Step::done;
            outcome_.reusable = outcome_.done && fsm_.reusable();
            outcome_.perhaps_stale =
                !outcome_.done && fsm_.perhaps_stale(talk_.then_closes, talk_.nothing_left);
            outcome_.may_repeat = !outcome_.done && fsm_.may_repeat();
            fsm_.take_response(response_);
            if (!outcome_.done) {
                outcome_.failure = fsm_.take_failure();
                if (!fsm_.announced())
                    outcome_.times.end(now_);
            }
            outcome_.status = response_.status;
            outcome_.body = response_.body();
            return outcome_;
        }

    private:
        Step next(Step step)
        {
            switch (step) {
            case Step::write: return write();
            case Step::read: return read();
            case Step::yield: ++outcome_.yielded; return readable_or_writable();
            case Step::ask_for_body: return give_body();
            case Step::judge_head:
                outcome_.announced = !talk_.follows;
                return talk_.follows ? fsm_.follow() : fsm_.announce(response_);
            case Step::tell_owner: ++outcome_.told; return fsm_.go_on();
            default: return wait();
            }
        }
        Step write()
        {
            if (talk_.writing_fails)
                return fsm_.write_failed(talk_.writing_fails, {});
            if (room_ == 0) {
                full_ = true;
                room_ = talk_.takes;
                return fsm_.write_blocked(now_);
            }
            const auto taken = fsm_.unsent().substr(0, room_);
            room_ -= talk_.takes == std::string::npos ? 0 : taken.size();
            outcome_.heard += taken;
            return fsm_.wrote(taken.size(), now_);
        }
        Step read()
        {
            if (said_ < talk_.says.size()) {
                now_ += tick;
                return fsm_.received(talk_.says[said_++],
                                     {.at = now_, .early = talk_.early, .emptied = talk_.emptied},
                                     now_);
            }
            if (talk_.then_fails)
                return fsm_.read_failed(talk_.then_fails, {});
            return talk_.then_closes ? fsm_.closed({.at = now_}) : fsm_.read_blocked(now_);
        }
        Step give_body()
        {
            ++outcome_.asked;
            if (given_ == talk_.body.size())
                return wait();  // its owner takes its time
            const bool last = given_ + 1 == talk_.body.size();
            return fsm_.send_body(talk_.body[given_++], last);
        }
        // Its turn has come again.
        Step readable_or_writable()
        {
            const Step step = fsm_.writable(now_);
            return step == Step::wait ? fsm_.readable() : step;
        }
        Step wait()
        {
            if (full_) {  // the server takes what it has got
                const bool early = talk_.answers_early && said_ < talk_.says.size();
                full_ = false;
                now_ += tick;
                return early ? fsm_.readable() : fsm_.writable(now_);
            }
            if (const Step step = fsm_.writable(now_); step != Step::wait)
                return step;
            if (fsm_.announced() && talk_.takes_body)
                if (const Step step = fsm_.take_body(response_, now_); step != Step::wait)
                    return step;
            if (said_ < talk_.says.size() || talk_.then_closes || talk_.then_fails)
                if (const Step step = fsm_.readable(); step != Step::wait)
                    return step;
            if (!fsm_.deadline()) {
                stuck_ = true;
                return Step::wait;
            }
            now_ = std::max(now_, fsm_.deadline());
            return fsm_.timed_out(now_);
        }

        const Http1Talk& talk_;
        const Request& request_;
        Http1Fsm fsm_;
        Outcome outcome_;
        Response response_;
        std::size_t room_;
        std::size_t said_ = 0;
        std::size_t given_ = 0;
        Nanos now_ = start;
        bool full_ = false;
        bool stuck_ = false;
    };
};

}  // namespace locustella::http
