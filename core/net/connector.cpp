#include "net/connector.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/tcp_facts.hpp"

namespace locustella::net {

using Status = IoResult::Status;

Connector::Connector(reactor::Reactor& reactor, Resolver& resolver, reactor::Watcher& watcher,
                     Told told)
    : reactor_(reactor),
      resolver_(resolver),
      watcher_(watcher),
      told_(std::move(told))
{
}

Connector::~Connector()
{
    stop();
}

void Connector::stop()
{
    told_ = nullptr;
    lookup_.reset();
    reactor_.cancel_timer(*this);
    for (Attempt& attempt : attempts_)
        give_up(attempt);
}

void Connector::start(const Target& target, Nanos now)
{
    sources_ = target.sources;
    next_after_ = target.next_after;
    started_ = now;
    auto lookup = resolver_.resolve(target.host, target.port, [this](Resolver::Answer answer) {
        on_addresses(std::move(answer));
    });
    if (lookup)  // else it is over already
        lookup_ = std::move(lookup);
}

void Connector::on_addresses(Resolver::Answer answer)
{
    lookup_.reset();
    looked_up_ = connecting_since_ = started_;
    if (answer.answered) {
        looked_up_ = std::max(answer.answered, started_);
        connecting_since_ = std::max(base::monotonic_now(), looked_up_);
    }
    if (answer.error)
        return tell(answer.error);
    step_ = Step::connecting;
    endpoints_ = std::move(answer.endpoints);
    if (!leave_out_unreachable() || !open_next())
        tell(error_);
}

// Without the addresses that no source address can reach; false when none is left.
bool Connector::leave_out_unreachable()
{
    if (!sources_)
        return true;
    const Endpoint last = endpoints_.back();
    std::erase_if(endpoints_,
                  [this](const Endpoint& endpoint) { return !sources_->has_family_of(endpoint); });
    if (!endpoints_.empty())
        return true;
    words_ = "no source address fits the target " + last.address().to_string() +
             ": all of them are " + (last.address().is_v6() ? "IPv4" : "IPv6");
    error_ = std::make_error_code(std::errc::address_family_not_supported);
    return false;
}

// Begins with the next address that can be tried at all; false when there is none.
bool Connector::open_next()
{
    while (next_ < endpoints_.size()) {
        Attempt& attempt = attempts_.emplace_back();
        // Before the call: on this machine the answer is there when connect() returns, and who
        // loses the processor inside is late by that.
        attempt.opened_at = next_ == 0 ? connecting_since_ : base::monotonic_now();
        error_ = open(attempt, endpoints_[next_++]);
        if (error_) {
            attempts_.pop_back();
            continue;
        }
        attempt.late = late_;
        reactor_.watch(attempt.stream.fd(), watcher_);
        raced_ = next_ > 1;
        if (next_ < endpoints_.size())
            reactor_.add_timer(*this, attempt.opened_at + next_after_);
        return true;
    }
    reactor_.cancel_timer(*this);
    return false;
}

std::error_code Connector::open(Attempt& attempt, const Endpoint& endpoint)
{
    words_.clear();
    if (!sources_)
        return attempt.stream.open(endpoint);
    const auto source = sources_->next(endpoint);
    const auto ec = attempt.stream.open(endpoint, source);
    if (ec == std::errc::address_not_available)
        words_ = "cannot connect from the source address " + source->to_string() +
                 ": it is not an address of this machine, or all its ports are in use";
    return ec;
}

void Connector::on_ready()
{
    bool failed = false;
    for (auto attempt = attempts_.begin(); attempt != attempts_.end();) {
        const auto result = attempt->stream.connected();
        if (result.status == Status::done)
            return stands(attempt);
        if (result.status == Status::error) {
            failed = true;
            error_ = result.error;
            give_up(*attempt);
            attempt = attempts_.erase(attempt);
        } else {
            ++attempt;
        }
    }
    if (failed && !open_next() && attempts_.empty())
        tell(error_);
}

void Connector::on_timer(Nanos late_by)
{
    late_ += late_by;
    if (!open_next() && attempts_.empty())
        tell(error_);
}

void Connector::stands(Attempts::iterator winner)
{
    connected_at_ = base::monotonic_now();
    late_ = winner->late;
    if (const auto round_trip = connect_round_trip(winner->stream.fd()))
        late_ += std::max<Nanos>(connected_at_ - winner->opened_at - *round_trip, 0);
    else if (connected_at_ - reactor_.unseen_since() > reactor::Lookout::at_once)
        certainty_ = Certainty::upper_bound;
    std::for_each(attempts_.begin(), winner, [this](Attempt& loser) { give_up(loser); });
    std::for_each(std::next(winner), attempts_.end(), [this](Attempt& loser) { give_up(loser); });
    attempts_.erase(attempts_.begin(), winner);
    attempts_.erase(std::next(winner), attempts_.end());
    if (raced_) {
        reactor_.forget(winner->stream.fd(), watcher_);
        reactor_.watch(winner->stream.fd(), watcher_);
    }
    tell({});
}

void Connector::give_up(Attempt& attempt)
{
    if (!attempt.stream.is_open())
        return;
    reactor_.forget(attempt.stream.fd(), watcher_);
    attempt.stream.reset();
}

void Connector::tell(std::error_code ec)
{
    reactor_.cancel_timer(*this);
    const auto told = std::exchange(told_, nullptr);
    told(ec);
}

Connector::Spent Connector::spent(Nanos now) const
{
    if (step_ == Step::looking_up) {
        const Nanos late = connecting_since_ - looked_up_;
        return {.looking_up = now - started_ - late, .connecting = 0, .late = late};
    }
    return {.looking_up = looked_up_ - started_,
            .connecting = now - connecting_since_ - late_,
            .late = connecting_since_ - looked_up_ + late_,
            .certainty = certainty_};
}

}  // namespace locustella::net
