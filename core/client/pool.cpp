#include "client/pool.hpp"

#include <algorithm>
#include <utility>

#include "client/client.hpp"

namespace locustella::client {

using base::Nanos;
using http::Origin;
using http::Request;

bool Pool::belongs_to(Context& context)
{
    if (!context_)
        context_ = &context;
    return context_ == &context;
}

Pool::Place& Pool::place_of(const Origin& origin, const SharedRoute& route)
{
    for (auto& place : places_)
        if (place->origin == origin && same_route(place->route, route))
            return *place;
    Place& place = *places_.emplace_back(std::make_unique<Place>());
    place.origin = origin;
    place.route = route;
    return place;
}

void Pool::adopt(std::vector<std::unique_ptr<Connection>> connections)
{
    for (auto& connection : connections) {
        if (connection->closed()) {
            spares_.push_back(std::move(connection));
            continue;
        }
        Place& place = place_of(connection->origin(), connection->route());
        (connection->idle() ? place.idle : place.busy).push_back(std::move(connection));
    }
}

Connection* Pool::take(Client& client, Exchange& exchange)
{
    Place& place = place_of(exchange.request.origin, exchange.route);
    place.used = ++uses_;
    if (limits_.most_at_once == 0 || place.busy.size() < limits_.most_at_once)
        return &lend(place, client, exchange);
    place.line.push_back({&client, &exchange, base::monotonic_now()});
    return nullptr;
}

Connection& Pool::lend(Place& place, Client& client, const Exchange& exchange)
{
    std::unique_ptr<Connection> lent;
    while (!lent && !place.idle.empty()) {
        auto connection = std::move(place.idle.back());
        place.idle.pop_back();
        if (connection->serves(exchange))
            lent = std::move(connection);
        else
            spares_.push_back(std::move(connection));  // the server has closed it
    }
    if (!lent && !spares_.empty()) {
        lent = std::move(spares_.back());
        spares_.pop_back();
    }
    if (!lent)
        lent = std::make_unique<Connection>(client.context());
    return *place.busy.emplace_back(std::move(lent));
}

void Pool::released(Connection& connection)
{
    for (auto& place : places_) {
        const auto found =
            std::find_if(place->busy.begin(), place->busy.end(),
                         [&](const auto& busy) { return busy.get() == &connection; });
        if (found == place->busy.end())
            continue;
        auto released = std::move(*found);
        *found = std::move(place->busy.back());
        place->busy.pop_back();
        keep(*place, std::move(released));
        move_line_on(*place);
        return drop_oldest_places();
    }
}

void Pool::keep(Place& place, std::unique_ptr<Connection> connection)
{
    if (connection->idle() && place.idle.size() >= limits_.most_idle && place.line.empty())
        connection->close();
    (connection->idle() ? place.idle : spares_).push_back(std::move(connection));
}

void Pool::move_line_on(Place& place)
{
    if (place.line.empty())
        return;
    const Waiting next = place.line.front();
    place.line.pop_front();
    const Nanos waited = base::monotonic_now() - next.since;
    next.exchange->times.asked += waited;
    next.client->context().reactor.lag().pool.record(waited);
    next.client->send_on(lend(place, *next.client, *next.exchange), *next.exchange);
}

void Pool::drop_oldest_places()
{
    while (limits_.most_places != 0 && places_.size() > limits_.most_places) {
        auto oldest = places_.end();
        for (auto it = places_.begin(); it != places_.end(); ++it)
            if ((*it)->busy.empty() && (oldest == places_.end() || (*it)->used < (*oldest)->used))
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

void Pool::leave(const Exchange& exchange)
{
    for (auto& place : places_)
        std::erase_if(place->line,
                      [&](const Waiting& waiting) { return waiting.exchange == &exchange; });
}

void Pool::forget(const Client& client)
{
    for (auto& place : places_)
        std::erase_if(place->line,
                      [&](const Waiting& waiting) { return waiting.client == &client; });
    std::vector<Connection*> lent;
    for (auto& place : places_)
        for (auto& connection : place->busy)
            if (connection->client() == &client)
                lent.push_back(connection.get());
    for (Connection* connection : lent) {
        connection->abandon();
        released(*connection);
    }
}

void Pool::close_idle()
{
    for (auto& place : places_)
        place->idle.clear();
    spares_.clear();
    std::erase_if(places_, [](const auto& place) { return place->busy.empty(); });
}

}  // namespace locustella::client
