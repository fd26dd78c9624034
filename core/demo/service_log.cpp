#include "demo/service_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace locustella::demo {
namespace {

static_assert(std::endian::native == std::endian::little, "the log's integers are little-endian");

constexpr std::size_t buffered = 1024;

struct Preamble {
    char magic[8] = {'L', 'T', 'S', 'V', 'C', 'L', 'O', 'G'};
    std::uint32_t version = 1;
    std::uint32_t record_size = sizeof(ServiceRecord);
};

std::string describe(const std::string& path, int error)
{
    return "cannot write the service log " + path + ": " + std::generic_category().message(error);
}

}  // namespace

ServiceRecord ServiceRecord::of(std::int64_t arrival_ns, std::string_view target)
{
    ServiceRecord record;
    record.arrival_ns = arrival_ns;
    const auto size = std::min(target.size(), target_capacity);
    std::copy_n(target.data(), size, record.target);
    record.target_size = static_cast<std::uint8_t>(size);
    return record;
}

ServiceLog::ServiceLog(const std::string& path) : path_(path)
{
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0)
        throw std::runtime_error{describe(path, errno)};
    waiting_.reserve(buffered);
    const Preamble preamble;
    write(&preamble, sizeof preamble);
}

ServiceLog::~ServiceLog()
{
    flush();
    if (file_ >= 0)
        ::close(file_);
}

void ServiceLog::add(const ServiceRecord& record)
{
    waiting_.push_back(record);
    if (waiting_.size() >= buffered)
        flush();
}

void ServiceLog::finish()
{
    flush();
    const int file = std::exchange(file_, -1);
    if (file >= 0 && ::close(file) != 0 && error_ == 0)
        error_ = errno;
    if (error_ != 0)
        throw std::runtime_error{describe(path_, error_)};
}

void ServiceLog::flush()
{
    write(waiting_.data(), waiting_.size() * sizeof(ServiceRecord));
    waiting_.clear();
}

void ServiceLog::write(const void* data, std::size_t size)
{
    const char* next = static_cast<const char*>(data);
    while (size > 0 && error_ == 0 && file_ >= 0) {
        const auto written = ::write(file_, next, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            error_ = errno;
            return;
        }
        next += written;
        size -= static_cast<std::size_t>(written);
    }
}

}  // namespace locustella::demo
