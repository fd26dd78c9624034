#include "net/source_addresses.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include "base/ascii.hpp"

namespace locustella::net {
namespace {

// An address as two numbers; IPv4 in the last 32 bits of the second.
struct Number {
    bool six = false;
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    unsigned bits() const { return six ? 128 : 32; }
};

constexpr std::string_view blanks = " \t";

std::optional<Number> number_of(std::string_view text)
{
    boost::system::error_code not_numeric;
    const auto address =
        boost::asio::ip::make_address(std::string(base::trimmed(text, blanks)), not_numeric);
    if (not_numeric)
        return std::nullopt;
    if (address.is_v4())
        return Number{false, 0, address.to_v4().to_uint()};
    Number number{true, 0, 0};
    const auto bytes = address.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i) {
        number.high = number.high << 8 | bytes[i];
        number.low = number.low << 8 | bytes[i + 8];
    }
    return number;
}

Address address_of(bool six, std::uint64_t high, std::uint64_t low)
{
    if (!six)
        return boost::asio::ip::address_v4(static_cast<std::uint32_t>(low));
    boost::asio::ip::address_v6::bytes_type bytes;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<unsigned char>(high >> (56 - 8 * i));
        bytes[i + 8] = static_cast<unsigned char>(low >> (56 - 8 * i));
    }
    return boost::asio::ip::address_v6(bytes);
}

// How many addresses of a network, from which on: 0 when it is too large or its bits make no sense.
std::uint64_t hosts_of(Number& network, unsigned prefix)
{
    const unsigned own = network.bits() - prefix;  // bits that tell its hosts apart
    if (own > 64)
        return 0;
    const std::uint64_t mask = own == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << own) - 1;
    network.low &= ~mask;
    if (own < 2)
        return mask + 1;
    ++network.low;
    return network.six ? mask : mask - 1;
}

std::string quoted(std::string_view text)
{
    return '\'' + std::string(text) + '\'';
}

}  // namespace

bool SourceAddresses::Family::add(std::uint64_t high, std::uint64_t low, std::uint64_t count)
{
    if (count > std::numeric_limits<std::uint64_t>::max() - size)
        return false;
    ranges.push_back({high, low, size});
    size += count;
    return true;
}

Address SourceAddresses::Family::at(std::uint64_t place) const
{
    const auto behind =
        std::upper_bound(ranges.begin(), ranges.end(), place,
                         [](std::uint64_t p, const Range& range) { return p < range.place; });
    const Range& range = *std::prev(behind);
    return address_of(six, range.high, range.low + (place - range.place));
}

bool SourceAddresses::add(std::string_view item, std::string& problem)
{
    const auto slash = item.find('/');
    const auto dash = item.find('-');
    const auto begin = number_of(item.substr(0, std::min(slash, dash)));
    if (!begin) {
        problem =
            quoted(item) + " is no IP address, range (10.0.0.1-10.0.0.20) or network (10.0.0.0/24)";
        return false;
    }
    Number first = *begin;
    std::uint64_t count = 1;
    if (slash != std::string_view::npos) {
        const auto digits = base::trimmed(item.substr(slash + 1), blanks);
        unsigned prefix = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size() || prefix > first.bits()) {
            problem = quoted(item) + ": a number of bits from 0 to " +
                      std::to_string(first.bits()) + " stands behind /";
            return false;
        }
        count = hosts_of(first, prefix);
    } else if (dash != std::string_view::npos) {
        const auto last = number_of(item.substr(dash + 1));
        if (!last || last->six != first.six) {
            problem =
                quoted(item) + ": a range ends with an address of the same kind as it begins with";
            return false;
        }
        if (last->high < first.high || (last->high == first.high && last->low < first.low)) {
            problem = quoted(item) + ": the range ends before it begins";
            return false;
        }
        count = last->high == first.high ? last->low - first.low + 1 : 0;
    }
    if (count == 0 || !(first.six ? six_ : four_).add(first.high, first.low, count)) {
        problem = quoted(item) + " has more addresses than can be counted: give a smaller one";
        return false;
    }
    return true;
}

std::shared_ptr<const SourceAddresses> SourceAddresses::parse(std::string_view list,
                                                              std::string& problem,
                                                              std::uint64_t begin)
{
    auto sources = std::make_shared<SourceAddresses>();
    sources->four_.uses = sources->six_.uses = begin;
    while (true) {
        const auto comma = list.find(',');
        if (!sources->add(base::trimmed(list.substr(0, comma), blanks), problem))
            return nullptr;
        if (comma == std::string_view::npos)
            return sources;
        list.remove_prefix(comma + 1);
    }
}

std::optional<Address> SourceAddresses::next(const Endpoint& target) const
{
    const Family& family = family_of(target);
    if (family.size == 0)
        return std::nullopt;
    return family.at(family.uses.fetch_add(1, std::memory_order_relaxed) % family.size);
}

Addresses SourceAddresses::first(std::size_t most) const
{
    Addresses found;
    for (const Family* family : {&four_, &six_})
        for (std::uint64_t place = 0; place < family->size && found.size() < most; ++place)
            found.push_back(family->at(place));
    return found;
}

}  // namespace locustella::net
