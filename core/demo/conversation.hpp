// One connection's talk, without the connection: bytes that came go in, bytes to send come out, and
// a word on what to do next. Sans-I/O, so that pipelining, delays and endings are tested without
// sockets.
//
//   std::string out;                                     // empty at every call
//   Next next = conversation.receive(bytes, arrival_ns, out);
//   for (;;) {
//       send(out);                                       // all of it
//       switch (next.kind) {                             // and then:
//       case Next::Kind::read:  ...                      // wait for bytes, receive()
//       case Next::Kind::more:  next = conversation.resume(out); ...
//       case Next::Kind::wait:  ...                      // after next.wait: resume()
//       case Next::Kind::close: case Next::Kind::reset: ...
//       }
//   }
//
// Answers leave in the order of their requests. One that is ready at once is written at once, with
// as many of its pipelined followers as fit in a batch; one that waits or streams holds the rest
// back.
//
// Thread: the server's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "demo/reply.hpp"
#include "demo/request_parser.hpp"
#include "demo/service_log.hpp"
#include "demo/site.hpp"

namespace locustella::demo {

struct Next {
    enum class Kind { read, more, wait, close, reset };

    Kind kind = Kind::read;
    Nanos wait{0};
};

class Conversation {
public:
    // `logging`: keep a ServiceRecord of each request for sent() and abandon().
    Conversation(Site& site, bool logging);
    ~Conversation();

    // `arrival_ns`: when the last of `bytes` came; only kept for the log.
    Next receive(std::string_view bytes, std::int64_t arrival_ns, std::string& out);
    Next resume(std::string& out);

    // Bytes that came while an answer is under way: they wait for the next read, more or wait to
    // end.
    void hold(std::string_view bytes, std::int64_t arrival_ns);
    bool holds_unread() const { return holds_unread_; }
    bool wants_more_held() const { return parser_.held() < most_held; }

    // An answer waits or streams: only resume() goes on with it.
    bool answering() const { return answer_ != nullptr; }

    // So many bytes of all `out`s together have left; answers that are complete by that go to the
    // log.
    void sent(std::uint64_t total, std::int64_t now_ns, ServiceLog& log);

    // The connection is gone: what was asked and not answered in full goes to the log as never
    // sent.
    void abandon(ServiceLog& log);

private:
    // How the request wants its answer.
    struct Manner {
        bool head_only = false;
        bool http_1_0 = false;
        bool close = false;
    };
    struct Answer;  // one that is under way

    struct Answered {
        ServiceRecord record;
        std::uint64_t end;  // of its bytes among all that were put out
    };

    Next answer_requests(std::string& out);
    std::optional<Next> begin(Reply reply, Manner manner, const ServiceRecord& record,
                              std::string& out);
    std::optional<Next> advance(std::string& out);
    std::optional<Next> advance_body(std::string& out);
    std::optional<Next> finish(const Manner& manner, const ServiceRecord& record,
                               const std::string& out);
    void append_fields(const Reply& reply, const Manner& manner, std::string& out) const;
    void append_piece(std::string_view piece, std::string& out) const;

    static constexpr std::size_t most_held = 64 * 1024;
    static constexpr std::size_t full_batch = 64 * 1024;  // of bytes put out before a send is due

    Site& site_;
    RequestParser parser_;
    std::unique_ptr<Answer> answer_;
    bool logging_;
    bool holds_unread_ = false;
    std::int64_t arrival_ns_ = 0;
    std::uint64_t put_out_ = 0;                       // bytes before the current `out`
    std::unique_ptr<std::deque<Answered>> answered_;  // put out, not yet known to have left
};

}  // namespace locustella::demo
