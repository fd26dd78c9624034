#include "http/coding_layer.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>

#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using Step = CodingLayer::Step;

// What one call of zlib has done.
struct Inflated {
    int result = Z_OK;
    bool moved = false;    // took or made something
    bool no_room = false;  // there was none to make something in
};

class Inflater : public CodingLayer {
protected:
    explicit Inflater(int window_bits)
    {
        if (::inflateInit2(&z_, window_bits) != Z_OK)
            throw std::bad_alloc();
    }
    ~Inflater() override { ::inflateEnd(&z_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    Inflated inflate(std::string_view& rest, BodyOutput& out, std::size_t most)
    {
        constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits
        const auto room = out.room();
        const auto given = std::min({rest.size(), most, most_at_once});
        const auto offered = std::min({room.size(), most, most_at_once});
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
        z_.avail_in = static_cast<uInt>(given);
        z_.next_out = reinterpret_cast<Bytef*>(room.data());
        z_.avail_out = static_cast<uInt>(offered);
        const int result = ::inflate(&z_, Z_NO_FLUSH);
        const auto taken = given - z_.avail_in, made = offered - z_.avail_out;
        rest.remove_prefix(taken);
        out.wrote(made);
        return {result, taken != 0 || made != 0, room.empty()};
    }
    static bool is_broken(const Inflated& done)
    {
        return done.result != Z_OK && done.result != Z_BUF_ERROR && done.result != Z_STREAM_END;
    }
    bool begin_again() { return ::inflateReset(&z_) == Z_OK; }
    bool begin_again(int window_bits) { return ::inflateReset2(&z_, window_bits) == Z_OK; }
    Step failed(Error why)
    {
        error = why;
        return Step::failed;
    }

private:
    z_stream z_{};
};

// Several members may follow each other; what follows them and is no member is ignored, as urllib3
// does.
class Gzip final : public Inflater {
public:
    Gzip() : Inflater(MAX_WBITS + 16) {}

    Step step(std::string_view& rest, std::string_view, BodyOutput& out, std::size_t most) override
    {
        const auto done = inflate(rest, out, most);
        if (is_broken(done)) {
            if (first_)
                return failed(Error::bad_content_coding);
            out.cut_back_to(whole_members_);
            return Step::done;
        }
        if (done.result == Z_STREAM_END) {
            if (!rest.starts_with('\x1f') || !begin_again())
                return Step::done;
            first_ = false;
            whole_members_ = out.size();
            return Step::more;
        }
        if (!done.moved)
            return failed(done.no_room ? Error::body_too_large : Error::bad_content_coding);
        return Step::more;
    }

private:
    bool first_ = true;
    std::size_t whole_members_ = 0;  // bytes that they have made
};

// The standard says zlib's format; some servers send the bare stream.
class Deflate final : public Inflater {
public:
    Deflate() : Inflater(MAX_WBITS) {}

    Step step(std::string_view& rest, std::string_view whole, BodyOutput& out,
              std::size_t most) override
    {
        const auto done = inflate(rest, out, most);
        if (done.result == Z_STREAM_END)
            return Step::done;
        if (!is_broken(done) && done.moved)
            return Step::more;
        if (!is_broken(done) && done.no_room)
            return failed(Error::body_too_large);
        if (bare_ || !begin_again(-MAX_WBITS))
            return failed(Error::bad_content_coding);
        bare_ = true;
        rest = whole;
        out.cut_back_to(0);
        return Step::more;
    }

private:
    bool bare_ = false;
};

class Brotli final : public CodingLayer {
public:
    Brotli()
        : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr),
                 ::BrotliDecoderDestroyInstance)
    {
        if (!state_)
            throw std::bad_alloc();
    }

    Step step(std::string_view& rest, std::string_view, BodyOutput& out, std::size_t most) override
    {
        const auto room = out.room();
        const auto given = std::min(rest.size(), most), offered = std::min(room.size(), most);
        std::size_t left = given, free = offered;
        const auto* in = reinterpret_cast<const std::uint8_t*>(rest.data());
        auto* to = reinterpret_cast<std::uint8_t*>(room.data());
        const auto result =
            ::BrotliDecoderDecompressStream(state_.get(), &left, &in, &free, &to, nullptr);
        rest.remove_prefix(given - left);
        out.wrote(offered - free);
        if (result == BROTLI_DECODER_RESULT_SUCCESS)
            return Step::done;
        if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT && !rest.empty())
            return Step::more;
        if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && !room.empty())
            return Step::more;
        error = result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ? Error::body_too_large
                                                                  : Error::bad_content_coding;
        return Step::failed;
    }

private:
    std::unique_ptr<BrotliDecoderState, decltype(&::BrotliDecoderDestroyInstance)> state_;
};

// Several frames may follow each other.
class Zstd final : public CodingLayer {
public:
    Zstd() : state_(::ZSTD_createDCtx(), ::ZSTD_freeDCtx)
    {
        if (!state_)
            throw std::bad_alloc();
    }

    Step step(std::string_view& rest, std::string_view, BodyOutput& out, std::size_t most) override
    {
        const auto room = out.room();
        ZSTD_inBuffer in{rest.data(), std::min(rest.size(), most), 0};
        ZSTD_outBuffer to{room.data(), std::min(room.size(), most), 0};
        const auto frame_left = ::ZSTD_decompressStream(state_.get(), &to, &in);
        rest.remove_prefix(in.pos);
        out.wrote(to.pos);
        if (::ZSTD_isError(frame_left) != 0)
            return failed(Error::bad_content_coding);
        if (frame_left == 0 && rest.empty())
            return Step::done;
        if (in.pos == 0 && to.pos == 0)
            return failed(room.empty() ? Error::body_too_large : Error::bad_content_coding);
        return Step::more;
    }

private:
    Step failed(Error why)
    {
        error = why;
        return Step::failed;
    }

    std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> state_;
};

}  // namespace

std::unique_ptr<CodingLayer> layer_for(std::string_view coding)
{
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
        return std::make_unique<Gzip>();
    if (equal_ignoring_case(coding, "deflate"))
        return std::make_unique<Deflate>();
    if (equal_ignoring_case(coding, "br"))
        return std::make_unique<Brotli>();
    if (equal_ignoring_case(coding, "zstd"))
        return std::make_unique<Zstd>();
    return nullptr;
}

}  // namespace locustella::http
