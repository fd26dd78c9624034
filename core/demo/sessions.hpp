// The shop's visitors: who is logged in and what lies in each cart.
//
//   auto [id, session] = sessions.open();           // id goes into the visitor's cookie
//   if (Session* known = sessions.find(id)) known->cart[3] += 2;
//
// The store is bounded: past `capacity` sessions ever opened the oldest is forgotten, so a target
// that runs for days under new visitors keeps its size.
//
// Thread: one owner.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace locustella::demo {

struct Session {
    std::string user;         // empty: not logged in
    std::map<int, int> cart;  // product id -> quantity
};

class SessionStore {
public:
    struct Opened {
        std::string id;  // 32 hexadecimal digits, not to be guessed from earlier ones
        Session& session;
    };

    explicit SessionStore(std::size_t capacity = 100'000) : capacity_(capacity) {}

    Opened open();
    Session* find(std::string_view id);
    void close(std::string_view id);

    std::size_t size() const { return sessions_.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const
        {
            return std::hash<std::string_view>{}(id);
        }
    };

    std::size_t capacity_;
    std::random_device random_;
    std::unordered_map<std::string, Session, Hash, std::equal_to<>> sessions_;
    std::deque<std::string> oldest_first_;  // closed ones too, until they reach the front
};

}  // namespace locustella::demo
