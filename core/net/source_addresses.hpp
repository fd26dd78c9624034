// The addresses of this machine that connections leave from, one after the other.
//
//   std::string problem;
//   // nullptr: `problem` says why
//   auto sources = SourceAddresses::parse("10.0.0.1-10.0.0.20, 2001:db8::7", problem);
//   sources->next(target)     // the next one of the target's family; nullopt: there is none of it
//
// What is understood:
//
//   list = item *( "," item )
//   item = address                   10.0.0.7
//        / address "-" address       10.0.0.1-10.0.0.20    both ends included
//        / address "/" bits          10.0.0.0/24           the addresses that hosts can have: an
//                                                          IPv4 network's first and last, an IPv6
//                                                          network's first are left out
//
// Thread: any. Those who share a list get one address after the other, whoever asks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/endpoint.hpp"

namespace locustella::net {

class SourceAddresses {
public:
    // The first next() gives the address at `begin`, counted round and round.
    static std::shared_ptr<const SourceAddresses> parse(std::string_view list, std::string& problem,
                                                        std::uint64_t begin = 0);

    std::optional<Address> next(const Endpoint& target) const;
    bool has_family_of(const Endpoint& target) const { return family_of(target).size > 0; }

    // The first `most` addresses, for whoever wants to try them out before.
    Addresses first(std::size_t most) const;

private:
    // Consecutive addresses that differ in their last 64 bits only.
    struct Range {
        std::uint64_t high = 0;   // 0 for IPv4
        std::uint64_t low = 0;    // of the first
        std::uint64_t place = 0;  // of the first, among all of its family
    };
    struct Family {
        explicit Family(bool is_six) : six(is_six) {}
        bool add(std::uint64_t high, std::uint64_t low, std::uint64_t count);
        Address at(std::uint64_t place) const;

        const bool six;

        std::vector<Range> ranges;
        std::uint64_t size = 0;
        mutable std::atomic<std::uint64_t> uses = 0;
    };

    bool add(std::string_view item, std::string& problem);

    const Family& family_of(const Endpoint& target) const
    {
        return target.address().is_v6() ? six_ : four_;
    }

    Family four_{false};
    Family six_{true};
};

}  // namespace locustella::net
