#include "output/file_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <new>
#include <system_error>

namespace locustella::output {
namespace {

constexpr int fastest = 1;
constexpr int gzip_window = 15 + 16;  // zlib's way to say: gzip's head and sum
constexpr int usual_memory = 8;

int own_descriptor(int descriptor)
{
    const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        throw std::system_error(errno, std::generic_category(), "cannot write samples");
    return own;
}

// Who else has the descriptor may have made it one that does not block.
void wait_until_writable(int fd)
{
    pollfd ready{fd, POLLOUT, 0};
    ::poll(&ready, 1, -1);
}

}  // namespace

class FileSink::Gzip {
public:
    Gzip()
    {
        if (::deflateInit2(&stream_, fastest, Z_DEFLATED, gzip_window, usual_memory,
                           Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Gzip() { ::deflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    void give(std::string_view bytes)
    {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
    }
    // What comes out next; empty: nothing more for what was given.
    std::string_view take(int flush)
    {
        stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
        stream_.avail_out = static_cast<uInt>(out_.size());
        ::deflate(&stream_, flush);
        return {out_.data(), out_.size() - stream_.avail_out};
    }
    bool took_all() const { return stream_.avail_out > 0; }

private:
    z_stream stream_{};
    std::array<char, std::size_t{64} << 10> out_;
};

FileSink::FileSink(int descriptor, Packing packing)
    : fd_(own_descriptor(descriptor)),
      settled_at_(::lseek(fd_, 0, SEEK_CUR))
{
    if (packing == Packing::gzip)
        gzip_ = std::make_unique<Gzip>();
}

FileSink::~FileSink()
{
    ::close(fd_);
}

bool FileSink::put(std::string_view bytes)
{
    if (error_)
        return false;
    return gzip_ ? pack(bytes, Z_NO_FLUSH) : write(bytes);
}

bool FileSink::settle()
{
    if (error_ || (gzip_ && !pack({}, Z_SYNC_FLUSH)))
        return false;
    if (settled_at_ >= 0)
        settled_at_ = ::lseek(fd_, 0, SEEK_CUR);
    return true;
}

bool FileSink::finish()
{
    return !error_ && (!gzip_ || pack({}, Z_FINISH));
}

bool FileSink::pack(std::string_view bytes, int flush)
{
    gzip_->give(bytes);
    do {
        if (!write(gzip_->take(flush)))
            return false;
    } while (!gzip_->took_all());
    return true;
}

bool FileSink::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            gone_out_.fetch_add(static_cast<std::uint64_t>(written), std::memory_order_relaxed);
        } else if (errno == EAGAIN) {
            wait_until_writable(fd_);
        } else if (errno != EINTR) {
            return fail(errno);
        }
    }
    return true;
}

bool FileSink::fail(int error)
{
    error_ = error;
    if (settled_at_ >= 0 && ::ftruncate(fd_, settled_at_) != 0)
        settled_at_ = -1;
    return false;
}

}  // namespace locustella::output
