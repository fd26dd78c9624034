#include "http/socks5_fsm.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/http/proxy_talk.hpp"

namespace locustella::http {
namespace {

using namespace std::string_literals;
using Target = Socks5Fsm::Target;

const Target shop{Target::Kind::name, "shop.test", 443};

Talk ask(const std::string& answer, const std::string& user = {}, const std::string& password = {},
         Target target = shop)
{
    return talk_every_way([&] { return Socks5Fsm(user, password, target); }, answer);
}

const std::string accepted = "\5\0"s;
const std::string connected = "\5\0\0\1\x7f\0\0\1\x04\x38"s;

TEST(Socks5Fsm, ConnectsByName)
{
    const Talk talk = ask(accepted + connected);
    EXPECT_EQ(talk.said, "\5\1\0"s + "\5\1\0\3\x09shop.test\x01\xbb"s);
    EXPECT_TRUE(talk.established);
}

TEST(Socks5Fsm, ConnectsByAddress)
{
    EXPECT_EQ(ask(accepted + connected, "", "", {Target::Kind::v4, "\x7f\0\0\1"s, 80}).said,
              "\5\1\0"s + "\5\1\0\1\x7f\0\0\1\0\x50"s);
    const std::string six = std::string(15, '\0') + "\1";
    EXPECT_EQ(ask(accepted + connected, "", "", {Target::Kind::v6, six, 0xffee}).said,
              "\5\1\0\5\1\0\4"s + six + "\xff\xee");
}

TEST(Socks5Fsm, WantsTheAddressOnlyWhenTheProxyIsReadyForIt)
{
    Socks5Fsm fsm("", "", {Target::Kind::to_look_up, "", 80});
    EXPECT_EQ(fsm.resume({}).bytes, "\5\1\0"s);
    EXPECT_EQ(fsm.resume({}).act, TalkStep::Act::receive);
    EXPECT_EQ(fsm.resume(accepted).act, TalkStep::Act::look_up);
    EXPECT_EQ(fsm.set_target({Target::Kind::v4, "\x7f\0\0\1"s, 80}).bytes,
              "\5\1\0\1\x7f\0\0\1\0\x50"s);
    EXPECT_EQ(fsm.resume({}).act, TalkStep::Act::receive);
}

TEST(Socks5Fsm, LogsInWhenAskedTo)
{
    const Talk talk = ask("\5\2\1\0"s + connected, "anna", "pw");
    EXPECT_EQ(talk.said, "\5\2\0\2"s + "\1\4anna\2pw"s + "\5\1\0\3\x09shop.test\x01\xbb"s);
    EXPECT_TRUE(talk.established);
    EXPECT_TRUE(ask(accepted + connected, "anna", "pw").established)
        << "a proxy that needs no login";
}

TEST(Socks5Fsm, EveryKindOfBoundAddressIsReadToItsEnd)
{
    const std::string six = "\5\0\0\4"s + std::string(16, 'a') + "\0\1"s;
    const std::string name = "\5\0\0\3\4here\0\1"s;
    const std::string nameless = "\5\0\0\3\0\0\1"s;
    for (const auto& reply : {connected, six, name, nameless}) {
        const Talk talk = ask(accepted + reply + "220 the origin speaks first");
        EXPECT_TRUE(talk.established);
        EXPECT_EQ(talk.unread, "220 the origin speaks first");
    }
}

TEST(Socks5Fsm, ARefusalIsPutIntoWords)
{
    for (const auto& [code, words] : {std::pair{'\1', "0x01: General SOCKS server failure"},
                                      {'\2', "0x02: Connection not allowed by ruleset"},
                                      {'\3', "0x03: Network unreachable"},
                                      {'\4', "0x04: Host unreachable"},
                                      {'\5', "0x05: Connection refused"},
                                      {'\6', "0x06: TTL expired"},
                                      {'\7', "0x07: Command not supported"},
                                      {'\x8', "0x08: Address type not supported"},
                                      {'\x9', "0x09: Unknown error"},
                                      {'\xff', "0xff: Unknown error"}}) {
        const Talk talk = ask(accepted + "\5"s + code + "\0\1\0\0\0\0\0\0"s);
        EXPECT_EQ(talk.error, Error::proxy_refused);
        EXPECT_EQ(talk.words, words);
    }
}

TEST(Socks5Fsm, LoginsThatFailSaySo)
{
    EXPECT_EQ(ask("\5\xff"s).error, Error::proxy_authentication);
    EXPECT_EQ(ask("\5\xff"s, "anna", "pw").error, Error::proxy_authentication);
    const Talk talk = ask("\5\2\1\1"s, "anna", "wrong");
    EXPECT_EQ(talk.error, Error::proxy_authentication);
    EXPECT_EQ(talk.words, "SOCKS5 authentication failed");
}

TEST(Socks5Fsm, WhatIsNoSocksIsNoAnswer)
{
    EXPECT_EQ(ask("HTTP/1.1 400 Bad Request\r\n\r\n").error, Error::proxy_protocol);
    EXPECT_EQ(ask("\4\0"s).error, Error::proxy_protocol);
    EXPECT_EQ(ask("\5\1"s).error, Error::proxy_protocol) << "a method that nobody offered";
    EXPECT_EQ(ask("\5\2"s).error, Error::proxy_protocol) << "a login without a user name";
    EXPECT_EQ(ask(accepted + "\4\0\0\1\0\0\0\0\0\0"s).error, Error::proxy_protocol);
    EXPECT_EQ(ask(accepted + "\5\0\0\2\0\0\0\0\0\0"s).error, Error::proxy_protocol)
        << "an unknown kind of address";
}

TEST(Socks5Fsm, AnUnfinishedReplyIsWaitedFor)
{
    const std::string all = "\5\2\1\0"s + connected;
    for (std::size_t size = 0; size < all.size(); ++size) {
        const Talk talk = ask(all.substr(0, size), "anna", "pw");
        EXPECT_FALSE(talk.established);
        EXPECT_FALSE(talk.error);
    }
}

TEST(Socks5Fsm, ANameThatDoesNotFitIsRefused)
{
    EXPECT_TRUE(ask(accepted + connected, "", "", {Target::Kind::name, std::string(255, 'a'), 1})
                    .established);
    EXPECT_EQ(
        ask(accepted + connected, "", "", {Target::Kind::name, std::string(256, 'a'), 1}).error,
        Error::proxy_protocol);
}

}  // namespace
}  // namespace locustella::http
