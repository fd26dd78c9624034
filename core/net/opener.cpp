#include "net/opener.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "net/tls.hpp"

namespace locustella::net {

using Act = base::TalkStep::Act;
using Status = IoResult::Status;

namespace {

class OpenCategory final : public std::error_category {
public:
    const char* name() const noexcept override { return "open"; }
    std::string message(int code) const override
    {
        switch (static_cast<OpenError>(code)) {
        case OpenError::timed_out: return "no connection within the time limit";
        case OpenError::closed_in_talk: return "closed before the connection was open";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& open_category()
{
    static const OpenCategory category;
    return category;
}

std::error_code make_error_code(OpenError error)
{
    return {static_cast<int>(error), open_category()};
}

Opener::Opener(reactor::Reactor& reactor, Resolver& resolver, TlsContexts& contexts,
               reactor::Watcher& watcher, Stream& stream, Told told)
    : reactor_(reactor),
      resolver_(resolver),
      contexts_(contexts),
      watcher_(watcher),
      stream_(stream),
      told_(std::move(told))
{
}

Opener::~Opener()
{
    stop();
}

void Opener::stop()
{
    told_ = nullptr;
    lookup_.reset();
    reactor_.cancel_timer(*this);
    if (connector_)
        connector_->stop();
}

void Opener::start(Target target, Nanos now)
{
    target_ = std::move(target);
    if (target_.deadline)
        reactor_.add_timer(*this, target_.deadline);
    connector_ = std::make_unique<Connector>(reactor_, resolver_, watcher_,
                                             [this](std::error_code ec) { on_connected(ec); });
    connector_->start({.host = target_.host,
                       .port = target_.port,
                       .sources = target_.sources,
                       .next_after = target_.next_after},
                      now);
}

void Opener::on_ready(std::uint32_t events)
{
    if (connector_) {
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            connector_->on_ready();
    } else if (phase_ == Phase::tunnelling) {
        talk();
    } else if (phase_ == Phase::securing) {
        shake_hands();
    }
}

// Nobody could answer while we were late for the next step: so much longer is allowed. And what has
// come but raised no event of its own is looked at first.
void Opener::on_timer(Nanos)
{
    const Nanos seen = reactor_.seen_until();
    const auto allowed = [&] { return target_.deadline + spent(seen).late; };
    const bool talks = !connector_ && !lookup_;
    if (talks && seen >= allowed() && reactor_.look(stream_.fd(), watcher_, EPOLLIN | EPOLLRDHUP) &&
        !told_)
        return;  // it is over
    if (seen < allowed())
        return reactor_.add_timer(*this, allowed());
    if (lookup_)
        phase_ = Phase::tunnelling;  // it is the talk that takes too long
    fail(OpenError::timed_out);
}

void Opener::on_connected(std::error_code ec)
{
    if (ec)
        return fail(ec, connector_->words());
    const Nanos now = connector_->connected_at();
    spent_ = spent(now);
    since_ = now;
    phase_ = Phase::connecting;
    stream_.take_over(connector_->stream());
    stream_.set_floor(now);
    reactor_.dispose_later(std::move(connector_));
    if (!target_.talk)
        return secure();
    enter(Phase::tunnelling, now);
    step_ = target_.talk->resume({});
    talk();
}

void Opener::talk()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    const auto result = advance_talk();
    if (stream_.arrival())
        leave_out(began - stream_.arrival());
    switch (result.status) {
    case Status::again:
        if (step_.act == Act::look_up)
            look_up_for_talk();
        return;
    case Status::done: return secure();
    case Status::closed: return fail(OpenError::closed_in_talk);
    case Status::error: return fail(result.error, std::move(step_.words));
    }
}

// Goes on as far as the stream lets it.
IoResult Opener::advance_talk()
{
    auto& scratch = reactor_.scratch();
    for (;;) {
        IoResult result;
        switch (step_.act) {
        case Act::done: return {Status::done, 0, {}};
        case Act::failed: return {Status::error, 0, step_.error};
        case Act::look_up: return {Status::again, 0, {}};
        case Act::send:
            result = stream_.write(std::string_view(step_.bytes).substr(written_));
            if (result.status != Status::done)
                return result;
            written_ += result.size;
            if (written_ < step_.bytes.size())
                continue;
            step_ = target_.talk->resume({});
            break;
        case Act::receive:
            result = stream_.read({scratch.data(), std::min(step_.most, scratch.size())});
            if (result.status != Status::done)
                return result;
            step_ = target_.talk->resume({scratch.data(), result.size});
            break;
        }
        written_ = 0;
    }
}

void Opener::look_up_for_talk()
{
    if (lookup_)
        return;
    enter(Phase::looking_up, base::monotonic_now());
    auto lookup =
        resolver_.resolve(target_.talk->wanted_host(), target_.talk->wanted_port(),
                          [this](const Resolver::Answer& answer) { on_talk_address(answer); });
    if (lookup)  // else it is over already
        lookup_ = std::move(lookup);
}

void Opener::on_talk_address(const Resolver::Answer& answer)
{
    lookup_.reset();
    if (answer.error)
        return fail(answer.error);
    if (answer.answered) {
        const Nanos now = base::monotonic_now();
        leave_out(now - std::max(answer.answered, since_));
        enter(Phase::tunnelling, now);
    } else {
        phase_ = Phase::tunnelling;  // known already: that took no time
    }
    written_ = 0;
    step_ = target_.talk->resume_with(answer.endpoints.front());
    talk();
}

// What is left is TLS, where the target has it.
void Opener::secure()
{
    if (!target_.tls)
        return tell({});
    enter(Phase::securing, base::monotonic_now());
    const std::string& host = target_.tls_host.empty() ? target_.host : target_.tls_host;
    try {
        TlsContext& context = contexts_.get(*target_.tls);
        if (const auto ec = stream_.start_tls(context, host, target_.alpn))
            return fail(ec, stream_.tls_failure());
    } catch (const TlsSetupError& error) {
        return fail(TlsError::unusable_settings, error.what());
    }
    shake_hands();
}

void Opener::shake_hands()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    const auto result = stream_.handshake();
    if (stream_.arrival())
        leave_out(began - stream_.arrival());
    switch (result.status) {
    case Status::again: return;
    case Status::done: return tell({});
    case Status::closed:
        return fail(TlsError::protocol,
                    "the server closed the connection during the TLS handshake");
    case Status::error: return fail(result.error, stream_.tls_failure());
    }
}

void Opener::fail(std::error_code code, std::string words)
{
    tell({phase(), code, std::move(words)});
}

void Opener::tell(Failure failure)
{
    reactor_.cancel_timer(*this);
    lookup_.reset();
    const auto told = std::exchange(told_, nullptr);
    told(std::move(failure));
}

Opener::Phase Opener::phase() const
{
    if (connector_)
        return connector_->step() == Connector::Step::looking_up ? Phase::looking_up
                                                                 : Phase::connecting;
    return phase_;
}

Opener::Spent Opener::spent(Nanos now) const
{
    if (connector_) {
        const auto [looking_up, connecting, late, certainty] = connector_->spent(now);
        return {.looking_up = looking_up,
                .connecting = connecting,
                .late = late,
                .certainty = certainty};
    }
    Spent spent = spent_;
    time_of(spent, phase_) += now - since_;
    return spent;
}

Nanos& Opener::time_of(Spent& spent, Phase phase)
{
    switch (phase) {
    case Phase::looking_up: return spent.looking_up;
    case Phase::connecting: return spent.connecting;
    case Phase::tunnelling: return spent.tunnelling;
    case Phase::securing: break;
    }
    return spent.securing;
}

void Opener::enter(Phase next, Nanos now)
{
    time_of(spent_, phase_) += now - since_;
    since_ = now;
    phase_ = next;
}

// The kernel knows when the peer's part came; how much later we took it is our own.
void Opener::leave_out(Nanos nanos)
{
    if (nanos <= 0)
        return;
    spent_.late += nanos;
    since_ += nanos;
}

}  // namespace locustella::net
