// Memory that runs out at a chosen moment: this program's operator new refuses the n-th allocation
// that is made while somebody is at work.
//
//   for (Refusal refusal; refusal.goes_on(); refusal.next_try()) {
//       auto scene = ...;                             // made with all the memory that it wants
//       try {
//           const AtWork counting(refusal);           // the n-th in here is refused
//           scene.do_something();
//       } catch (const std::bad_alloc&) { ... }
//       ... is everything as it should be?
//   }                                                 // ends when nothing was left to be refused
//
// Each moment comes twice: once with that allocation refused alone, and once with it and all that
// follow until the work is over, as when somebody else has taken the machine's memory.
//
// Thread: the one that made it; the others get all they ask for.
#pragma once

#include <cstdint>

namespace locustella::out_of_memory {

class Refusal {
public:
    // False when the last try got all that it asked for.
    bool goes_on() const { return goes_on_; }
    void next_try();
    // In this try something has been refused.
    bool was_reached() const { return left_ == 0; }

    // For messages.
    std::uint64_t number() const { return number_; }
    bool lasts() const { return lasts_; }

private:
    friend class AtWork;

    std::uint64_t number_ = 1;
    std::uint64_t left_ = 1;  // until the one that is refused; 0: that was it
    bool lasts_ = false;
    bool goes_on_ = true;
};

class AtWork {
public:
    explicit AtWork(Refusal& refusal);
    ~AtWork();
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;

    // operator new asks.
    static bool refuses() noexcept;
};

}  // namespace locustella::out_of_memory
