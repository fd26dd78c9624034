#include "reactor/reactor.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/prefetch.hpp"

namespace locustella::reactor {
namespace {

constexpr std::size_t scratch_size = 64 * 1024;
constexpr Nanos at_once = 1;                   // as the clock's time; 0 would disarm it
constexpr std::ptrdiff_t own_descriptors = 2;  // the clock's and the mailbox's

int checked(int result, const char* call)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), call);
    return result;
}

// `what` is nobody's watcher: nullptr for the clock, which has nothing to be read, or the mailbox.
void add_level_triggered(int epoll_fd, int fd, void* what)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = what;
    checked(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

Reactor::Reactor()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
      clock_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create"),
      scratch_(scratch_size)
{
    add_level_triggered(epoll_.get(), clock_.get(), nullptr);
    add_level_triggered(epoll_.get(), mailbox_.fd(), &mailbox_);
    ready_.reserve(batch);
}

Reactor::~Reactor()
{
    graveyard_.clear();
}

void Reactor::leave_to_parent()
{
    epoll_.close();
    clock_.close();
    run_delay_.close();
}

void Reactor::release()
{
    leave_to_parent();
    mailbox_.close();
    stalls_.stop(base::monotonic_now());
    scratch_ = {};
    ready_ = {};
}

void Reactor::watch(int fd, Watcher& watcher)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    ++watched_;
}

void Reactor::forget(int fd, Watcher& watcher)
{
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0)
        --watched_;
    std::replace(ready_.begin(), ready_.end(), &watcher, static_cast<Watcher*>(nullptr));
}

bool Reactor::look(int fd, Watcher& watcher, std::uint32_t events)
{
    pollfd socket{fd, static_cast<short>(events), 0};  // poll's bits are epoll's
    if (::poll(&socket, 1, 0) <= 0)
        return false;
    watcher.on_ready(static_cast<std::uint32_t>(socket.revents));
    return true;
}

inline std::optional<Nanos> Reactor::next_due() const
{
    auto next = timers_.next_due();
    const auto wait = waits_.next_due();
    if (wait && (!next || *wait < *next))
        next = wait;
    return next;
}

void Reactor::add(Timer& timer, Nanos due, bool wait)
{
    if (timer.is_wait_ != wait)
        cancel_timer(timer);
    timer.is_wait_ = wait;
    (wait ? waits_ : timers_).add(timer, due);
    // A turn re-arms the clock at its end, and so does one that has been asked for.
    if (!in_turn_ && clock_armed_for_ != at_once &&
        (clock_armed_for_ == 0 || due < clock_armed_for_))
        arm_clock(base::monotonic_now(), next_due());
}

void Reactor::resume_later(Deferred& waiter) noexcept
{
    completions_.push(waiter);
    ask_for_a_turn();
}

void Reactor::send_later(Deferred& sender) noexcept
{
    sends_.push(sender);
    ask_for_a_turn();
}

// Outside of a turn nothing else would make fd() readable: let the clock strike at once.
void Reactor::ask_for_a_turn() noexcept
{
    if (in_turn_ || clock_armed_for_ == at_once)
        return;
    set_clock(at_once);
}

void Reactor::withdraw(Deferred& item) noexcept
{
    completions_.withdraw(item);
    sends_.withdraw(item);
}

void Reactor::turn()
{
    if (in_turn_)
        return;
    in_turn_ = true;
    ++turns_;
    harvest();
    fire_timers();
    if (!completions_.empty())
        guarded([this] { completions_.run(); }, [this] { return completions_.culprit(); });
    if (!sends_.empty())
        guarded([this] { sends_.run(); }, [this] { return sends_.culprit(); });
    graveyard_.clear();
    end_turn();
    in_turn_ = false;
    if (unreported_)
        std::rethrow_exception(std::exchange(unreported_, nullptr));
}

// Runs a phase until it has run to its end: when a callback throws, the phase can be called again
// and goes on behind it. Whoever is told is told outside of the handler, because it may switch
// greenlets.
template <class Phase, class Culprit>
void Reactor::guarded(Phase phase, Culprit culprit)
{
    for (;;) {
        std::exception_ptr thrown;
        try {
            phase();
            return;
        } catch (...) {
            thrown = std::current_exception();
        }
        if (auto* one = culprit())
            one->on_thrown(thrown);
        report(thrown);
    }
}

void Reactor::report(const std::exception_ptr& thrown)
{
    if (!sink_) {
        if (!unreported_)
            unreported_ = thrown;
        return;
    }
    try {
        sink_(thrown);
    } catch (...) {  // whoever reports has no memory either
    }
}

void Reactor::harvest()
{
    std::array<epoll_event, batch> events;
    const Nanos now = base::monotonic_now();
    if (stalls_.running())
        note_stall_before(now);
    polled_at_ = now;
    lookout_.polls(now);
    const int count = ::epoll_wait(epoll_.get(), events.data(), batch, 0);
    ready_.clear();
    for (int i = 0; i < count; ++i)
        ready_.push_back(static_cast<Watcher*>(events[i].data.ptr));
    bool letters = false;
    int next = 0;
    const auto dispatch = [&] {
        while (next < count) {
            const int i = next++;
            if (next < count)
                base::prefetch(ready_[next], soon_used);
            if (events[i].data.ptr == &mailbox_)
                letters = true;
            else if (Watcher* watcher = ready_[i])  // an earlier one may have forgotten it
                watcher->on_ready(events[i].events);
        }
    };
    guarded(dispatch, [&] { return ready_[next - 1]; });
    ready_.clear();
    note_seen(count);
    if (letters)
        guarded([this] { mailbox_.deliver(); }, [] { return static_cast<Watcher*>(nullptr); });
}

