#include "http/socks5_fsm.hpp"

#include <cstdio>
#include <utility>

#include "http/error.hpp"

namespace locustella::http {
namespace {

constexpr std::uint8_t version = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::uint8_t no_authentication = 0;
constexpr std::uint8_t user_and_password = 2;
constexpr std::uint8_t nothing_suits = 0xff;

std::string one_byte(std::size_t value)
{
    return std::string(1, static_cast<char>(value));
}

// "0x05: Connection refused": the code and the RFC's meaning of it.
std::string reply_words(std::uint8_t code)
{
    static constexpr const char* meanings[] = {"Succeeded",
                                               "General SOCKS server failure",
                                               "Connection not allowed by ruleset",
                                               "Network unreachable",
                                               "Host unreachable",
                                               "Connection refused",
                                               "TTL expired",
                                               "Command not supported",
                                               "Address type not supported"};
    char number[8];
    std::snprintf(number, sizeof number, "0x%02x: ", code);
    return number + std::string(code < std::size(meanings) ? meanings[code] : "Unknown error");
}

}  // namespace

Socks5Fsm::Socks5Fsm(std::string user, std::string password, Target target)
    : user_(std::move(user)),
      password_(std::move(password)),
      target_(std::move(target))
{
}

TalkStep Socks5Fsm::expect(std::size_t bytes)
{
    received_.clear();
    expected_ = bytes;
    return TalkStep::receiving(bytes);
}

TalkStep Socks5Fsm::resume(std::string_view received)
{
    if (state_ == State::greeting) {
        state_ = State::choosing;
        std::string methods = one_byte(no_authentication);
        if (!user_.empty())
            methods += one_byte(user_and_password);
        return TalkStep::sending(one_byte(version) + one_byte(methods.size()) + methods);
    }
    if (!std::exchange(sent_, true))
        return expect(state_ == State::asking ? 5 : 2);  // five bytes tell how long a reply is
    received_ += received;
    if (received_.size() < expected_)
        return TalkStep::receiving(expected_ - received_.size());
    switch (state_) {
    case State::choosing: return chosen();
    case State::entering: return entered();
    default: return replied();
    }
}

TalkStep Socks5Fsm::chosen()
{
    const std::uint8_t method = received_byte(1);
    if (received_byte(0) != version)
        return TalkStep::failing(Error::proxy_protocol, "the proxy does not speak SOCKS5");
    if (method == no_authentication)
        return ask();
    if (method == nothing_suits)
        return TalkStep::failing(
            Error::proxy_authentication,
            user_.empty() ? "the SOCKS5 proxy wants a user name and password"
                          : "the SOCKS5 proxy takes neither a user name and password nor none");
    if (method != user_and_password || user_.empty())
        return TalkStep::failing(Error::proxy_protocol,
                                 "the proxy chose a method that was not offered");
    state_ = State::entering;
    sent_ = false;
    return TalkStep::sending(one_byte(login_version) + one_byte(user_.size()) + user_ +
                             one_byte(password_.size()) + password_);
}

TalkStep Socks5Fsm::entered()
{
    if (received_byte(1) != 0)
        return TalkStep::failing(Error::proxy_authentication, "SOCKS5 authentication failed");
    return ask();
}

TalkStep Socks5Fsm::ask()
{
    state_ = State::asking;
    sent_ = false;
    if (target_.kind == Target::Kind::to_look_up)
        return {.act = TalkStep::Act::look_up};
    constexpr std::size_t longest_name = 255;
    if (target_.bytes.size() > longest_name)
        return TalkStep::failing(Error::proxy_protocol, "a host name of more than 255 bytes");
    std::string request = one_byte(version) + one_byte(1) + one_byte(0) +
                          one_byte(static_cast<std::size_t>(target_.kind));
    if (target_.kind == Target::Kind::name)
        request += one_byte(target_.bytes.size());
    return TalkStep::sending(request + target_.bytes + one_byte(target_.port >> 8) +
                             one_byte(target_.port & 0xff));
}

TalkStep Socks5Fsm::set_target(Target target)
{
    target_ = std::move(target);
    return ask();
}

TalkStep Socks5Fsm::replied()
{
    if (received_byte(0) != version)
        return TalkStep::failing(Error::proxy_protocol, "the proxy's reply is not SOCKS5");
    if (const std::uint8_t code = received_byte(1))
        return TalkStep::failing(Error::proxy_refused, reply_words(code));
    constexpr std::size_t around = 6;  // version, code, reserved, kind; and the port
    switch (static_cast<Target::Kind>(received_byte(3))) {
    case Target::Kind::v4: expected_ = around + 4; break;
    case Target::Kind::v6: expected_ = around + 16; break;
    case Target::Kind::name: expected_ = around + 1 + received_byte(4); break;
    default:
        return TalkStep::failing(Error::proxy_protocol,
                                 "the proxy's reply has an address of an unknown kind");
    }
    if (received_.size() < expected_)
        return TalkStep::receiving(expected_ - received_.size());
    return TalkStep::finished();
}

}  // namespace locustella::http
