// Dates in cookies.
//
// Input: eight bytes that choose a time and a format, then text that stands around it; all of it is
// a date of its own, too. Claims: a time comes back from each format of HTTP; what is no date is
// negative, and nothing else is odd.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/cookie_jar.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr double end_of_9999 = 253402300799.0;

std::string formatted(std::time_t when, unsigned format)
{
    static constexpr std::array<const char*, 5> formats = {
        "%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y",
        "%Y %B %d %H:%M:%S", "%H:%M:%S %d/%b/%Y"};
    std::tm parts{};
    ::gmtime_r(&when, &parts);
    std::array<char, 64> text;
    return {text.data(),
            std::strftime(text.data(), text.size(), formats[format % formats.size()], &parts)};
}

void check_any(std::string_view text)
{
    const double date = parse_cookie_date(text);
    expect(date == -1 || (date >= 0 && date <= end_of_9999 && date == std::floor(date)),
           "a date is whole seconds, or none");
    expect(parse_cookie_date(std::string(" ;,").append(text).append(" ,")) == date,
           "delimiters around it do not matter");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    check_any({reinterpret_cast<const char*>(data), size});
    if (size < 8)
        return 0;
    std::uint64_t number = 0;
    std::memcpy(&number, data, sizeof number);
    const auto when = static_cast<std::time_t>((number >> 8) % 253402300800ULL);
    const auto text = formatted(when, static_cast<unsigned>(number & 0xff));
    expect(parse_cookie_date(text) == static_cast<double>(when), "a time comes back from its text");
    check_any(text + std::string(reinterpret_cast<const char*>(data) + 8, size - 8));
    return 0;
}
