// Asks an HTTP proxy for a tunnel to an origin (RFC 9110, section 9.3.6). Sans-I/O: no socket, no
// clock.
//
//   request  = "CONNECT host:port HTTP/1.1" CRLF "Host: host:port" CRLF
//              [ Proxy-Authorization CRLF ] CRLF
//   answer   = "HTTP/1." digit SP status [ SP reason ] line-end *( field line-end ) line-end
//
//   state      resume(...)                    next       step
//   --------   ----------------------------   --------   ---------------------------------
//   asking     nothing                        waiting    send the request
//   waiting    a part of the answer           waiting    receive more
//   waiting    the whole of it, 2xx           -          done
//   waiting    any other status               -          failed: authentication (407), refused
//   waiting    no HTTP, or too much of it     -          failed: protocol
//
// Thread: any one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/talk_step.hpp"
#include "http/proxy.hpp"

namespace locustella::http {

using base::TalkStep;

class ProxyTunnelFsm {
public:
    static constexpr std::size_t most_head = 64 * 1024;

    ProxyTunnelFsm(const Proxy& proxy, const Origin& origin);

    // Call it first with nothing, then with nothing once a step's bytes are sent, or with what was
    // received.
    TalkStep resume(std::string_view received);

private:
    TalkStep judge() const;

    std::string request_;
    std::string answer_;
};

}  // namespace locustella::http
