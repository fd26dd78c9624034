// How long a thread has stood ready and without a processor.
//
//   RunDelay delay;                      // of the thread that asks
//   const Nanos before = delay.total();
//   ...                                  // it waits, and is woken
//   delay.total() - before               // so much later than it was woken did it run
//
// By the kernel's own account: /proc/thread-self/schedstat, proc(5), the second number.
//
// Thread: each has one of its own.
#pragma once

#include "base/nanos.hpp"

namespace locustella::base {

class RunDelay {
public:
    RunDelay() = default;
    ~RunDelay() { close(); }
    RunDelay(const RunDelay&) = delete;
    RunDelay& operator=(const RunDelay&) = delete;

    // Since the thread began; 0 where the kernel does not say. Costs a system call.
    Nanos total();
    // Gives its descriptor back; total() opens one anew.
    void close();

private:
    int fd_ = -2;  // -1: there is none; -2: nobody has looked
};

}  // namespace locustella::base
