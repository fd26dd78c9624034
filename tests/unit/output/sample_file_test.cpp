// The thread that writes every sample: what it was given is in the file, or counted as lost.
#include "output/sample_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "stats/table.hpp"
#include "unit/output/csv_reader.hpp"

namespace locustella::output {
namespace {

using namespace std::chrono_literals;

// An open file without a name, which can be read back.
class Scratch {
public:
    Scratch()
    {
        std::string path = testing::TempDir() + "samplesXXXXXX";
        fd_ = ::mkstemp(path.data());
        ::unlink(path.c_str());
    }
    ~Scratch() { ::close(fd_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    int fd() const { return fd_; }
    std::string text() const
    {
        std::string text(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
        return text;
    }

private:
    int fd_;
};

std::string unpacked(const std::string& packed)
{
    z_stream stream{};
    EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string text;
    int result = Z_OK;
    while (result == Z_OK) {
        std::array<char, 4'096> out{};
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = out.size();
        result = ::inflate(&stream, Z_NO_FLUSH);
        text.append(out.data(), out.size() - stream.avail_out);
    }
    EXPECT_EQ(result, Z_STREAM_END);
    ::inflateEnd(&stream);
    return text;
}

stats::Sample numbered(std::int64_t number, std::string_view name)
{
    stats::Sample sample{.method = "GET", .name = name};
    sample.start = number;
    return sample;
}

void record(SampleFile& file, int count)
{
    stats::Table table;
    table.add_reader(file.queue());
    for (int i = 1; i <= count; ++i)
        table.record(numbered(i, std::to_string(i)));
}

void expect_all(const std::string& text, int count)
{
    const auto rows = csv_rows(text);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), static_cast<std::size_t>(count) + 1);
    for (int i = 1; i <= count; ++i)
        ASSERT_EQ(rows->at(static_cast<std::size_t>(i)).at(1).text, std::to_string(i));
}

TEST(SampleFile, HasEverySampleInOrder)
{
    constexpr int count = 20'000;
    const Scratch scratch;
    SampleFile file(scratch.fd(), {.format = SampleFormat::csv}, {});
    record(file, count);
    ASSERT_TRUE(file.close(1h));
    expect_all(scratch.text(), count);
    EXPECT_EQ(file.counts().written, std::uint64_t{count});
    EXPECT_EQ(file.counts().lost, 0u);
    EXPECT_EQ(file.counts().error, 0);
    EXPECT_EQ(file.counts().bytes, scratch.text().size());
    EXPECT_TRUE(file.close(0s));
}

TEST(SampleFile, Packed)
{
    constexpr int count = 5'000;
    const Scratch scratch;
    SampleFile file(scratch.fd(), {.format = SampleFormat::csv, .packing = Packing::gzip}, {});
    record(file, count);
    ASSERT_TRUE(file.close(1h));
    expect_all(unpacked(scratch.text()), count);
    EXPECT_EQ(file.counts().written, std::uint64_t{count});
}

TEST(SampleFile, OfNoSamplesHasTheTitles)
{
    const Scratch scratch;
    EXPECT_TRUE(SampleFile(scratch.fd(), {.format = SampleFormat::csv}, {}).close(1h));
    expect_all(scratch.text(), 0);
}

TEST(SampleFile, IsFinishedWhenItGoes)
{
    const Scratch scratch;
    {
        SampleFile file(scratch.fd(), {.format = SampleFormat::csv}, {});
        record(file, 10);
    }
    expect_all(scratch.text(), 10);
}

TEST(SampleFile, CountsWhatFoundTheQueueFull)
{
    constexpr int count = 100'000;
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_GT(::fcntl(ends[1], F_SETPIPE_SZ, 4'096), 0);
    SampleFile file(ends[1], {.format = SampleFormat::csv, .queue_bytes = 1 << 16}, {});
    ::close(ends[1]);
    record(file, count);  // a pipe that nobody reads is full soon
    EXPECT_FALSE(file.close(1ms));
    std::string text;
    std::array<char, 4'096> some{};
    for (ssize_t got; (got = ::read(ends[0], some.data(), some.size())) > 0;)
        text.append(some.data(), static_cast<std::size_t>(got));
    ASSERT_TRUE(file.close(1h));
    ::close(ends[0]);
    const auto counts = file.counts();
    EXPECT_GT(counts.lost, 0u);
    EXPECT_EQ(counts.written + counts.lost, std::uint64_t{count});
    EXPECT_EQ(counts.error, 0);
    const auto rows = csv_rows(text);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), counts.written + 1);
}

TEST(SampleFile, CountsWhatCannotBeWrittenAndGoesOnCounting)
{
    const int full = ::open("/dev/full", O_WRONLY);
    ASSERT_GE(full, 0);
    SampleFile file(full, {.format = SampleFormat::csv}, {});
    ::close(full);
    record(file, 1'000);
    ASSERT_TRUE(file.close(1h));
    EXPECT_EQ(file.counts().written, 0u);
    EXPECT_EQ(file.counts().lost, 1'000u);
    EXPECT_EQ(file.counts().error, ENOSPC);
}

// A forked child has no thread to wait for, and nothing of the file is its own.
TEST(SampleFile, IsTheParentsAloneAfterAFork)
{
    const Scratch scratch;
    SampleFile file(scratch.fd(), {.format = SampleFormat::csv}, {});
    record(file, 10);
    const pid_t child = ::fork();
    if (child == 0) {
        record(file, 10);
        ::_exit(file.close(1h) ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ASSERT_TRUE(file.close(1h));
    expect_all(scratch.text(), 10);
}

}  // namespace
}  // namespace locustella::output
