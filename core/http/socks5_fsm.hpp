// Asks a SOCKS5 proxy for a connection (RFC 1928), with user name and password (RFC 1929).
// Sans-I/O.
//
//   greeting = 05 count method*         00: no authentication, 02: user name and password
//   choice   = 05 method                FF: none of those
//   login    = 01 size user size password
//   verdict  = 01 status                00: welcome
//   request  = 05 01 00 address port
//   reply    = 05 code 00 address port  code 00: connected
//   address  = 01 4*byte | 03 size name | 04 16*byte
//
//   state      resume(...)         next       step
//   --------   -----------------   --------   ------------------------------------
//   greeting   nothing             choosing   send the greeting
//   choosing   choice of 02        entering   send the login
//   choosing   choice of 00        asking     send the request
//   entering   a good verdict      asking     send the request
//   asking     an address          asking     send the request (after a step of look_up)
//   asking     reply, code 00      -          done
//   any        too few bytes       same       receive the rest
//   any        anything else       -          failed
//
// Never asks for more bytes than belong to the proxy's part: what comes behind is the origin's.
//
// Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/talk_step.hpp"

namespace locustella::http {

using base::TalkStep;

class Socks5Fsm {
public:
    // Where to connect: a name, or the bytes of an IPv4 or IPv6 address (4 or 16 of them).
    struct Target {
        enum class Kind : std::uint8_t { to_look_up = 0, v4 = 1, name = 3, v6 = 4 };
        Kind kind = Kind::name;
        std::string bytes;
        std::uint16_t port = 0;
    };

    Socks5Fsm(std::string user, std::string password, Target target);

    // The answer to a step of look_up, which comes when the request would be next.
    TalkStep set_target(Target target);

    // As ProxyTunnelFsm's.
    TalkStep resume(std::string_view received);

private:
    enum class State : std::uint8_t { greeting, choosing, entering, asking };

    TalkStep chosen();
    TalkStep entered();
    TalkStep replied();
    TalkStep ask();
    TalkStep expect(std::size_t bytes);
    std::uint8_t received_byte(std::size_t at) const
    {
        return static_cast<std::uint8_t>(received_[at]);
    }

    std::string user_;
    std::string password_;
    Target target_;
    std::string received_;
    std::size_t expected_ = 0;
    State state_ = State::greeting;
    bool sent_ = false;  // the bytes of this state
};

}  // namespace locustella::http
