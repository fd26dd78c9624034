// Header fields read where they stand.
//
// Input: a block of fields. Claims: names and values lie inside the block and have no line ends;
// fields that are taken out are gone, others stay.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

std::size_t count(std::string_view block)
{
    std::size_t fields = 0;
    for (const auto& [name, value] : HeaderBlock(block)) {
        expect(!name.empty() && name.find_first_of(":\n") == std::string_view::npos,
               "a name is a name");
        expect(value.find('\n') == std::string_view::npos, "a value is one line");
        expect(name.data() >= block.data() && value.data() <= block.data() + block.size(),
               "nothing is copied");
        expect(HeaderBlock(block).find(name).has_value(), "what is listed is found");
        ++fields;
    }
    return fields;
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    const std::string_view block(reinterpret_cast<const char*>(data), size);
    const auto fields = count(block);
    std::size_t dropped = 0;
    for (const auto& [name, value] : HeaderBlock(block))
        dropped += equal_ignoring_case(name, "a") || equal_ignoring_case(name, "cookie");
    const auto kept = without_fields(block, {"a", "Cookie"});
    locustella::fuzz::expect(count(kept) == fields - dropped, "only the named fields go");
    locustella::fuzz::expect(without_fields(kept, {"A", "cookie"}) == kept, "and they go at once");
    return 0;
}
