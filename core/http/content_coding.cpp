#include "http/content_coding.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <memory>
#include <vector>

#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

constexpr std::size_t first_step = 16 * 1024;

std::error_code inflate_all(std::string_view body, int window_bits, std::string& plain, std::size_t limit)
{
    z_stream z{};
    if (::inflateInit2(&z, window_bits) != Z_OK)
        return Error::bad_content_coding;
    const std::unique_ptr<z_stream, decltype(&::inflateEnd)> guard(&z, ::inflateEnd);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    z.avail_in = static_cast<uInt>(body.size());
    plain.clear();
    int result = Z_OK;
    std::size_t used = 0;
    while (result != Z_STREAM_END) {
        if (used == plain.size()) {
            if (plain.size() >= limit)
                return Error::body_too_large;
            plain.resize(std::min(limit, std::max(first_step, plain.size() * 2)));
        }
        z.next_out = reinterpret_cast<Bytef*>(plain.data() + used);
        z.avail_out = static_cast<uInt>(std::min<std::size_t>(plain.size() - used, 1u << 30));
        const auto room = z.avail_out;
        result = ::inflate(&z, Z_NO_FLUSH);
        used += room - z.avail_out;
        if (result == Z_STREAM_END && z.avail_in > 0 && window_bits > 15) {
            // gzip allows several members, one behind the other
            if (static_cast<unsigned char>(*z.next_in) == 0x1f && ::inflateReset(&z) == Z_OK)
                result = Z_OK;
        }
        if (result != Z_OK && result != Z_STREAM_END)
            return Error::bad_content_coding;  // Z_BUF_ERROR too: the body ends too early
    }
    plain.resize(used);
    return {};
}

std::error_code inflate_deflate(std::string_view body, std::string& plain, std::size_t limit)
{
    // The standard says zlib's format; some servers send the bare stream.
    const auto ec = inflate_all(body, MAX_WBITS, plain, limit);
    if (ec == Error::bad_content_coding)
        return inflate_all(body, -MAX_WBITS, plain, limit);
    return ec;
}

std::error_code brotli_all(std::string_view body, std::string& plain, std::size_t limit)
{
    const std::unique_ptr<BrotliDecoderState, decltype(&::BrotliDecoderDestroyInstance)> state(
        ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), ::BrotliDecoderDestroyInstance);
    if (!state)
        return std::make_error_code(std::errc::not_enough_memory);
    std::size_t left = body.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(body.data());
    plain.clear();
    for (;;) {
        std::size_t no_room = 0;
        std::uint8_t* nowhere = nullptr;
        const auto result = ::BrotliDecoderDecompressStream(state.get(), &left, &in, &no_room, &nowhere, nullptr);
        while (::BrotliDecoderHasMoreOutput(state.get())) {
            std::size_t size = 0;
            const auto* out = ::BrotliDecoderTakeOutput(state.get(), &size);
            if (plain.size() + size > limit)
                return Error::body_too_large;
            plain.append(reinterpret_cast<const char*>(out), size);
        }
        if (result == BROTLI_DECODER_RESULT_SUCCESS)
            return {};
        if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
            return Error::bad_content_coding;
    }
}

std::vector<std::string_view> list_of(std::string_view codings)
{
    std::vector<std::string_view> list;
    while (!codings.empty()) {
        const auto comma = codings.find(',');
        auto one = codings.substr(0, comma);
        codings.remove_prefix(comma == std::string_view::npos ? codings.size() : comma + 1);
        const auto blank = [](char c) { return c == ' ' || c == '\t'; };
        while (!one.empty() && blank(one.front()))
            one.remove_prefix(1);
        while (!one.empty() && blank(one.back()))
            one.remove_suffix(1);
        if (!one.empty())
            list.push_back(one);
    }
    return list;
}

}  // namespace

std::error_code decode_content(std::string_view coding, std::string_view body, std::string& plain,
                               std::size_t limit)
{
    std::string current(body);
    const auto codings = list_of(coding);
    for (auto one = codings.rbegin(); one != codings.rend() && !current.empty(); ++one) {
        std::error_code ec;
        if (equal_ignoring_case(*one, "gzip") || equal_ignoring_case(*one, "x-gzip"))
            ec = inflate_all(current, MAX_WBITS + 16, plain, limit);
        else if (equal_ignoring_case(*one, "deflate"))
            ec = inflate_deflate(current, plain, limit);
        else if (equal_ignoring_case(*one, "br"))
            ec = brotli_all(current, plain, limit);
        else
            break;
        if (ec)
            return ec;
        current.swap(plain);
    }
    plain.swap(current);
    return {};
}

}  // namespace locustella::http
