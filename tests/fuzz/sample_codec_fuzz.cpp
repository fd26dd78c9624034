// Samples as text, whatever is in them.
//
// Input: numbers, then bytes that the texts are cut from. Claims: a JSON line is one object of
// JSON, a CSV row is one row of CSV, both are UTF-8, both have every column, and valid texts come
// back as they were.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "demo/json.hpp"
#include "fuzz/expect.hpp"
#include "output/sample_codec.hpp"
#include "output/utf8_text.hpp"
#include "unit/output/csv_reader.hpp"

namespace locustella::output {
namespace {

using fuzz::expect;

// Takes what it needs off the input's beginning; zeros where that is too short.
class Input {
public:
    explicit Input(std::string_view bytes) : left_(bytes) {}

    template <class Value>
    Value value()
    {
        Value value{};
        const auto bytes = text(sizeof value);
        std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    std::string_view text(std::size_t most)
    {
        const auto taken = left_.substr(0, most);
        left_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view left_;
};

stats::Sample sample_of(Input& input, stats::Phases& phases)
{
    stats::Sample sample;
    const auto bits = input.value<std::uint8_t>();
    if (bits & 1)
        sample.response_ms = stats::Number{input.value<double>()};
    if (bits & 2) {
        for (auto& phase : phases)
            phase = input.value<base::Nanos>();
        sample.phases = &phases;
    }
    sample.certainty = static_cast<stats::Certainty>((bits >> 2) % stats::certainties);
    sample.content_length = {input.value<double>(), (bits & 32) != 0};
    sample.wall_now = input.value<double>();
    sample.start = input.value<base::Nanos>();
    sample.start_wall = input.value<base::Nanos>();
    sample.scheduled_start = input.value<base::Nanos>();
    sample.status = input.value<std::uint16_t>();
    for (auto* text : {&sample.method, &sample.name, &sample.error, &sample.user})
        *text = input.text(input.value<std::uint8_t>());
    return sample;
}

void check_json(const stats::Sample& sample, std::string_view line, std::size_t columns)
{
    expect(line.ends_with('\n') && line.find('\n') == line.size() - 1, "a line is a line");
    expect(demo::is_utf8(line), "JSON is UTF-8");
    const auto object = demo::parse_json(line);
    expect(object && object->names.size() == columns, "JSON is an object of all columns");
    const auto* name = object->find("name");
    expect(name && (!demo::is_utf8(sample.name) || name->string == sample.name),
           "JSON gives a text back");
}

void check_csv(const stats::Sample& sample, std::string_view row, std::size_t columns)
{
    expect(demo::is_utf8(row), "CSV is UTF-8");
    const auto rows = csv_rows(row);
    expect(rows && rows->size() == 1 && rows->front().size() == columns, "CSV is a row of columns");
    expect(!demo::is_utf8(sample.name) || rows->front()[1].text == sample.name,
           "CSV gives a text back");
}

}  // namespace
}  // namespace locustella::output

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::output;
    Input input({reinterpret_cast<const char*>(data), size});
    locustella::stats::Phases phases{};
    const auto sample = sample_of(input, phases);
    const Beginning beginning{.monotonic = 5'000'000'000, .wall = 1'764'500'000'000'000'000};
    std::string titles, json, csv;
    const SampleCodec as_json(SampleFormat::json_lines, beginning);
    const SampleCodec as_csv(SampleFormat::csv, beginning);
    as_csv.begin(titles);
    const auto columns = csv_rows(titles)->front().size();
    as_json.append(json, sample);
    as_csv.append(csv, sample);
    check_json(sample, json, columns);
    check_csv(sample, csv, columns);
    return 0;
}
