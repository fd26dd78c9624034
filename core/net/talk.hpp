// What is said over a fresh connection before it is the server's: with a proxy, say. Sans-I/O.
//
//   target.talk = std::make_unique<ProxyTalk>(proxy, origin);      // client/proxy_talk.hpp
//
// Thread: the reactor's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/talk_step.hpp"
#include "net/endpoint.hpp"

namespace locustella::net {

class Talk {
public:
    virtual ~Talk() = default;

    // What comes next, now that the bytes of the last step are sent, or these were received. The
    // first call hands in nothing.
    virtual base::TalkStep resume(std::string_view received) = 0;
    // The name and port that a step `look_up` wants the address of, and what comes when it is
    // known.
    virtual const std::string& wanted_host() const = 0;
    virtual std::uint16_t wanted_port() const = 0;
    virtual base::TalkStep resume_with(const Endpoint& address) = 0;
};

}  // namespace locustella::net
