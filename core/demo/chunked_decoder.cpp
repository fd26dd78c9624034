#include "demo/chunked_decoder.hpp"

#include <algorithm>
#include <charconv>

namespace locustella::demo {

ChunkedDecoder::Result ChunkedDecoder::decode(std::string_view raw, std::string& body,
                                              std::size_t body_limit)
{
    std::size_t used = 0;
    for (;;) {
        const auto rest = raw.substr(used);
        if (stage_ == Stage::data) {
            const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
            body.append(rest.substr(0, take));
            used += take;
            left_ -= take;
            if (left_ > 0)
                return {Outcome::need_more, used};
            stage_ = Stage::data_end;
            continue;
        }
        const auto end = rest.find("\r\n");
        if (end == std::string_view::npos)
            return {rest.size() > max_line ? Outcome::malformed : Outcome::need_more, used};
        const auto line = rest.substr(0, end);
        used += end + 2;
        if (line.size() > max_line || line.find('\n') != std::string_view::npos)
            return {Outcome::malformed, used};
        if (stage_ == Stage::data_end) {
            if (!line.empty())
                return {Outcome::malformed, used};
            stage_ = Stage::size_line;
        } else if (stage_ == Stage::size_line) {
            const auto outcome = read_size_line(line, body_limit - body.size());
            if (outcome != Outcome::need_more)
                return {outcome, used};
        } else if (line.empty()) {
            *this = {};
            return {Outcome::complete, used};
        } else if (++trailers_ > max_trailers) {
            return {Outcome::malformed, used};
        }
    }
}

ChunkedDecoder::Outcome ChunkedDecoder::read_size_line(std::string_view line, std::size_t room)
{
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, left_, 16);
    if (error == std::errc::result_out_of_range)
        return Outcome::too_large;
    const bool ends_well = end == last || *end == ';' || *end == ' ' || *end == '\t';
    if (error != std::errc{} || !ends_well)
        return Outcome::malformed;
    if (left_ > room)
        return Outcome::too_large;
    stage_ = left_ == 0 ? Stage::trailers : Stage::data;
    return Outcome::need_more;
}

}  // namespace locustella::demo
