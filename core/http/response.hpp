// A parsed response. `bytes` is the head as received (status line and fields, with the blank line;
// folded lines unfolded) and behind it the body, chunks joined, content coding still on.
//
//   HeaderBlock(response.head()).find("content-type"); response.body()
//
// Thread: any one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace locustella::http {

struct Response {
    int status = 0;
    bool http_1_0 = false;
    bool keep_alive = false;
    bool coded = false;  // has a Content-Encoding
    bool sets_cookies = false;
    std::string bytes;
    std::size_t head_size = 0;

    std::string_view head() const { return std::string_view(bytes).substr(0, head_size); }
    // Latin-1; empty where the status line has none.
    std::string_view reason() const
    {
        constexpr std::string_view blank = " \t\r", before = "HTTP/1.1 200";
        auto line = head().substr(0, head().find('\n'));
        line.remove_prefix(std::min(line.size(), before.size()));
        line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
        return line.substr(0, line.find_last_not_of(blank) + 1);
    }
    std::string_view body() const { return std::string_view(bytes).substr(head_size); }
};

}  // namespace locustella::http
