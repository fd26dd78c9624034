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

namespace locustella::reactor {
namespace {

constexpr std::size_t scratch_size = 64 * 1024;
constexpr Nanos at_once = 1;  // as the clock's time; 0 would disarm it

thread_local Reactor* reactor_of_this_thread = nullptr;

int checked(int result, const char* call)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), call);
    return result;
}

void add_level_triggered(int epoll_fd, int fd)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;  // the clock and the mailbox are looked at in every turn they wake
    checked(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

DeferredList::~DeferredList()
{
    for (auto* list : {&pending_, &running_})
        for (Deferred* item : *list)
            if (item)
                item->place_ = nullptr;
}

// Items know their place by address, so a growing vector must tell them their new one.
void DeferredList::relocate()
{
    for (auto& place : pending_)
        if (place)
            place->place_ = &place;
}

void DeferredList::push(Deferred& item)
{
    if (item.queued())
        return;
    const bool moves = pending_.size() == pending_.capacity();
    pending_.push_back(&item);
    if (moves)
        relocate();
    else
        item.place_ = &pending_.back();
}

void DeferredList::withdraw(Deferred& item)
{
    if (!item.queued())
        return;
    *item.place_ = nullptr;
    item.place_ = nullptr;
}

std::size_t DeferredList::run()
{
    if (pending_.empty() || !running_.empty())
        return 0;
    running_.swap(pending_);  // the addresses of the elements go along
    std::size_t ran = 0;
    for (auto& place : running_) {
        Deferred* item = std::exchange(place, nullptr);
        if (!item)
            continue;
        item->place_ = nullptr;
        ++ran;
        item->run_deferred();
    }
    running_.clear();
    return ran;
}

Reactor::Reactor()
    : epoll_fd_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      clock_fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      scratch_(scratch_size)
{
    checked(clock_fd_, "timerfd_create");
    add_level_triggered(epoll_fd_, clock_fd_);
    add_level_triggered(epoll_fd_, mailbox_.fd());
    ready_.reserve(batch);
}

Reactor::~Reactor()
{
    graveyard_.clear();
    if (reactor_of_this_thread == this)
        reactor_of_this_thread = nullptr;
    if (clock_fd_ >= 0)
        ::close(clock_fd_);
    if (epoll_fd_ >= 0)
        ::close(epoll_fd_);
}

void Reactor::leave_to_parent()
{
    ::close(std::exchange(epoll_fd_, -1));
    ::close(std::exchange(clock_fd_, -1));
}

Reactor* Reactor::current()
{
    return reactor_of_this_thread;
}

void Reactor::set_current(Reactor* reactor)
{
    reactor_of_this_thread = reactor;
}

void Reactor::watch(int fd, Watcher& watcher)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    checked(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Reactor::forget(int fd, Watcher& watcher)
{
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
    std::replace(ready_.begin(), ready_.end(), &watcher, static_cast<Watcher*>(nullptr));
}

void Reactor::add_timer(Timer& timer, Nanos due)
{
    timers_.add(timer, due);
    // A turn re-arms the clock at its end, and so does one that has been asked for.
    if (!in_turn_ && clock_armed_for_ != at_once)
        arm_clock();
}

void Reactor::resume_later(Deferred& waiter)
{
    completions_.push(waiter);
    ask_for_a_turn();
}

void Reactor::send_later(Deferred& sender)
{
    sends_.push(sender);
    ask_for_a_turn();
}

// Outside of a turn nothing else would make fd() readable: let the clock strike at once.
void Reactor::ask_for_a_turn()
{
    if (in_turn_ || clock_armed_for_ == at_once)
        return;
    itimerspec now{};
    now.it_value.tv_nsec = at_once;
    ::timerfd_settime(clock_fd_, TFD_TIMER_ABSTIME, &now, nullptr);
    clock_armed_for_ = at_once;
}

void Reactor::withdraw(Deferred& item)
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
    completions_.run();
    sends_.run();
    graveyard_.clear();
    in_turn_ = false;
    if (completions_.empty() && sends_.empty())
        arm_clock();
    else
        ask_for_a_turn();
}

void Reactor::harvest()
{
    std::array<epoll_event, batch> events;
    const int count = ::epoll_wait(epoll_fd_, events.data(), batch, 0);
    ready_.clear();
    for (int i = 0; i < count; ++i)
        ready_.push_back(static_cast<Watcher*>(events[i].data.ptr));
    bool letters = false;
    for (int i = 0; i < count; ++i) {
        if (events[i].data.ptr == nullptr)
            letters = true;
        else if (Watcher* watcher = ready_[i])  // an earlier one may have forgotten it
            watcher->on_ready(events[i].events);
    }
    ready_.clear();
    if (letters)
        mailbox_.deliver();
}

void Reactor::fire_timers()
{
    const auto next = timers_.next_due();
    if (!next)
        return;
    const Nanos now = base::monotonic_now();
    if (*next <= now)
        timers_.fire_due(now, batch);
}

// The clock strikes at the earliest due time. It may be left armed for an earlier one that was
// cancelled since: an idle turn costs less than a system call for every change.
void Reactor::arm_clock()
{
    const auto next = timers_.next_due();
    if (!next) {
        if (clock_armed_for_ == 0)
            return;
        const itimerspec never{};
        ::timerfd_settime(clock_fd_, 0, &never, nullptr);
        clock_armed_for_ = 0;
        return;
    }
    const Nanos due = std::max<Nanos>(*next, at_once + 1);
    if (clock_armed_for_ != 0 && clock_armed_for_ <= due &&
        clock_armed_for_ > base::monotonic_now())
        return;
    itimerspec at{};
    at.it_value.tv_sec = due / base::nanos_per_second;
    at.it_value.tv_nsec = due % base::nanos_per_second;
    ::timerfd_settime(clock_fd_, TFD_TIMER_ABSTIME, &at, nullptr);
    clock_armed_for_ = due;
}

void Reactor::run(Nanos until)
{
    stopped_ = false;
    while (!stopped_) {
        const Nanos left = until - base::monotonic_now();
        if (left <= 0)
            return;
        pollfd waiting{epoll_fd_, POLLIN, 0};
        const timespec wait{left / base::nanos_per_second, left % base::nanos_per_second};
        ::ppoll(&waiting, 1, &wait, nullptr);
        turn();
    }
}

}  // namespace locustella::reactor
