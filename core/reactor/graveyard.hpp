// Objects that are of no more use, but may still be on the stack: an object whose own function has
// told its owner that all is over, or that a callback has found superfluous.
//
//   reactor.dispose_later(std::move(opener_));      // in a callback of the opener's own
//
// The reactor destroys them at the end of the turn, when none of their functions runs. Until then
// they must keep still: what they had registered with others goes before, or in their destructor,
// which may use the reactor and nothing that is younger.
//
// Thread: the reactor's.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace locustella::reactor {

class Graveyard {
public:
    Graveyard() = default;
    ~Graveyard() { clear(); }
    Graveyard(const Graveyard&) = delete;
    Graveyard& operator=(const Graveyard&) = delete;

    template <typename Object>
    void bury(std::unique_ptr<Object> object)
    {
        if (!object)
            return;
        dead_.push_back({object.get(), [](void* o) { delete static_cast<Object*>(o); }});
        static_cast<void>(object.release());
    }
    bool empty() const { return dead_.empty(); }
    // Those that are buried meanwhile go with them.
    void clear()
    {
        while (!dead_.empty()) {
            const Dead next = dead_.back();
            dead_.pop_back();
            next.destroy(next.object);
        }
    }

private:
    struct Dead {
        void* object;
        void (*destroy)(void*);
    };

    std::vector<Dead> dead_;
};

}  // namespace locustella::reactor
