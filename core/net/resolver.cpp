#include "net/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <new>
#include <thread>
#include <utility>

namespace locustella::net {
namespace {

namespace asio = boost::asio;

constexpr int no_thread = -1001;  // far from getaddrinfo's own codes

class NameLookupCategory : public std::error_category {
public:
    const char* name() const noexcept override { return "getaddrinfo"; }
    std::string message(int code) const override
    {
        if (code == no_thread)
            return "no thread could be started to look the name up";
        return ::gai_strerror(code);
    }
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

// Called in a handler: why nobody could be asked.
std::error_code not_asked()
{
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return {EAI_MEMORY, name_lookup_category()};
    } catch (...) {  // the thread: a limit of processes, as containers have
        return {no_thread, name_lookup_category()};
    }
}

std::string key_of(const std::string& host, std::uint16_t port)
{
    return host + ' ' + std::to_string(port);
}

// /etc/hosts may name one address for several purposes.
void add_once(Addresses& addresses, const Address& address)
{
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
        addresses.push_back(address);
}

template <class Answer>
void look_up(asio::ip::tcp::resolver& resolver, const std::string& host, Answer answer)
{
    resolver.async_resolve(
        host, "0", asio::ip::resolver_base::numeric_service,
        [answer = std::move(answer)](const boost::system::error_code& ec, const auto& results) {
            Addresses found;
            for (const auto& entry : results)
                add_once(found, entry.endpoint().address());
            answer(to_lookup_error(ec), std::move(found));
        });
}

}  // namespace

const std::error_category& name_lookup_category()
{
    static const NameLookupCategory category;
    return category;
}

// Asio looks names up on a thread of its own already; this one runs the handlers.
struct Resolver::Worker {
    Worker() : thread([this] { run(); }) {}
    ~Worker()
    {
        context.stop();
        thread.join();
    }

    // A handler throws when there is no memory to hand an answer over; its lookups run into their
    // timeouts, and the others go on.
    void run()
    {
        while (!context.stopped()) {
            try {
                context.run();
            } catch (const std::exception&) {
            }
        }
    }

    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    asio::ip::tcp::resolver resolver{context};
    std::thread thread;
};

Resolver::Resolver(reactor::Reactor& reactor)
    : reactor_(reactor),
      alive_(std::make_shared<Resolver*>(this))
{
}

Resolver::~Resolver()
{
    *alive_ = nullptr;
}

void Resolver::release()
{
    worker_.reset();
}

bool Resolver::is_asking() const
{
    return std::any_of(names_.begin(), names_.end(),
                       [](const auto& entry) { return entry.second.question != nullptr; });
}

void Resolver::configure(const ResolverSettings& settings)
{
    time_to_live_ = settings.time_to_live;
    fixed_.clear();
    for (const auto& entry : settings.fixed) {
        const Nanos until = entry.lifetime ? base::monotonic_now() + entry.lifetime : 0;
        fixed_[key_of(entry.host, entry.port)] = {entry.addresses, until};
    }
}

// The most particular entry wins: the host's before everybody's, the port's before all ports'.
Resolver::FixedName* Resolver::fixed_for(const std::string& host, std::uint16_t port)
{
    if (fixed_.empty())
        return nullptr;
    for (const std::string& key :
         {key_of(host, port), key_of(host, 0), key_of("*", port), key_of("*", 0)}) {
        const auto found = fixed_.find(key);
        if (found == fixed_.end())
            continue;
        if (found->second.until == 0 || base::monotonic_now() < found->second.until)
            return &found->second;
        fixed_.erase(found);
    }
    return nullptr;
}

Resolver::Name& Resolver::name_of(const std::string& host)
{
    if (names_.size() >= most_names && !names_.contains(host))
        std::erase_if(names_, [](const auto& entry) { return !entry.second.question; });
    return names_[host];
}

std::shared_ptr<Resolver::Lookup> Resolver::resolve(const std::string& host, std::uint16_t port,
                                                    Callback callback)
{
    if (FixedName* fixed = fixed_for(host, port)) {
        callback({{}, attempt_order(fixed->addresses, port, fixed->uses++), 0});
        return nullptr;
    }
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
        callback({{}, {Endpoint(address, port)}, 0});
        return nullptr;
    }
    Name& name = name_of(host);
    if (!name.found.empty() && base::monotonic_now() - name.found_at < time_to_live_) {
        callback({{}, attempt_order(name.found, port, name.uses++), 0});
        return nullptr;
    }
    auto lookup = std::make_shared<Lookup>(Lookup{port, std::move(callback)});
    if (!name.question || time_to_live_ == 0)
        name.question = ask(host);
    name.question->waiting.push_back(lookup);
    return lookup;
}

std::shared_ptr<Resolver::Question> Resolver::ask(const std::string& host)
{
    auto question = std::make_shared<Question>(Question{host, {}});
    const auto answer = [&reactor = reactor_, alive = alive_, question](std::error_code error,
                                                                        Addresses found) {
        reactor.post(
            [alive, question, error, found = std::move(found), at = base::monotonic_now()] {
                if (Resolver* self = *alive)
                    self->answered(question, error, found, at);
            });
    };
    try {
        if (!worker_)
            worker_ = std::make_unique<Worker>();
        ++questions_;
        asio::post(worker_->context, [worker = worker_.get(), host, answer] {
            try {
                look_up(worker->resolver, host, answer);
            } catch (const std::exception&) {  // Asio could not start its thread
                answer(not_asked(), {});
            }
        });
    } catch (const std::exception&) {
        answer(not_asked(), {});
    }
    return question;
}

void Resolver::answered(const std::shared_ptr<Question>& question, std::error_code ec,
                        const Addresses& found, Nanos at)
{
    Name& name = name_of(question->host);
    if (name.question == question)
        name.question.reset();
    name.found = found;
    name.found_at = at;
    for (const auto& weak : question->waiting)
        if (auto lookup = weak.lock())
            std::exchange(lookup->callback, nullptr)(
                {ec, attempt_order(found, lookup->port, names_[question->host].uses++), at});
}

}  // namespace locustella::net
