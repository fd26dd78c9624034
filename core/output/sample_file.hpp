// Every finished request in a file, written by a thread of its own.
//
//   SampleFile file(descriptor, {.format = SampleFormat::csv}, beginning);
//   table.add_reader(file.queue());              // the table's thread; from now on all are written
//   ...
//   table.remove_reader(file.queue().get());
//   while (!file.close(100ms))                   // all that has come is written
//       ...                                      // nobody reads from the pipe, say
//   file.counts()                                // how many are in the file, and how many are not
//
// Recording never waits for the file: what finds the queue full, because the disk stands still or
// the machine has no processor to spare, is lost and counted. So is what was not settled when
// writing failed. Then nothing more is written; the thread goes on to count what is lost.
//
//   a thread that ...     wakes                          puts                    settles
//   has little to do      every 0.1 s                    what there is           every second
//   has much to do        when the queue is half full    256 KiB at a time       every second
//
// A forked child has the object and not the thread: there everything here does nothing.
//
// Thread: the owner's; counts() any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "output/file_sink.hpp"
#include "output/sample_codec.hpp"
#include "stats/sample_queue.hpp"

namespace locustella::output {

struct SampleCounts {
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
    std::uint64_t bytes = 0;  // of the file, as far as they have gone out
    int error = 0;            // the system's number of why; 0 with losses: the queue was full
};

class SampleFile {
public:
    // About a second of 100,000 requests a second, ten of 10,000: so long a disk may stand still.
    static constexpr std::size_t default_queue_bytes = std::size_t{32} << 20;

    struct Options {
        SampleFormat format = SampleFormat::json_lines;
        Packing packing = Packing::none;
        std::size_t queue_bytes = default_queue_bytes;
    };

    // Throws std::system_error where there is no descriptor or no thread left.
    SampleFile(int descriptor, const Options& options, const Beginning& beginning);
    ~SampleFile();  // close() with some patience
    SampleFile(const SampleFile&) = delete;
    SampleFile& operator=(const SampleFile&) = delete;

    const std::shared_ptr<stats::SampleQueue>& queue() const { return queue_; }

    // No sample comes any more. True: all is written, and the file closed. May be called again.
    bool close(std::chrono::nanoseconds most);

    SampleCounts counts() const;

private:
    class Writer;

    std::shared_ptr<stats::SampleQueue> queue_;
    std::shared_ptr<Writer>
        writer_;  // the thread's, too: it may outlive a close() without patience
    int process_;
};

}  // namespace locustella::output
