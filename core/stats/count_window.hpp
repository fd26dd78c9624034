// Counts of numbered buckets, stored only between the lowest and the highest bucket in use.
//
//   CountWindow counts;
//   counts.add(1'000'000);            // one cache line of cells, not a million cells
//   counts.add(1'000'002, 5);
//   counts.at(1'000'001) == 0
//
// Adding to a bucket inside the window is one indexed addition; outside, the window grows to reach
// it, by whole cache lines at both ends. The header is 16 bytes, because an entry of the statistics
// has two and ten thousand entries must fit the caches as well as they can.
//
// Thread: none of its own; one owner at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace locustella::stats {

class CountWindow {
public:
    using Count = std::int64_t;

    CountWindow() = default;
    CountWindow(const CountWindow& other) { *this = other; }
    CountWindow(CountWindow&& other) noexcept { swap(other); }
    CountWindow& operator=(const CountWindow& other)
    {
        if (this == &other)
            return *this;
        cells_ = other.size_ ? std::make_unique_for_overwrite<Count[]>(other.size_) : nullptr;
        first_ = other.first_;
        size_ = other.size_;
        std::copy_n(other.cells_.get(), size_, cells_.get());
        return *this;
    }
    CountWindow& operator=(CountWindow&& other) noexcept
    {
        swap(other);
        return *this;
    }

    void add(std::size_t bucket, Count times = 1)
    {
        make_room(bucket);
        add_inside(bucket, times);
    }
    // The same in two steps, of which only the first can fail.
    void make_room(std::size_t bucket)
    {
        if (bucket - first_ >= size_)  // below first_ the difference wraps and is huge
            make_room_for(bucket, bucket + 1);
    }
    void add_inside(std::size_t bucket, Count times = 1) noexcept
    {
        cells_[bucket - first_] += times;
    }

    Count at(std::size_t bucket) const
    {
        return bucket - first_ < size_ ? cells_[bucket - first_] : 0;
    }

    void make_room(const CountWindow& other)
    {
        if (other.size_ != 0)
            make_room_for(other.begin(), other.end());
    }
    void merge(const CountWindow& other)
    {
        make_room(other);
        for (std::size_t bucket = other.begin(); bucket < other.end(); ++bucket)
            cells_[bucket - first_] += other.at(bucket);
    }

    void clear() { *this = CountWindow{}; }

    // The buckets in use lie in [begin(), end()).
    std::size_t begin() const { return first_; }
    std::size_t end() const { return std::size_t{first_} + size_; }

private:
    static constexpr std::size_t per_line = 64 / sizeof(Count);

    void make_room_for(std::size_t from, std::size_t to)
    {
        from = from / per_line * per_line;
        to = (to + per_line - 1) / per_line * per_line;
        if (size_ != 0) {
            from = std::min(from, begin());
            to = std::max(to, end());
        }
        if (to - from == size_)
            return;
        auto cells = std::make_unique<Count[]>(to - from);
        std::copy_n(cells_.get(), size_, cells.get() + (size_ ? first_ - from : 0));
        cells_ = std::move(cells);
        first_ = static_cast<std::uint32_t>(from);
        size_ = static_cast<std::uint32_t>(to - from);
    }

    void swap(CountWindow& other) noexcept
    {
        std::swap(cells_, other.cells_);
        std::swap(first_, other.first_);
        std::swap(size_, other.size_);
    }

    std::unique_ptr<Count[]> cells_;
    std::uint32_t first_ = 0;
    std::uint32_t size_ = 0;
};

}  // namespace locustella::stats
