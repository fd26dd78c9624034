// A greenlet's wait on the reactor's timers: the timer strikes in one phase of a turn, the greenlet
// resumes in a later one.
//
//   const auto pause = std::make_unique<Pause>(*hub);  // never on a greenlet's stack: those move
//   if (!pause->wait_until(due)) return nullptr;       // killed or timed out: a Python error
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "greenlet/hub.hpp"

namespace locustella::bindings {

class Pause final : public reactor::Timer, public reactor::Deferred {
public:
    explicit Pause(Hub& hub) : hub_(hub) {}
    ~Pause()
    {
        hub_.reactor().cancel_timer(*this);
        hub_.reactor().withdraw(*this);
    }

    bool wait_until(base::Nanos due)
    {
        hub_.reactor().add_wait(*this, due);
        return waiter_.wait(hub_);
    }

    void on_timer(base::Nanos late_by) override
    {
        hub_.reactor().lag().timer.record(late_by);
        hub_.reactor().resume_later(*this);
    }

    void run_deferred() override { waiter_.wake(hub_); }
    void* hand_over() noexcept override { return waiter_.call(hub_); }

private:
    Hub& hub_;
    Waiter waiter_;
};

}  // namespace locustella::bindings
