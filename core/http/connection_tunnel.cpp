// The part of a Connection that goes through a proxy: from a standing connection to the proxy to one to the origin.
#include <utility>

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/error.hpp"

namespace locustella::http {

using Status = net::IoResult::Status;

void Connection::open_tunnel()
{
    state_ = State::tunnelling;
    tunnel_ = std::make_unique<Tunnel>(route_->proxy, origin_);
    on_tunnelling();  // the greeting leaves while the name is looked up
    if (state_ != State::tunnelling || !tunnel_->needs_address())
        return;
    lookup_ = context_.resolver.resolve(
        origin_.host, origin_.port, [this](std::error_code ec, const net::Endpoints& found) {
            lookup_.reset();
            if (ec)
                return fail(Stage::lookup, ec);
            tunnel_->set_address(found.front());
            on_tunnelling();
        });
}

void Connection::on_tunnelling()
{
    const Nanos began = base::monotonic_now();
    stream_.forget_arrival();
    auto& buffer = context_.reactor.scratch();
    const auto result = tunnel_->advance(stream_, {buffer.data(), buffer.size()});
    if (stream_.arrival())
        own_delay(began - stream_.arrival());
    if (result.status == Status::again)
        return;
    const std::string words = std::exchange(tunnel_, nullptr)->words();
    if (result.status == Status::done)
        return secure();
    if (result.error.category() == http_category())
        return fail(Stage::connect, result.error, words);
    fail(Stage::connect, Error::proxy_closed, result.error.message());
}

}  // namespace locustella::http