// The kernel hands ready descriptors out first come, first served. So when more than a batch is
// ready, whatever was ready at the first of these polls has been read after as many events as there
// are descriptors, though others keep coming.
void Reactor::note_seen(int harvested)
{
    found_ = harvested > 0;
    left_over_ = harvested == batch;
    if (!left_over_) {
        seen_until_ = polled_at_;
        lookout_.saw_all();
        sweeping_ = false;
        return;
    }
    if (!sweeping_) {
        sweeping_ = true;
        sweep_began_ = polled_at_;
        sweep_left_ = watched_ + own_descriptors;
    }
    sweep_left_ -= harvested;
    if (sweep_left_ <= 0) {
        seen_until_ = sweep_began_;
        sweeping_ = false;
    }
}

void Reactor::waits()
{
    delayed_before_ = run_delay_.total();
    lookout_.waits(base::monotonic_now());
}

// Who is woken may have to stand in line for a processor.
void Reactor::wakes()
{
    const Nanos delayed = run_delay_.total() - delayed_before_;
    lookout_.wakes(base::monotonic_now() - delayed);
}

Nanos Reactor::unseen_since()
{
    waits_matter_ = true;
    if (const auto told = std::exchange(waits_wanted_, nullptr))
        told();
    return lookout_.unseen_since();
}

void Reactor::fire_timers()
{
    const auto judging = timers_.next_due();
    if (judging && *judging <= seen_until_)
        guarded([this] { timers_.fire_due(seen_until_, batch); },
                [this] { return timers_.culprit(); });
    const auto waiting = waits_.next_due();
    if (!waiting)
        return;
    const Nanos now = base::monotonic_now();
    if (*waiting <= now)
        guarded([this, now] { waits_.fire_due(now, batch); }, [this] { return waits_.culprit(); });
}

// The thread should have looked when the tick was due, or, if the last turn left something to do,
// at once.
void Reactor::note_stall_before(Nanos poll)
{
    stalls_.record(left_over_ ? polled_at_ : std::min(tick_due_, poll), poll);
}

void Reactor::end_turn()
{
    const Nanos now = base::monotonic_now();
    if (stalls_.running()) {
        stalls_.record(polled_at_, now);
        if (tick_due_ <= now)
            tick_due_ = now + stall_tick;
    }
    const auto next = next_due();
    left_over_ = left_over_ || anything_queued() || (next && *next <= now);
    anything_queued() ? set_clock(at_once) : arm_clock(now, next);
}

// The clock strikes at the earliest due time. It may be left armed for an earlier one that was
// cancelled since: an idle turn costs less than a system call for every change.
void Reactor::arm_clock(Nanos now, std::optional<Nanos> next)
{
    if (stalls_.running() && (!next || tick_due_ < *next))
        next = tick_due_;
    if (!next) {
        if (clock_armed_for_ != 0)
            set_clock(0);
        return;
    }
    const Nanos due = std::max<Nanos>(*next, at_once + 1);
    if (clock_armed_for_ != 0 && clock_armed_for_ <= due && clock_armed_for_ > now)
        return;
    set_clock(due);
}

// 0: never.
void Reactor::set_clock(Nanos due) noexcept
{
    itimerspec at{};
    at.it_value.tv_sec = due / base::nanos_per_second;
    at.it_value.tv_nsec = due % base::nanos_per_second;
    ::timerfd_settime(clock_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
    clock_armed_for_ = due;
}

void Reactor::measure_stalls()
{
    const Nanos now = base::monotonic_now();
    stalls_.start(now);
    tick_due_ = now + stall_tick;
    if (!in_turn_ && clock_armed_for_ != at_once)
        arm_clock(now, next_due());
}

void Reactor::stop_measuring_stalls()
{
    if (stalls_.running()) {
        stalls_ = stalls();
        stalls_.stop(base::monotonic_now());
    }
}

StallMeter Reactor::stalls() const
{
    StallMeter all = stalls_;
    if (in_turn_)
        all.record(polled_at_, base::monotonic_now());
    return all;
}

void Reactor::stop()
{
    stop_asked_.store(true, std::memory_order_release);
    mailbox_.wake();
}

void Reactor::run()
{
    while (!stopped()) {
        wait_for_work();
        turn();
    }
}

void Reactor::run(Nanos until)
{
    struct End final : Timer {
        End(Reactor& r, Nanos due) : reactor(r) { reactor.add_wait(*this, due); }
        ~End() { reactor.cancel_timer(*this); }
        void on_timer(Nanos) override { reached = true; }
        Reactor& reactor;
        bool reached = false;
    } end(*this, until);
    while (!stopped() && !end.reached) {
        wait_for_work();
        turn();
    }
}

// Not while the last turn has found something: there is more, as often as not.
void Reactor::wait_for_work()
{
    if (found_)
        return;
    pollfd waiting{epoll_.get(), POLLIN, 0};
    if (waits_matter_)
        waits();
    ::poll(&waiting, 1, -1);
    if (waits_matter_)
        wakes();
}

}  // namespace locustella::reactor
