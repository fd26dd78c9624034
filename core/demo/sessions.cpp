#include "demo/sessions.hpp"

namespace locustella::demo {

SessionStore::Opened SessionStore::open()
{
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string id;
    for (int word = 0; word < 4; ++word) {
        auto bits = random_();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4)
            id.push_back(hex[bits & 15]);
    }
    if (oldest_first_.size() >= capacity_) {
        sessions_.erase(oldest_first_.front());
        oldest_first_.pop_front();
    }
    oldest_first_.push_back(id);
    return {id, sessions_[id]};
}

Session* SessionStore::find(std::string_view id)
{
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second;
}

void SessionStore::close(std::string_view id)
{
    if (const auto found = sessions_.find(id); found != sessions_.end())
        sessions_.erase(found);
}

}  // namespace locustella::demo
