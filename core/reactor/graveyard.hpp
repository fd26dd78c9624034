// Objects that are of no more use, but may still be on the stack: an object whose own function has
// told its owner that all is over, or that a callback has found superfluous.
//
//   class Opener : public reactor::Mortal { ... };
//   reactor.dispose_later(std::move(opener_));      // in a callback of the opener's own
//
// The reactor destroys them at the end of the turn, when none of their functions runs. Until then
// they must keep still: what they had registered with others goes before, or in their destructor,
// which may use the reactor and nothing that is younger.
//
// They are strung together by themselves, so burying one takes no memory and never fails: it is
// what destructors and error paths do.
//
// Thread: the reactor's.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace locustella::reactor {

// What can be buried.
class Mortal {
public:
    Mortal(const Mortal&) = delete;
    Mortal& operator=(const Mortal&) = delete;

protected:
    Mortal() = default;
    ~Mortal() = default;

private:
    friend class Graveyard;
    Mortal* next_ = nullptr;
    void (*destroy_)(Mortal*) = nullptr;
};

class Graveyard {
public:
    Graveyard() = default;
    ~Graveyard() { clear(); }
    Graveyard(const Graveyard&) = delete;
    Graveyard& operator=(const Graveyard&) = delete;

    template <std::derived_from<Mortal> Object>
    void bury(std::unique_ptr<Object> object) noexcept
    {
        if (!object)
            return;
        Mortal* const dead = object.release();
        dead->destroy_ = [](Mortal* one) { delete static_cast<Object*>(one); };
        dead->next_ = std::exchange(last_, dead);
    }
    // Those that are buried meanwhile go with them.
    void clear() noexcept
    {
        while (last_) {
            Mortal* const dead = std::exchange(last_, last_->next_);
            dead->destroy_(dead);
        }
    }

private:
    Mortal* last_ = nullptr;
};

}  // namespace locustella::reactor
