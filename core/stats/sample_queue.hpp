// Finished requests on their way to one output: a bounded queue between the thread that records
// and the thread that writes them somewhere.
//
//   auto queue = std::make_shared<SampleQueue>();
//   table.add_reader(queue);                       // the recording thread; then it pushes
//
//   while (queue->wait(100ms))                     // the output's thread
//       for (const Sample& sample : queue->read()) // good until the next read() or wait()
//           ...
//
//   table.remove_reader(queue.get());              // the recording thread
//   queue->close();                                // wait() says false once all is read
//
// Recording never waits: what finds the queue full is dropped, and counted. A sample takes what its
// texts take and about 220 bytes, all of it in one ring of bytes that is never allocated anew. The
// system gives the ring its memory as it is first written to.
//
//   ring    := record*                       records follow each other, wrapping at the end
//   record  := head sample [phases] method name error user   multiples of 8 bytes
//   head    := size of the record : 4, 1 where it is padding up to the end of the ring : 4
//
// Thread: push() one thread's, read() and wait() one other's; close() and the counts any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "stats/sample.hpp"

namespace locustella::stats {

class SampleQueue {
public:
    static constexpr std::size_t default_bytes = std::size_t{4} << 20;

    explicit SampleQueue(std::size_t bytes = default_bytes);  // rounded up to a power of two
    SampleQueue(const SampleQueue&) = delete;
    SampleQueue& operator=(const SampleQueue&) = delete;

    // False, and the sample counted as dropped, where there is no room for it.
    bool push(const Sample& sample);

    // Until it is half full, or closed, or so much time has passed. False: closed, and all is read.
    bool wait(std::chrono::nanoseconds most);

    // What has come since the last read(), whose samples are gone now; at most so many.
    std::span<const Sample> read(std::size_t most = 4'096);

    void close();

    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

private:
    struct Head {
        std::uint32_t size;
        std::uint32_t padding;
    };
    using Place = std::uint64_t;  // bytes since the beginning; the ring has them modulo its size

    bool has_room(Place end);
    bool drop();
    void wake_at_half(Place written);
    std::byte* at(Place place) { return ring_.get() + (place & (size_ - 1)); }
    Place unread() const
    {
        return written_.load(std::memory_order_acquire) - read_.load(std::memory_order_acquire);
    }

    const std::size_t size_;
    const std::unique_ptr<std::byte[]> ring_;

    alignas(64) std::atomic<Place> written_ = 0;
    Place known_read_ = 0;  // read_, as the writer saw it last
    std::atomic<std::uint64_t> dropped_ = 0;

    alignas(64) std::atomic<Place> read_ = 0;
    Place batch_end_ = 0;
    std::vector<Sample> batch_;

    std::mutex mutex_;  // for the reader's sleep alone
    std::condition_variable awake_;
    std::atomic<bool> asleep_ = false;
    std::atomic<bool> closed_ = false;
};

}  // namespace locustella::stats
