// The probes whose bodies are coded, large or slow; declared in probes.hpp.
#include <zlib.h>

#include <algorithm>
#include <new>
#include <optional>

#include "demo/form.hpp"
#include "demo/probes.hpp"
#include "demo/site.hpp"

namespace locustella::demo::probes {
namespace {

constexpr std::size_t piece_size = 64 * 1024;
constexpr std::uint64_t largest_body = std::uint64_t{1} << 40;
constexpr std::uint64_t most_pieces = 1'000'000;

enum class Coding { deflate = 15, gzip = 15 + 16 };  // zlib's windowBits

std::string compress(std::string_view text, Coding coding)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, static_cast<int>(coding), 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc{};
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);  // cannot fall short: `out` is as large as it ever needs
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Prebuilt compressed_json(Coding coding)
{
    const std::string name = coding == Coding::gzip ? "gzip" : "deflate";
    std::string json = R"({"coding": ")" + name + R"(", "lines": [)";
    for (int line = 0; line < 100; ++line)
        json.append(line ? ", " : "").append(R"("the reed warbler sings in the reeds")");
    json.append("]}");
    return {200, "application/json", compress(json, coding), "Content-Encoding: " + name + "\r\n"};
}

// "0123456789abcdef0123..." of any length.
class Digits : public BodySource {
public:
    explicit Digits(std::uint64_t bytes) : left_(bytes) {}

    Step next(std::string& out) override
    {
        static const std::string block = [] {
            std::string text;
            while (text.size() < piece_size)
                text.append("0123456789abcdef");
            return text;
        }();
        const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, block.size()));
        out.append(block, 0, take);
        left_ -= take;
        return {.last = left_ == 0};
    }

private:
    std::uint64_t left_;
};

// "<word> 1\n", "<word> 2\n", ...: one line to a piece.
class Lines : public BodySource {
public:
    Lines(std::string_view word, std::uint64_t count) : word_(word), count_(count) {}

    Step next(std::string& out) override
    {
        if (sent_ < count_)
            out.append(word_).append(" ").append(std::to_string(++sent_)).append("\n");
        return {.last = sent_ == count_};
    }

private:
    std::string_view word_;
    std::uint64_t count_;
    std::uint64_t sent_ = 0;
};

std::optional<Framing> framing_of(std::string_view name, std::optional<std::uint64_t> size)
{
    if (name == "sized")
        return Framing::sized(size.value_or(0));
    if (name == "chunked")
        return Framing::chunked();
    if (name == "close")
        return Framing::until_close();
    return std::nullopt;
}

// Server-sent events, one to a piece.
class Ticks : public BodySource {
public:
    Ticks(std::uint64_t count, Nanos interval) : count_(count), interval_(interval) {}

    Step next(std::string& out) override
    {
        const auto number = std::to_string(++sent_);
        out.append("id: ").append(number).append("\nevent: tick\ndata: {\"n\": ");
        out.append(number).append("}\n\n");
        return {.last = sent_ == count_, .pause = interval_};
    }

private:
    std::uint64_t count_;
    Nanos interval_;
    std::uint64_t sent_ = 0;
};

}  // namespace

Reply gzip(Site&, const Request&, const Parameters&)
{
    static const Prebuilt answer = compressed_json(Coding::gzip);
    return Reply::of(answer);
}

Reply deflate(Site&, const Request&, const Parameters&)
{
    static const Prebuilt answer = compressed_json(Coding::deflate);
    return Reply::of(answer);
}

Reply bytes(Site&, const Request& request, const Parameters& parameters)
{
    const auto size = parse_number(parameters[0]);
    const auto framing = framing_of(form_value(request.query, "as").value_or("sized"), size);
    if (!size || *size > largest_body || !framing)
        return Reply::error(400,
                            "/bytes/{n}?as=: n from 0 to 1099511627776; sized, chunked or close");
    return Reply::stream("application/octet-stream", std::make_unique<Digits>(*size), *framing);
}

Reply chunked(Site&, const Request&, const Parameters& parameters)
{
    const auto count = parse_number(parameters[0]);
    if (!count || *count > most_pieces)
        return Reply::error(400, "/chunked/{n}: n from 0 to 1000000");
    return Reply::stream("text/plain; charset=utf-8", std::make_unique<Lines>("chunk", *count),
                         Framing::chunked());
}

Reply stream_close(Site&, const Request&, const Parameters&)
{
    return Reply::stream("text/plain; charset=utf-8", std::make_unique<Lines>("line", 10),
                         Framing::until_close());
}

Reply events(Site&, const Request& request, const Parameters&)
{
    const auto count = parse_number(form_value(request.query, "count").value_or("10"));
    const auto interval =
        parse_milliseconds(form_value(request.query, "interval_ms").value_or("100"));
    if (!count || *count < 1 || *count > most_pieces || !interval)
        return Reply::error(400,
                            "/events?count=&interval_ms=: count from 1 to 1000000, "
                            "interval_ms up to 3600000");
    return Reply::stream("text/event-stream", std::make_unique<Ticks>(*count, *interval),
                         Framing::chunked())
        .with("Cache-Control", "no-store");
}

}  // namespace locustella::demo::probes
