// A parsed response. `bytes` is the head as received (status line and fields, with the blank line;
// folded lines unfolded) and behind it the body, chunks joined, content coding still on.
//
//   HeaderBlock(response.head()).find("content-type"); response.body()
//
// Thread: any one at a time.
#pragma once

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
    std::string_view body() const { return std::string_view(bytes).substr(head_size); }
};

}  // namespace locustella::http
