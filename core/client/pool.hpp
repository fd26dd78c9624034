// Connections that several clients use, or one that may have only so many: who gets which, and who
// waits.
//
//   boost::intrusive_ptr<Pool> pool(new Pool({.most_at_once = 5}));
//   client.use(pool); other_client.use(pool);
//
// A place is an origin and a route to it. Of each place at most `most_at_once` connections serve at
// a time; a further exchange stands in the place's line, first come, first served, until one is
// free. Its response time begins when it has left the line: the waiting is the test's own, and goes
// to GeneratorLag::pool.
//
//   an exchange   take()       gets a connection: one that serves others and can serve it too
//                              (which HTTP/1.1 never can), else the idle one that was used last,
//                              else a new one; or stands in line
//                 released()   its connection is kept, or closed if there are `most_idle` idle; the
//                              line moves on
//
// Whoever asks makes room beforehand in every list that the connection can come into. So giving it
// back never fails, and one for which there is no memory is told so, and the line moves on.
//
// A client alone and without a limit needs none of this, and has its few connections itself.
//
// Thread: the reactor's; a pool belongs to one.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "client/connection.hpp"
#include "client/connection_owner.hpp"

namespace locustella::client {

class Pool : public boost::intrusive_ref_counter<Pool, boost::thread_unsafe_counter> {
public:
    struct Limits {
        std::size_t most_at_once = 0;  // for each place; 0: any number
        std::size_t most_idle = 10;    // for each place
        // kept at a time: the one not used for longest goes; 0: any number
        std::size_t most_places = 0;
    };

    explicit Pool(Limits limits) : limits_(limits) {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // From now on clients of this context may use it, and no others. False when it is another's
    // already, unless that was left to the parent of a forked child: then the pool begins anew.
    bool bind_to(Context& context);
    bool is_bound_to(const Context& context) const { return context_ == &context; }
    // Takes over a client's own connections, busy ones too. When it throws they are the client's.
    void adopt(std::vector<std::unique_ptr<Connection>>& connections);

    // Lends the exchange a connection by owner.lent(): now, or when it is first in the line.
    void take(ConnectionOwner& owner, Exchange& exchange);
    // The exchange that this connection was lent to is over.
    void released(Connection& connection) noexcept;
    // The exchange no longer wants one, if it stands in line.
    void leave(const Exchange& exchange) noexcept;
    // The owner goes: its exchanges are abandoned, and those in line forgotten.
    void forget(const ConnectionOwner& owner) noexcept;

    void close_idle();

private:
    using Connections = std::vector<std::unique_ptr<Connection>>;

    struct Waiting {
        ConnectionOwner* owner;
        Exchange* exchange;
        base::Nanos since;
    };
    struct Place {
        http::Origin origin;
        SharedRoute route;
        Connections idle;    // the one used last is at the end
        Connections shared;  // serve somebody, and could serve more
        Connections full;
        std::deque<Waiting> line;
        std::uint64_t used = 0;

        bool serves_nobody() const { return full.empty() && shared.empty(); }
    };

    Place& place_of(const http::Origin& origin, const SharedRoute& route);
    bool has_room(const Place& place) const;
    void make_room(Place& place, std::size_t connections);
    void lend(Place& place, ConnectionOwner& owner, Exchange& exchange);
    std::unique_ptr<Connection> take_idle(Place& place, const Exchange& exchange) noexcept;
    void keep(Place& place, std::unique_ptr<Connection> connection) noexcept;
    void move_line_on(Place& place) noexcept;
    void drop_oldest_places() noexcept;
    Connection* abandon_one_of(const ConnectionOwner& owner);
    void leave_to_parent();

    Limits limits_;
    Context* context_ = nullptr;
    std::vector<std::unique_ptr<Place>> places_;
    // Closed ones, to be opened again for any place.
    Connections spares_;
    // What a forked child has found in it: its parent's, whose greenlets are still in the child.
    std::vector<std::unique_ptr<Place>> parents_;
    std::size_t size_ = 0;  // connections, wherever they are
    std::uint64_t uses_ = 0;
};

using SharedPool = boost::intrusive_ptr<Pool>;

}  // namespace locustella::client
