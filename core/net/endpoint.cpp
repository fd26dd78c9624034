#include "net/endpoint.hpp"

#include <array>

namespace locustella::net {

Endpoints attempt_order(const Addresses& found, std::uint16_t port, std::uint64_t uses)
{
    Endpoints order;
    order.reserve(found.size());
    if (found.size() == 1)
        order.emplace_back(found.front(), port);
    if (found.size() < 2)
        return order;
    std::array<Addresses, 2> families;  // the preferred one first
    for (const auto& address : found)
        families[address.is_v6() != found.front().is_v6()].push_back(address);
    for (std::uint64_t round = 0; order.size() < found.size(); ++round)
        for (const auto& family : families)
            if (round < family.size())
                order.emplace_back(family[(uses + round) % family.size()], port);
    return order;
}

}  // namespace locustella::net
