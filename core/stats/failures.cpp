#include "stats/failures.hpp"

#include <algorithm>
#include <utility>

namespace locustella::stats {
namespace {

constexpr std::string_view masked = "0x....";

void replace_all(std::string& text, std::string_view old, std::string_view with)
{
    for (auto at = text.find(old); at != text.npos; at = text.find(old, at + with.size()))
        text.replace(at, old.size(), with);
}

// "object at 0x7f12>", as Locust does it: the first one, and its address wherever else it stands.
void mask_first_object(std::string& text, std::string_view error)
{
    constexpr std::string_view marker = "object at ";
    const auto found = error.find("object at 0x");
    if (found == error.npos)
        return;
    const auto address = found + marker.size();
    const auto end = error.find('>', address);
    if (end != error.npos)
        replace_all(text, error.substr(address, end - address), masked);
}

// "HTTPConnection(...) at 0x7f4558c0fd50", all of them. Fewer digits are somebody's own number.
void mask_addresses(std::string& text)
{
    constexpr std::string_view marker = "at 0x";
    constexpr std::size_t prefix = 3;  // the "at "
    constexpr std::size_t least_digits = 6;
    for (auto at = text.find(marker); at != text.npos; at = text.find(marker, at + 1)) {
        const auto digits = at + marker.size();
        const auto end = std::min(text.find_first_not_of("0123456789abcdef", digits), text.size());
        if (end - digits >= least_digits)
            text.replace(at + prefix, end - at - prefix, masked);
    }
}

}  // namespace

std::string without_addresses(std::string_view error)
{
    std::string text{error};
    mask_first_object(text, error);
    mask_addresses(text);
    return text;
}

void Failure::merge(const Failure& other)
{
    occurrences += other.occurrences;
    if (other.first_seen)
        first_seen = std::min(first_seen.value_or(*other.first_seen), *other.first_seen);
    if (other.last_seen)
        last_seen = std::max(last_seen.value_or(*other.last_seen), *other.last_seen);
}

Failures::Shared Failures::find(std::string_view method, std::string_view name,
                                std::string_view error) const
{
    const auto found = all_.find(Key{method, name, error});
    return found == all_.end() ? nullptr : *found;
}

Failures::Shared Failures::find_or_add(std::string_view method, std::string_view name,
                                       std::string_view error)
{
    Key key{method, name, error};
    auto found = all_.find(key);
    if (found != all_.end())
        return *found;
    if (all_.size() - beyond_ < limit_)
        return add(key);
    key = beyond_limit(key);
    found = all_.find(key);
    if (found != all_.end())
        return *found;
    return add(key);
}

Failures::Key Failures::beyond_limit(const Key& key) const
{
    const Key own{key.method, key.name, errors_beyond_limit};
    if (beyond_ < most_beyond || all_.contains(own))
        return own;
    return {"", names_beyond_limit, errors_beyond_limit};
}

Failures::Shared Failures::add(const Key& key)
{
    auto failure = std::make_shared<Failure>();
    failure->method = key.method;
    failure->name = key.name;
    failure->error = key.error;
    insert(failure);
    return failure;
}

void Failures::insert(Shared failure)
{
    const bool beyond = failure->error == errors_beyond_limit;
    all_.insert(std::move(failure));
    beyond_ += beyond;
}

void Failures::adopt(Shared failure)
{
    all_.reserve(all_.size() + 1);
    erase(*failure);
    insert(std::move(failure));
}

std::vector<std::shared_ptr<const Failure>> Failures::copies()
{
    std::vector<std::shared_ptr<const Failure>> copies;
    copies.reserve(all_.size());
    for (const auto& failure : all_) {
        auto& copied = copied_[failure.get()];
        if (!copied || *copied != *failure)
            copied = std::make_shared<const Failure>(*failure);
        copies.push_back(copied);
    }
    return copies;
}

void Failures::erase(const Failure& failure)
{
    const auto found = all_.find(Key{failure.method, failure.name, failure.error});
    if (found == all_.end())
        return;
    copied_.erase(found->get());
    if (failure.error == errors_beyond_limit)
        --beyond_;
    all_.erase(found);
}

void Failures::clear()
{
    all_.clear();
    copied_.clear();
    beyond_ = 0;
}

}  // namespace locustella::stats
