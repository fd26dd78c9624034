// The way of requests over one connection against a server that says anything, in any pieces, at
// any moment, and an owner who does as he likes.
//
// Input: bytes that choose what happens next (the low bits which event, the high ones how much of
// it), each for an event that brings bytes followed by those. Claims: a step is answered by what it
// asks for; a request that has ended wants nothing more; times do not run backwards; what is taken
// in stays within the limits; only a whole answer to a whole request leaves a connection behind
// that may be used again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/http1_fsm.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;
using Step = Http1Fsm::Step;

constexpr Limits limits{.head = 4096, .fields = 50, .body = 64 * 1024, .interim = 5};

class Player {
public:
    explicit Player(std::string_view input) : input_(input) {}

    void play()
    {
        for (int round = 0; round < 4 && !input_.empty(); ++round)
            play_one();
    }

private:
    std::uint8_t byte()
    {
        if (input_.empty())
            return 0;
        const auto first = static_cast<std::uint8_t>(input_.front());
        input_.remove_prefix(1);
        return first;
    }
    std::string_view bytes(std::size_t most)
    {
        const auto taken = input_.substr(0, most);
        input_.remove_prefix(taken.size());
        return taken;
    }

    void play_one()
    {
        const auto choice = byte();
        request_ = {};
        request_.method = choice & 1 ? "HEAD" : "GET";
        request_.stream = choice & 2;
        request_.upload = static_cast<Upload>((choice >> 2) % 3);
        request_.timeouts = {.read = choice & 16 ? 50 : 0, .total = choice & 32 ? 1000 : 0};
        follows_ = choice & 64;
        times_ = {};
        times_.begun = times_.since = ++now_;
        response_ = {};
        fsm_.prepare(request_, {}, "a=1", times_);
        Step step = fsm_.start(now_, choice & 128);
        // after its input everything ends by the server's closing, an owner who gives up, or limits
        for (int events = 0; step != Step::done && step != Step::failed; ++events) {
            if (events > 2000 || (input_.empty() && step == Step::wait && events > 50))
                return give_up();
            step = next(step);
        }
        finish(step);
    }

    Step next(Step step)
    {
        expect(fsm_.active(), "it goes on until it says that it is over");
        now_ += 1;
        switch (step) {
        case Step::write: return write();
        case Step::read: return read();
        case Step::judge_head:
            expect(request_.stream, "only a streamed answer is judged by its head");
            return follows_ ? fsm_.follow() : fsm_.announce(response_);
        case Step::tell_owner: return fsm_.go_on();
        case Step::ask_for_body:
            expect(request_.upload != Upload::none, "only an upload is asked for its body");
            return fsm_.send_body(bytes(byte() % 16), byte() % 4 == 0);
        case Step::yield: {
            const Step again = fsm_.readable();
            return again == Step::wait ? fsm_.writable(now_) : again;
        }
        default: return on_event();
        }
    }

    Step on_event()
    {
        switch (byte() % 4) {
        case 0: return fsm_.readable();
        case 1: return fsm_.writable(now_);
        case 2: now_ += byte(); return fsm_.timed_out(now_);
        default: return fsm_.announced() ? fsm_.take_body(response_, now_) : Step::wait;
        }
    }

    Step write()
    {
        const auto unsent = fsm_.unsent();
        expect(!unsent.empty(), "there is something to write");
        const auto how = byte();
        if (how % 8 == 1)
            return fsm_.write_blocked(now_);
        if (how % 32 == 2)
            return fsm_.write_failed(std::make_error_code(std::errc::broken_pipe), {});
        const std::size_t size = how % 8 == 3 ? 1 + how / 8 : unsent.size();
        return fsm_.wrote(std::min(size, unsent.size()), now_);
    }

    Step read()
    {
        const auto how = byte();
        if (how % 8 == 1 && !input_.empty())
            return fsm_.read_blocked(now_);
        if (how % 32 == 2)
            return fsm_.read_failed(std::make_error_code(std::errc::connection_reset), {});
        const auto piece = bytes(1 + how / 2);
        if (piece.empty())
            return fsm_.closed({.at = now_});
        return fsm_.received(
            piece, {.at = now_ - how % 4, .early = how % 64 == 5, .emptied = (how & 1) != 0}, now_);
    }

    void finish(Step step)
    {
        expect(!fsm_.active() && fsm_.deadline() == 0, "what is over wants nothing more");
        const bool announced = fsm_.announced();
        fsm_.take_response(response_);
        if (step == Step::failed) {
            times_.end(now_);
            expect(static_cast<bool>(fsm_.take_failure()), "a failure says why");
            return;
        }
        expect(response_.status >= 100, "an answer has a status");
        expect(times_.sent <= times_.first && times_.first <= times_.head, "in its order");
        expect(announced || times_.head <= times_.ended, "the head comes first");
        expect(response_.head().size() <= limits.head + 64, "the head is within its limit");
        expect(announced || response_.body().size() <= limits.body, "so is the body");
        expect(!fsm_.reusable() || response_.keep_alive, "it is kept as the server says");
        expect(!fsm_.reusable() ||
                   times_.phases.sum() == times_.ended - times_.begun - times_.own || announced,
               "all time is in a phase");
    }

    void give_up()
    {
        fsm_.abandon();
        expect(!fsm_.active() && fsm_.deadline() == 0, "nobody waits");
    }

    std::string_view input_;
    Http1Fsm fsm_{limits};
    Request request_;
    Times times_;
    Response response_;
    Nanos now_ = 1000;
    bool follows_ = false;
};

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    locustella::http::Player({reinterpret_cast<const char*>(data), size}).play();
    return 0;
}
