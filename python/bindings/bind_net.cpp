// Binds core/net: names, and the addresses that connections leave from.
#include <pybind11/stl.h>

#include <map>
#include <tuple>
#include <vector>

#include "bindings.hpp"
#include "greenlet/hub.hpp"
#include "greenlet/network.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

struct NetworkSettings {
    net::ResolverSettings resolver;
    std::shared_ptr<const net::SourceAddresses> sources;
};

// Left alone at exit, as hubs are.
NetworkSettings& settings()
{
    static NetworkSettings& one = *new NetworkSettings;
    return one;
}

using FixedRow = std::tuple<std::string, std::uint16_t, std::vector<std::string>, double>;

void set_network(double dns_ttl, const std::vector<FixedRow>& fixed, const std::string& source_ip)
{
    NetworkSettings told{{.time_to_live = base::nanos_from_seconds(dns_ttl)},
                         shared_sources(source_ip)};
    for (const auto& [host, port, texts, lifetime] : fixed) {
        auto& entry = told.resolver.fixed.emplace_back();
        entry.host = host;
        entry.port = port;
        entry.lifetime = base::nanos_from_seconds(lifetime);
        for (const auto& text : texts) {
            boost::system::error_code not_numeric;
            entry.addresses.push_back(boost::asio::ip::make_address(text, not_numeric));
            if (not_numeric)
                throw py::value_error(text + " is no IP address");
        }
        if (entry.addresses.empty())
            throw py::value_error("no address is given for " + host);
    }
    settings() = std::move(told);
    Hub* hub = Hub::of_this_thread();
    if (!hub)
        throw py::error_already_set();
    apply_network_settings(hub->http());
}

std::vector<std::string> source_addresses(const std::string& list, std::size_t most)
{
    std::vector<std::string> texts;
    if (const auto sources = shared_sources(list))
        for (const auto& address : sources->first(most))
            texts.push_back(address.to_string());
    return texts;
}

}  // namespace

void apply_network_settings(http::Context& context)
{
    context.resolver.configure(settings().resolver);
    context.sources = settings().sources;
}

std::shared_ptr<const net::SourceAddresses> shared_sources(const std::string& list)
{
    static auto& known = *new std::map<std::string, std::shared_ptr<const net::SourceAddresses>>;
    if (list.empty())
        return nullptr;
    auto& sources = known[list];
    std::string problem;
    if (!sources && !(sources = net::SourceAddresses::parse(list, problem))) {
        known.erase(list);
        throw py::value_error(problem);
    }
    return sources;
}

void bind_net(py::module_& core)
{
    core.def("set_network", &set_network, py::kw_only(), py::arg("dns_ttl"), py::arg("fixed"),
             py::arg("source_ip"),
             "How connections come about. dns_ttl: seconds that an answer is kept. fixed: rows of "
             "(host or '*', port or "
             "0, addresses, seconds that it holds or 0). source_ip: where they come from, '' for "
             "the system's choice.");
    core.def("source_addresses", &source_addresses, py::arg("source_ip"), py::arg("most"),
             "The first of the addresses in a list of addresses, ranges and networks; ValueError "
             "says what is wrong.");
}

}  // namespace locustella::bindings
