#include "http/proxy_tunnel_fsm.hpp"

#include <algorithm>
#include <utility>

#include "http/error.hpp"

namespace locustella::http {
namespace {

// Behind the blank line that ends the head; npos while it is not there. Bare line feeds are taken
// for line ends.
std::size_t end_of_head(std::string_view bytes)
{
    for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        const auto next = bytes.substr(at + 1, 2);
        if (next.starts_with('\n'))
            return at + 2;
        if (next == "\r\n")
            return at + 3;
    }
    return std::string_view::npos;
}

std::string first_line(std::string_view bytes)
{
    constexpr std::size_t most = 200;
    auto line = bytes.substr(0, std::min(bytes.find('\n'), most));
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return std::string(line);
}

// The status of "HTTP/1.x nnn ...", or 0.
int status_of(std::string_view line)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || !digit(line[7]) || line[8] != ' ')
        return 0;
    const auto code = line.substr(9, 3);
    if (!std::all_of(code.begin(), code.end(), digit) || (line.size() > 12 && line[12] != ' '))
        return 0;
    return (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
}

}  // namespace

ProxyTunnelFsm::ProxyTunnelFsm(const Proxy& proxy, const Origin& origin)
{
    const bool six = origin.host.find(':') != std::string::npos;
    const std::string place =
        (six ? '[' + origin.host + ']' : origin.host) + ':' + std::to_string(origin.port);
    request_ = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n" + proxy.authorization() +
               "\r\n";
}

TalkStep ProxyTunnelFsm::resume(std::string_view received)
{
    if (!request_.empty())
        return TalkStep::sending(std::exchange(request_, {}));
    answer_ += received;
    const auto end = end_of_head(answer_);
    if (end != std::string::npos) {
        const TalkStep judged = judge();  // a refusal may have a body
        const bool opened = judged.act == TalkStep::Act::done;
        return opened && end < answer_.size()
                   ? TalkStep::failing(Error::proxy_protocol, "bytes before the tunnel was used")
                   : judged;
    }
    if (answer_.size() >= most_head)
        return TalkStep::failing(Error::proxy_protocol, "an endless answer to CONNECT");
    return TalkStep::receiving(most_head - answer_.size());
}

TalkStep ProxyTunnelFsm::judge() const
{
    std::string line = first_line(answer_);
    const int status = status_of(line);
    if (status == 0)
        return TalkStep::failing(Error::proxy_protocol, std::move(line));
    if (status / 100 == 2)
        return TalkStep::finished();
    return TalkStep::failing(status == 407 ? Error::proxy_authentication : Error::proxy_refused,
                             std::move(line));
}

}  // namespace locustella::http
