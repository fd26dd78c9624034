// Who gives exchanges to a connection, and is told what becomes of them.
//
// Each is told as the last thing that the connection does about it, so that the owner may begin
// something else with the same connection there and then. It must not destroy the connection there:
// Reactor::dispose_later is for that.
//
// Thread: the reactor's.
#pragma once

#include "http/failure.hpp"
#include "http/response.hpp"

namespace locustella::client {

class Connection;
class Exchange;

class ConnectionOwner {
public:
    // A pool lends this connection to an exchange, which has perhaps stood in its line. When it
    // throws, the connection knows nothing of the exchange.
    virtual void lent(Connection& connection, Exchange& exchange) = 0;
    // ... or it has stood in line, and there is no memory to serve it.
    virtual void not_lent(Exchange& exchange) noexcept = 0;
    virtual void finished(Connection& connection, Exchange& exchange) = 0;
    // `stale`: the server had closed the connection before it could see the request, or the request
    // may be repeated when a connection was closed under it: it is to be sent again.
    virtual void failed(Connection& connection, Exchange& exchange, http::Failure failure,
                        bool stale) = 0;
    // A streamed answer's head is there: whether it is a redirect that will be followed.
    virtual bool follows(const Exchange& exchange, const http::Response& head) = 0;

protected:
    ~ConnectionOwner() = default;
};

}  // namespace locustella::client
