#include "stats/sample_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <type_traits>

namespace locustella::stats {
namespace {

constexpr std::size_t least_bytes = 4'096;
constexpr std::size_t alignment = 8;

static_assert(std::is_trivially_copyable_v<Sample>, "its bytes lie in the ring");
static_assert(alignof(Sample) <= alignment && alignof(Phases) <= alignment);

std::string_view put(std::byte*& at, std::string_view text)
{
    char* const begin = reinterpret_cast<char*>(at);
    std::copy(text.begin(), text.end(), begin);
    at += text.size();
    return {begin, text.size()};
}

}  // namespace

SampleQueue::SampleQueue(std::size_t bytes)
    : size_(std::bit_ceil(std::max(bytes, least_bytes))),
      ring_(std::make_unique_for_overwrite<std::byte[]>(size_))
{
}

bool SampleQueue::push(const Sample& sample)
{
    std::size_t need = sizeof(Head) + sizeof(Sample) + (sample.phases ? sizeof(Phases) : 0) +
                       sample.method.size() + sample.name.size() + sample.error.size() +
                       sample.user.size();
    need = (need + alignment - 1) / alignment * alignment;
    if (need > size_ / 2)
        return drop();
    Place place = written_.load(std::memory_order_relaxed);
    const std::size_t to_the_end = size_ - (place & (size_ - 1));
    const std::size_t padding = to_the_end < need ? to_the_end : 0;
    if (!has_room(place + padding + need)) {
        wake_at_half(place);
        return drop();
    }
    if (padding > 0) {
        new (at(place)) Head{static_cast<std::uint32_t>(padding), 1};
        place += padding;
    }
    std::byte* to = at(place);
    new (to) Head{static_cast<std::uint32_t>(need), 0};
    auto& copy = *new (to + sizeof(Head)) Sample(sample);
    to += sizeof(Head) + sizeof(Sample);
    if (sample.phases) {
        copy.phases = new (to) Phases(*sample.phases);
        to += sizeof(Phases);
    }
    copy.method = put(to, sample.method);
    copy.name = put(to, sample.name);
    copy.error = put(to, sample.error);
    copy.user = put(to, sample.user);
    written_.store(place + need, std::memory_order_release);
    wake_at_half(place + need);
    return true;
}

bool SampleQueue::has_room(Place end)
{
    if (end - known_read_ <= size_)
        return true;
    known_read_ = read_.load(std::memory_order_acquire);
    return end - known_read_ <= size_;
}

bool SampleQueue::drop()
{
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// The reader may fall asleep at this very moment and miss it; then the next sample wakes it.
void SampleQueue::wake_at_half(Place written)
{
    if (written - known_read_ < size_ / 2 || !asleep_.load(std::memory_order_relaxed))
        return;
    known_read_ = read_.load(std::memory_order_acquire);
    if (written - known_read_ >= size_ / 2)
        awake_.notify_one();
}

bool SampleQueue::wait(std::chrono::nanoseconds most)
{
    read(0);
    std::unique_lock lock{mutex_};
    asleep_.store(true, std::memory_order_relaxed);
    awake_.wait_for(lock, most, [this] { return closed_.load() || unread() >= size_ / 2; });
    asleep_.store(false, std::memory_order_relaxed);
    return !closed_.load() || unread() > 0;
}

std::span<const Sample> SampleQueue::read(std::size_t most)
{
    read_.store(batch_end_, std::memory_order_release);
    batch_.clear();
    const Place end = written_.load(std::memory_order_acquire);
    while (batch_end_ < end && batch_.size() < most) {
        const std::byte* record = at(batch_end_);
        const Head& head = *std::launder(reinterpret_cast<const Head*>(record));
        batch_end_ += head.size;
        if (!head.padding)
            batch_.push_back(*std::launder(reinterpret_cast<const Sample*>(record + sizeof(Head))));
    }
    return batch_;
}

void SampleQueue::close()
{
    {
        const std::lock_guard lock{mutex_};
        closed_.store(true);
    }
    awake_.notify_all();
}

}  // namespace locustella::stats
