// Binds core/net: names, and the addresses that connections leave from.
#include <pybind11/stl.h>

#include <tuple>
#include <vector>

#include "bindings.hpp"
#include "greenlet/hub.hpp"
#include "greenlet/network.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

using FixedRow = std::tuple<std::string, std::uint16_t, std::vector<std::string>, double>;

void set_network(double dns_ttl, const std::vector<FixedRow>& fixed, const std::string& source_ip)
{
    net::ResolverSettings resolver{.time_to_live = base::nanos_from_seconds(dns_ttl)};
    const auto sources = shared_sources(source_ip);
    for (const auto& [host, port, texts, lifetime] : fixed) {
        auto& entry = resolver.fixed.emplace_back();
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
    engine_of_process().change([&](engine::Settings& settings) {
        settings.resolver = std::move(resolver);
        settings.sources = sources;
    });
    if (!Hub::of_this_thread())
        throw py::error_already_set();
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

// Left alone at exit, as hubs are.
engine::Engine& engine_of_process()
{
    static engine::Engine& one = *new engine::Engine;
    return one;
}

std::shared_ptr<const net::SourceAddresses> shared_sources(const std::string& list)
{
    std::string problem;
    auto sources = engine_of_process().sources(list, problem);
    if (!sources && !list.empty())
        throw py::value_error(problem);
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
