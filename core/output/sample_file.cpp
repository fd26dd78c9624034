#include "output/sample_file.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"

namespace locustella::output {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t put_bytes = std::size_t{256} << 10;
constexpr auto idle = 100ms;
constexpr base::Nanos settle_every = base::nanos_per_second;
constexpr auto patience_at_the_end = 5s;

// Signals are for the threads that have handlers to run.
class SignalsHeldBack {
public:
    SignalsHeldBack()
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsHeldBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeldBack(const SignalsHeldBack&) = delete;
    SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

// What the thread has; the others look at its counts and wait for its end.
class SampleFile::Writer {
public:
    Writer(int descriptor, const Options& options, const Beginning& beginning,
           std::shared_ptr<stats::SampleQueue> queue)
        : queue_(std::move(queue)),
          codec_(options.format, beginning),
          sink_(std::make_unique<FileSink>(descriptor, options.packing))
    {
        text_.reserve(put_bytes * 2);
        codec_.begin(text_);
    }

    void run() noexcept
    {
        try {
            write_until_closed();
        } catch (const std::bad_alloc&) {
            count_until_closed();
        }
        end();
    }

    bool wait_for_end(std::chrono::nanoseconds most)
    {
        std::unique_lock lock{mutex_};
        return ended_.wait_for(lock, most, [this] { return has_ended_; });
    }

    SampleCounts counts() const
    {
        return {written_.load(), lost_.load() + queue_->dropped(), bytes_.load(), error_.load()};
    }

private:
    void write_until_closed()
    {
        auto settled = base::monotonic_now();
        while (queue_->wait(idle)) {
            write_what_has_come();
            put();
            if (const auto now = base::monotonic_now(); now - settled >= settle_every) {
                settled = now;
                settle(sink_->settle());
            }
        }
        put();  // titles that nothing has come behind
        settle(sink_->finish());
    }

    void write_what_has_come()
    {
        for (auto batch = queue_->read(); !batch.empty(); batch = queue_->read()) {
            unsettled_ += batch.size();
            for (const stats::Sample& sample : batch) {
                codec_.append(text_, sample);
                if (text_.size() >= put_bytes)
                    put();
            }
        }
    }

    // Makes room for one more sample of any size.
    void put()
    {
        sink_->put(text_);
        text_.clear();
        bytes_ = sink_->gone_out();
    }

    // What was put is there, or has failed.
    void settle(bool is_there)
    {
        auto& counted = is_there ? written_ : lost_;
        counted += std::exchange(unsettled_, 0);
        bytes_ = sink_->gone_out();
        error_ = sink_->error();
    }

    // No memory is left to write with.
    void count_until_closed() noexcept
    {
        lost_ += std::exchange(unsettled_, 0);
        error_ = ENOMEM;
        while (queue_->wait(idle))
            for (auto some = queue_->read(1); !some.empty(); some = queue_->read(1))
                ++lost_;
    }

    void end()
    {
        sink_.reset();  // closed before anybody is told
        const std::lock_guard lock{mutex_};
        has_ended_ = true;
        ended_.notify_all();
    }

    const std::shared_ptr<stats::SampleQueue> queue_;
    const SampleCodec codec_;
    std::unique_ptr<FileSink> sink_;
    std::string text_;
    std::uint64_t unsettled_ = 0;  // samples that were put, or are in the text

    std::atomic<std::uint64_t> written_ = 0, lost_ = 0, bytes_ = 0;
    std::atomic<int> error_ = 0;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
};

SampleFile::SampleFile(int descriptor, const Options& options, const Beginning& beginning)
    : queue_(std::make_shared<stats::SampleQueue>(options.queue_bytes)),
      writer_(std::make_shared<Writer>(descriptor, options, beginning, queue_)),
      process_(::getpid())
{
    const SignalsHeldBack held_back;
    std::thread([writer = writer_] { writer->run(); }).detach();
}

SampleFile::~SampleFile()
{
    close(patience_at_the_end);
}

bool SampleFile::close(std::chrono::nanoseconds most)
{
    if (::getpid() != process_)
        return true;
    queue_->close();
    return writer_->wait_for_end(most);
}

SampleCounts SampleFile::counts() const
{
    return writer_->counts();
}

}  // namespace locustella::output
