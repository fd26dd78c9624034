// Bytes into a file, and what is left of it when that fails.
#include "output/file_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace locustella::output {
namespace {

// Files may not grow beyond so many bytes meanwhile: a full disk.
class Limit {
public:
    explicit Limit(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
    }
    ~Limit()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = SIG_DFL;
};

class FileSinkTest : public testing::Test {
protected:
    FileSinkTest()
    {
        std::string path = testing::TempDir() + "sinkXXXXXX";
        fd_ = ::mkstemp(path.data());
        ::unlink(path.c_str());
    }
    ~FileSinkTest() override { ::close(fd_); }

    std::string text() const
    {
        std::string text(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
        return text;
    }

    int fd_;
};

TEST_F(FileSinkTest, WritesAsItComes)
{
    FileSink sink(fd_, Packing::none);
    EXPECT_TRUE(sink.put("one\n"));
    EXPECT_TRUE(sink.put("two\n"));
    EXPECT_TRUE(sink.settle());
    EXPECT_TRUE(sink.finish());
    EXPECT_EQ(text(), "one\ntwo\n");
    EXPECT_EQ(sink.gone_out(), 8u);
    EXPECT_EQ(sink.error(), 0);
}

TEST_F(FileSinkTest, AFullDiskLeavesNoTornLine)
{
    FileSink sink(fd_, Packing::none);
    EXPECT_TRUE(sink.put("settled\n"));
    EXPECT_TRUE(sink.settle());
    const Limit limit(20);
    EXPECT_FALSE(sink.put("a line that is too long for it\n"));
    EXPECT_EQ(sink.error(), EFBIG);
    EXPECT_EQ(text(), "settled\n");
    EXPECT_FALSE(sink.put("x"));
    EXPECT_FALSE(sink.settle());
    EXPECT_FALSE(sink.finish());
    EXPECT_EQ(text(), "settled\n");
}

TEST_F(FileSinkTest, PackedBytesAreThereOnceSettled)
{
    FileSink sink(fd_, Packing::gzip);
    EXPECT_TRUE(sink.put("a"));
    EXPECT_LE(text().size(), 10u);  // gzip's head
    EXPECT_TRUE(sink.settle());
    EXPECT_GT(text().size(), 10u);
    const auto settled = text();
    EXPECT_TRUE(sink.finish());
    EXPECT_TRUE(text().starts_with(settled));
}

TEST(FileSink, APipeWhoseReaderHasGone)
{
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    FileSink sink(ends[1], Packing::none);
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_FALSE(sink.put("x"));
    EXPECT_EQ(sink.error(), EPIPE);
    std::signal(SIGPIPE, handler);
}

TEST(FileSink, NoDescriptor)
{
    EXPECT_THROW(FileSink(-1, Packing::none), std::system_error);
}

}  // namespace
}  // namespace locustella::output
