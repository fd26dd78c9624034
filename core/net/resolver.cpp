#include "net/resolver.hpp"

#include <netdb.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <thread>
#include <utility>

namespace locustella::net {
namespace {

namespace asio = boost::asio;

class NameLookupCategory : public std::error_category {
public:
    const char* name() const noexcept override { return "getaddrinfo"; }
    std::string message(int code) const override { return ::gai_strerror(code); }
};

// Asio folds getaddrinfo's codes into its own categories; people know the originals.
std::error_code to_lookup_error(const boost::system::error_code& ec)
{
    if (!ec)
        return {};
    int code = EAI_FAIL;
    if (ec == asio::error::host_not_found)
        code = EAI_NONAME;
    else if (ec == asio::error::host_not_found_try_again)
        code = EAI_AGAIN;
    else if (ec == asio::error::no_memory)
        code = EAI_MEMORY;
    return {code, name_lookup_category()};
}

std::string key_of(const std::string& host, std::uint16_t port)
{
    return host + ' ' + std::to_string(port);
}

}  // namespace

const std::error_category& name_lookup_category()
{
    static const NameLookupCategory category;
    return category;
}

// Asio looks names up on a thread of its own already; this one runs the handlers.
struct Resolver::Worker {
    Worker() : thread([this] { context.run(); }) {}
    ~Worker()
    {
        context.stop();
        thread.join();
    }

    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    asio::ip::tcp::resolver resolver{context};
    std::thread thread;
};

Resolver::Resolver(reactor::Reactor& reactor)
    : reactor_(reactor), alive_(std::make_shared<Resolver*>(this))
{
}

Resolver::~Resolver()
{
    *alive_ = nullptr;
}

std::shared_ptr<Resolver::Lookup> Resolver::resolve(const std::string& host, std::uint16_t port,
                                                    Callback callback)
{
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
        callback({}, {Endpoint(address, port)});
        return nullptr;
    }
    Name& name = names_[key_of(host, port)];
    if (!name.found.empty() && base::monotonic_now() - name.found_at < time_to_live) {
        const Endpoints found = name.found;
        callback({}, found);
        return nullptr;
    }
    auto lookup = std::make_shared<Lookup>(Lookup{std::move(callback)});
    name.waiting.push_back(lookup);
    if (!std::exchange(name.asking, true))
        ask(host, port);
    return lookup;
}

void Resolver::ask(const std::string& host, std::uint16_t port)
{
    if (!worker_)
        worker_ = std::make_unique<Worker>();
    auto post_back = [&reactor = reactor_, alive = alive_, key = key_of(host, port)](
                         const boost::system::error_code& ec, asio::ip::tcp::resolver::results_type results) {
        Endpoints found;
        for (const auto& entry : results)
            found.push_back(entry.endpoint());
        reactor.post([alive, key, error = to_lookup_error(ec), found = std::move(found)]() mutable {
            if (Resolver* self = *alive)
                self->answered(key, error, std::move(found));
        });
    };
    asio::post(worker_->context, [this, host, port, post_back = std::move(post_back)]() mutable {
        worker_->resolver.async_resolve(host, std::to_string(port),
                                        asio::ip::resolver_base::numeric_service, std::move(post_back));
    });
}

void Resolver::answered(const std::string& key, std::error_code ec, Endpoints found)
{
    Name& name = names_[key];
    name.asking = false;
    name.found = found;
    name.found_at = base::monotonic_now();
    const auto waiting = std::exchange(name.waiting, {});
    for (const auto& weak : waiting)
        if (auto lookup = weak.lock())
            std::exchange(lookup->callback, nullptr)(ec, found);
}

}  // namespace locustella::net
