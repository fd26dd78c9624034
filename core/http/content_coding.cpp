#include "http/content_coding.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

// Text that grows while a decoder writes into it, up to a limit.
class Output {
public:
    Output(std::string& text, std::size_t limit) : text_(text), limit_(limit) { text_.clear(); }
    ~Output() { text_.resize(used_); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    // Room for more, empty at the limit.
    std::span<char> room()
    {
        constexpr std::size_t first_step = 16 * 1024;
        if (used_ == text_.size())
            text_.resize(std::min(limit_, std::max(first_step, text_.size() * 2)));
        return {text_.data() + used_, text_.size() - used_};
    }
    void wrote(std::size_t size) { used_ += size; }
    std::size_t used() const { return used_; }
    void cut_back_to(std::size_t size) { used_ = size; }

private:
    std::string& text_;
    std::size_t limit_;
    std::size_t used_ = 0;
};

// zlib counts in 32 bits.
constexpr std::size_t most_at_once = std::size_t{1} << 30;

class Inflater {
public:
    Inflater(std::string_view body, int window_bits)
        : rest_(body),
          ready_(::inflateInit2(&z_, window_bits) == Z_OK)
    {
    }
    ~Inflater()
    {
        if (ready_)
            ::inflateEnd(&z_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // To the end of a stream, or an error.
    std::error_code run(Output& out)
    {
        while (ready_) {
            const auto room = out.room();
            const auto given = std::min(rest_.size(), most_at_once);
            const auto offered = std::min(room.size(), most_at_once);
            z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
            z_.avail_in = static_cast<uInt>(given);
            z_.next_out = reinterpret_cast<Bytef*>(room.data());
            z_.avail_out = static_cast<uInt>(offered);
            const int result = ::inflate(&z_, Z_NO_FLUSH);
            const auto taken = given - z_.avail_in, made = offered - z_.avail_out;
            rest_.remove_prefix(taken);
            out.wrote(made);
            if (result == Z_STREAM_END)
                return {};
            if (result != Z_OK && result != Z_BUF_ERROR)
                return Error::bad_content_coding;
            if (taken == 0 && made == 0) {
                cut_off_ = !room.empty();
                return cut_off_ ? Error::bad_content_coding : Error::body_too_large;
            }
        }
        return std::make_error_code(std::errc::not_enough_memory);
    }
    bool cut_off() const { return cut_off_; }
    bool may_have_another_member() const { return rest_.starts_with('\x1f'); }
    bool begin_again() { return ::inflateReset(&z_) == Z_OK; }

private:
    std::string_view rest_;
    z_stream z_{};
    bool ready_;
    bool cut_off_ = false;
};

// Several members may follow each other; what follows them and is no member is ignored, as urllib3
// does.
std::error_code decode_gzip(std::string_view body, Output& out)
{
    Inflater inflater(body, MAX_WBITS + 16);
    if (const auto ec = inflater.run(out))
        return ec;
    while (inflater.may_have_another_member() && inflater.begin_again()) {
        const auto whole = out.used();
        const auto ec = inflater.run(out);
        if (ec == Error::bad_content_coding && !inflater.cut_off()) {
            out.cut_back_to(whole);
            return {};
        }
        if (ec)
            return ec;
    }
    return {};
}

// The standard says zlib's format; some servers send the bare stream.
std::error_code decode_deflate(std::string_view body, Output& out)
{
    const auto ec = Inflater(body, MAX_WBITS).run(out);
    if (ec != Error::bad_content_coding)
        return ec;
    out.cut_back_to(0);
    return Inflater(body, -MAX_WBITS).run(out);
}

std::error_code decode_brotli(std::string_view body, Output& out)
{
    const std::unique_ptr<BrotliDecoderState, decltype(&::BrotliDecoderDestroyInstance)> state(
        ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), ::BrotliDecoderDestroyInstance);
    if (!state)
        return std::make_error_code(std::errc::not_enough_memory);
    std::size_t left = body.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(body.data());
    for (;;) {
        const auto room = out.room();
        std::size_t free = room.size();
        auto* to = reinterpret_cast<std::uint8_t*>(room.data());
        const auto result =
            ::BrotliDecoderDecompressStream(state.get(), &left, &in, &free, &to, nullptr);
        out.wrote(room.size() - free);
        if (result == BROTLI_DECODER_RESULT_SUCCESS)
            return {};
        if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
            return Error::bad_content_coding;
        if (room.empty())
            return Error::body_too_large;
    }
}

std::error_code decode_zstd(std::string_view body, Output& out)
{
    const std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> state(::ZSTD_createDCtx(),
                                                                       ::ZSTD_freeDCtx);
    if (!state)
        return std::make_error_code(std::errc::not_enough_memory);
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    std::size_t frame_left = 1;  // 0 at the end of a frame; another may follow
    while (in.pos < in.size || frame_left != 0) {
        const auto room = out.room();
        const auto read = in.pos;
        ZSTD_outBuffer to{room.data(), room.size(), 0};
        frame_left = ::ZSTD_decompressStream(state.get(), &to, &in);
        out.wrote(to.pos);
        if (::ZSTD_isError(frame_left) != 0)
            return Error::bad_content_coding;
        if (in.pos == read && to.pos == 0 && frame_left != 0)
            return room.empty() ? Error::body_too_large : Error::bad_content_coding;
    }
    return {};
}

using Decode = std::error_code (*)(std::string_view, Output&);

bool is_identity(std::string_view coding)
{
    return equal_ignoring_case(coding, "identity");
}

// nullptr: not known.
Decode decoder_of(std::string_view coding)
{
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
        return decode_gzip;
    if (equal_ignoring_case(coding, "deflate"))
        return decode_deflate;
    if (equal_ignoring_case(coding, "br"))
        return decode_brotli;
    if (equal_ignoring_case(coding, "zstd"))
        return decode_zstd;
    return nullptr;
}

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The codings in the order in which they were put on; empty items and identity left out.
struct Codings {
    std::array<std::string_view, most_codings> names;
    std::size_t count = 0;
    bool too_many = false;
};

Codings list_of(std::string_view text)
{
    Codings list;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto one = trimmed(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (one.empty() || is_identity(one))
            continue;
        if (list.count == most_codings) {
            list.too_many = true;
            return list;
        }
        list.names[list.count++] = one;
    }
    return list;
}

}  // namespace

std::error_code decode_content(std::string_view coding, std::string_view body, std::string& plain,
                               std::size_t limit)
{
    const auto codings = list_of(coding);
    if (codings.too_many)
        return Error::bad_content_coding;
    std::string current(body);
    for (auto left = codings.count; left > 0 && !current.empty(); --left) {
        const auto decode = decoder_of(codings.names[left - 1]);
        if (!decode)
            break;
        std::error_code ec;
        {
            Output out(plain, limit);
            ec = decode(current, out);
        }
        if (ec)
            return ec;
        current.swap(plain);
    }
    plain.swap(current);
    return {};
}

}  // namespace locustella::http
