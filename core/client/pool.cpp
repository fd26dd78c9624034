#include "client/pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/clock.hpp"

namespace locustella::client {

using base::Nanos;
using http::Origin;

namespace {

// reserve() alone would copy the list for each one that is added.
template <typename List>
void reserve_in_steps(List& list, std::size_t size)
{
    if (list.capacity() < size)
        list.reserve(std::max(size, 2 * list.capacity()));
}

}  // namespace

bool Pool::bind_to(Context& context)
{
    if (context_ && context_ != &context && context_->left_to_parent)
        leave_to_parent();
    if (!context_)
        context_ = &context;
    return context_ == &context;
}

void Pool::leave_to_parent()
{
    close_idle();
    parents_.insert(parents_.end(), std::make_move_iterator(places_.begin()),
                    std::make_move_iterator(places_.end()));
    places_.clear();
    size_ = 0;
    context_ = nullptr;
}

Pool::Place& Pool::place_of(const Origin& origin, const SharedRoute& route)
{
    for (auto& place : places_)
        if (place->origin == origin && same_route(place->route, route))
            return *place;
    auto place = std::make_unique<Place>();
    place->origin = origin;
    place->route = route;
    return *places_.emplace_back(std::move(place));
}

void Pool::make_room(Place& place, std::size_t connections)
{
    const std::size_t there = place.idle.size() + place.shared.size() + place.full.size();
    for (Connections* list : {&place.idle, &place.shared, &place.full})
        reserve_in_steps(*list, there + connections);
    reserve_in_steps(spares_, size_ + connections);
}

void Pool::adopt(std::vector<std::unique_ptr<Connection>>& connections)
{
    for (auto& connection : connections)
        make_room(place_of(connection->origin(), connection->route()), connections.size());
    for (auto& connection : connections) {
        ++size_;
        Place& place = place_of(connection->origin(), connection->route());
        Connections& list = connection->closed() ? spares_
                            : connection->idle() ? place.idle
                                                 : place.full;
        list.push_back(std::move(connection));
    }
    connections.clear();
}

bool Pool::has_room(const Place& place) const
{
    return limits_.most_at_once == 0 || !place.shared.empty() ||
           place.full.size() < limits_.most_at_once;
}

void Pool::take(ConnectionOwner& owner, Exchange& exchange)
{
    Place& place = place_of(exchange.request.origin, exchange.route);
    place.used = ++uses_;
    if (has_room(place))
        return lend(place, owner, exchange);
    place.line.push_back({&owner, &exchange, base::monotonic_now()});
}

void Pool::lend(Place& place, ConnectionOwner& owner, Exchange& exchange)
{
    make_room(place, 1);
    std::unique_ptr<Connection> lent;
    if (!place.shared.empty()) {
        lent = std::move(place.shared.back());
        place.shared.pop_back();
    } else {
        lent = take_idle(place, exchange);
    }
    if (!lent && !spares_.empty()) {
        lent = std::move(spares_.back());
        spares_.pop_back();
    }
    if (!lent) {
        lent = std::make_unique<Connection>(*context_);
        ++size_;
    }
    try {
        owner.lent(*lent, exchange);
    } catch (...) {
        keep(place, std::move(lent));
        throw;
    }
    (lent->full() ? place.full : place.shared).push_back(std::move(lent));
}

std::unique_ptr<Connection> Pool::take_idle(Place& place, const Exchange& exchange) noexcept
{
    while (!place.idle.empty()) {
        auto connection = std::move(place.idle.back());
        place.idle.pop_back();
        if (connection->can_take(exchange) && !connection->went_stale(exchange))
            return connection;
        connection->close();  // as the server has done
        spares_.push_back(std::move(connection));
    }
    return nullptr;
}

void Pool::released(Connection& connection) noexcept
{
    for (auto& place : places_) {
        for (Connections* lent : {&place->full, &place->shared}) {
            const auto found = std::find_if(lent->begin(), lent->end(), [&](const auto& one) {
                return one.get() == &connection;
            });
            if (found == lent->end())
                continue;
            auto released = std::move(*found);
            *found = std::move(lent->back());
            lent->pop_back();
            keep(*place, std::move(released));
            move_line_on(*place);
            return drop_oldest_places();
        }
    }
}

void Pool::keep(Place& place, std::unique_ptr<Connection> connection) noexcept
{
    if (connection->idle() && place.idle.size() >= limits_.most_idle && place.line.empty())
        connection->close();
    if (connection->load() > 0)
        return (connection->full() ? place.full : place.shared).push_back(std::move(connection));
    (connection->idle() ? place.idle : spares_).push_back(std::move(connection));
}

// Whoever cannot be served is told, and makes way for the one behind.
void Pool::move_line_on(Place& place) noexcept
{
    while (!place.line.empty()) {
        const Waiting next = place.line.front();
        place.line.pop_front();
        const Nanos waited = base::monotonic_now() - next.since;
        next.exchange->times.asked += waited;
        context_->reactor.lag().pool.record(waited);
        try {
            return lend(place, *next.owner, *next.exchange);
        } catch (...) {  // for want of memory: there is nothing else that it does
            next.owner->not_lent(*next.exchange);
        }
    }
}

void Pool::drop_oldest_places() noexcept
{
    while (limits_.most_places != 0 && places_.size() > limits_.most_places) {
        auto oldest = places_.end();
        for (auto it = places_.begin(); it != places_.end(); ++it)
            if ((*it)->serves_nobody() &&
                (oldest == places_.end() || (*it)->used < (*oldest)->used))
                oldest = it;
        if (oldest == places_.end())
            return;
        for (auto& connection : (*oldest)->idle) {
            connection->close();
            spares_.push_back(std::move(connection));
        }
        places_.erase(oldest);
    }
}

void Pool::leave(const Exchange& exchange) noexcept
{
    for (auto& place : places_)
        std::erase_if(place->line,
                      [&](const Waiting& waiting) { return waiting.exchange == &exchange; });
}

void Pool::forget(const ConnectionOwner& owner) noexcept
{
    for (auto& place : places_)
        std::erase_if(place->line, [&](const Waiting& waiting) { return waiting.owner == &owner; });
    while (Connection* const connection = abandon_one_of(owner))
        released(*connection);
}

Connection* Pool::abandon_one_of(const ConnectionOwner& owner)
{
    for (auto& place : places_)
        for (Connections* list : {&place->full, &place->shared})
            for (auto& connection : *list)
                if (connection->abandon_all_of(owner))
                    return connection.get();
    return nullptr;
}

void Pool::close_idle()
{
    const auto dispose_of_all = [this](Connections& list) {
        size_ -= list.size();
        for (auto& connection : list)
            dispose_of(std::move(connection), context_->reactor);
        list.clear();
    };
    for (auto& place : places_)
        dispose_of_all(place->idle);
    dispose_of_all(spares_);
    std::erase_if(places_, [](const auto& place) { return place->serves_nobody(); });
}

}  // namespace locustella::client
