// Bytes into a file, plain or as gzip: with points up to which all of it is there.
//
//   FileSink sink(descriptor, Packing::none);
//   sink.put(text);
//   sink.settle();          // all that was put is the system's by now, and can be read
//   sink.finish();          // ... and no more comes
//
// Each says false once something has failed; error() is the system's number of that. A regular
// file is then cut where it was settled last, so that no line in it is torn.
//
// Thread: one at a time; writing blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace locustella::output {

enum class Packing : std::uint8_t { none, gzip };

class FileSink {
public:
    // Takes a descriptor of its own of what `descriptor` stands for; it writes from its place on.
    // Throws std::system_error where there is none left.
    FileSink(int descriptor, Packing packing);
    ~FileSink();
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    bool put(std::string_view bytes);
    bool settle();
    bool finish();

    int error() const { return error_; }  // 0: none
    // Bytes that have gone out. Any thread: whoever waits sees by it whether anything moves.
    std::uint64_t gone_out() const { return gone_out_.load(std::memory_order_relaxed); }

private:
    class Gzip;

    bool pack(std::string_view bytes, int flush);
    bool write(std::string_view bytes);
    bool fail(int error);

    int fd_;
    int error_ = 0;
    std::int64_t settled_at_ = -1;  // -1: no place that it could be cut at
    std::unique_ptr<Gzip> gzip_;
    std::atomic<std::uint64_t> gone_out_ = 0;
};

}  // namespace locustella::output
