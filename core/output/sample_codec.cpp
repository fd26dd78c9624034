#include "output/sample_codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "output/utf8_text.hpp"

namespace locustella::output {
namespace {

using base::Nanos;
using stats::Sample;

constexpr std::array<std::string_view, stats::certainties> certainty_words = {
    "kernel", "upper_bound", "read"};
constexpr std::array<std::string_view, stats::phase_names.size()> phase_titles = {
    "dns_ms", "connect_ms", "tls_ms", "send_ms", "first_byte_ms", "receive_ms"};

template <class Value>
void append_number(std::string& out, Value value)
{
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), written.ptr);
}

// Milliseconds with three decimals.
void append_micros(std::string& out, std::int64_t micros)
{
    if (micros < 0)
        out.push_back('-');
    const auto size =
        micros < 0 ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    append_number(out, size / 1'000);
    const auto rest = static_cast<unsigned>(size % 1'000);
    const std::array<char, 4> decimals = {'.', static_cast<char>('0' + rest / 100),
                                          static_cast<char>('0' + rest / 10 % 10),
                                          static_cast<char>('0' + rest % 10)};
    out.append(decimals.data(), decimals.size());
}

// A row of each form: `value` writes what comes before the value of a column.
class JsonObject {
public:
    explicit JsonObject(std::string& out) : out_(out) {}

    std::string& value(std::string_view title)
    {
        out_.append(first_ ? "{\"" : ",\"");
        first_ = false;
        out_.append(title);
        out_.append("\":");
        return out_;
    }
    void none(std::string_view title) { value(title).append("null"); }
    void text(std::string_view title, std::string_view text)
    {
        append_json_text(value(title), text);
    }
    void word(std::string_view title, std::string_view word)
    {
        value(title).append("\"").append(word).append("\"");
    }
    void end() { out_.append("}\n"); }

private:
    std::string& out_;
    bool first_ = true;
};

class CsvRow {
public:
    explicit CsvRow(std::string& out) : out_(out) {}

    std::string& value(std::string_view)
    {
        if (!first_)
            out_.push_back(',');
        first_ = false;
        return out_;
    }
    void none(std::string_view title) { value(title); }
    void text(std::string_view title, std::string_view text)
    {
        append_csv_text(value(title), text);
    }
    void word(std::string_view title, std::string_view word) { value(title).append(word); }
    void end() { out_.append("\r\n"); }

private:
    std::string& out_;
    bool first_ = true;
};

// The titles of CSV: what a value would be is thrown away.
class CsvTitles {
public:
    explicit CsvTitles(std::string& out) : out_(out) {}

    std::string& value(std::string_view title)
    {
        out_.append(first_ ? "" : ",").append(title);
        first_ = false;
        ignored_.clear();
        return ignored_;
    }
    void none(std::string_view title) { value(title); }
    void text(std::string_view title, std::string_view) { value(title); }
    void word(std::string_view title, std::string_view) { value(title); }
    void end() { out_.append("\r\n"); }

private:
    std::string& out_;
    std::string ignored_;
    bool first_ = true;
};

template <class Row>
void put(Row& row, std::string_view title, std::optional<std::int64_t> value)
{
    value ? append_number(row.value(title), *value) : row.none(title);
}

template <class Row>
void put_text(Row& row, std::string_view title, std::string_view text, bool there = true)
{
    there ? row.text(title, text) : row.none(title);
}

// Shortest form that gives the same number back; JSON and most readers of CSV have no other
// numbers than finite ones.
template <class Row>
void put_number(Row& row, std::string_view title, double value)
{
    if (!std::isfinite(value))
        row.none(title);
    else if (std::abs(value) < 1e15 && value == std::trunc(value))
        append_number(row.value(title), static_cast<std::int64_t>(value));
    else
        append_number(row.value(title), value);
}

template <class Row>
void put_ms(Row& row, std::string_view title, double ms)
{
    constexpr double most = 9e14;  // in microseconds it still fits
    if (!std::isfinite(ms))
        row.none(title);
    else if (std::abs(ms) < most)
        append_micros(row.value(title), std::llround(ms * 1e3));
    else
        append_number(row.value(title), ms);
}

// Nanoseconds are added as what they are: a script may tell of any start.
std::optional<Nanos> sum(Nanos left, Nanos right)
{
    Nanos result = 0;
    if (__builtin_add_overflow(left, right, &result))
        return std::nullopt;
    return result;
}

std::optional<Nanos> offset_of(const Sample& sample, const Beginning& beginning)
{
    if (sample.start)
        return sum(sample.start, -beginning.monotonic);
    return sample.start_wall ? sum(sample.start_wall, -beginning.wall) : std::nullopt;
}

std::optional<Nanos> by_wall_clock(Nanos monotonic, const Beginning& beginning)
{
    const auto offset = monotonic ? sum(monotonic, -beginning.monotonic) : std::nullopt;
    return offset ? sum(*offset, beginning.wall) : std::nullopt;
}

std::optional<Nanos> nanos_of(double unix_seconds)
{
    constexpr double most = 9e9;
    if (!(std::abs(unix_seconds) < most))
        return std::nullopt;
    return std::llround(unix_seconds * 1e6) * 1'000;
}

std::int64_t rounded_micros(Nanos nanos)
{
    return nanos / 1'000 + (nanos % 1'000 >= 500);
}

template <class Row>
void put_phases(Row& row, const stats::Phases* phases)
{
    const bool known = phases && std::any_of(phases->begin(), phases->end(), std::identity{});
    if (known) {
        const auto& of = *phases;
        row.value("reused").append(of[stats::dns] || of[stats::connect] || of[stats::tls] ? "false"
                                                                                          : "true");
    } else {
        row.none("reused");
    }
    for (std::size_t phase = 0; phase < phase_titles.size(); ++phase) {
        const auto title = phase_titles[phase];
        known ? append_micros(row.value(title), rounded_micros((*phases)[phase])) : row.none(title);
    }
}

template <class Row>
void put_columns(Row row, const Sample& sample, const Beginning& beginning)
{
    row.text("method", sample.method);
    row.text("name", sample.name);
    put_text(row, "user", sample.user, !sample.user.empty());
    put(row, "start_ns",
        sample.start_wall ? std::optional(sample.start_wall)
                          : by_wall_clock(sample.start, beginning));
    put(row, "offset_ns", offset_of(sample, beginning));
    put(row, "scheduled_ns", by_wall_clock(sample.scheduled_start, beginning));
    put(row, "recorded_ns", nanos_of(sample.wall_now));
    put_ms(row, "response_time_ms",
           sample.response_ms ? sample.response_ms->value
                              : std::numeric_limits<double>::quiet_NaN());
    put_number(row, "length", sample.content_length.value);
    put(row, "status", sample.status ? std::optional<std::int64_t>(sample.status) : std::nullopt);
    put_text(row, "error", sample.error, !sample.error.empty());
    row.word("certainty", certainty_words[static_cast<std::size_t>(sample.certainty)]);
    put_phases(row, sample.phases);
    row.end();
}

}  // namespace

void SampleCodec::begin(std::string& out) const
{
    if (format_ == SampleFormat::csv)
        put_columns(CsvTitles(out), {}, beginning_);
}

void SampleCodec::append(std::string& out, const Sample& sample) const
{
    if (format_ == SampleFormat::csv)
        put_columns(CsvRow(out), sample, beginning_);
    else
        put_columns(JsonObject(out), sample, beginning_);
}

}  // namespace locustella::output
