#include "http/proxy_tunnel_fsm.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/error.hpp"
#include "unit/http/proxy_talk.hpp"

namespace locustella::http {
namespace {

Talk ask(std::string_view answer, const std::string& proxy = "http://p:3128",
         const Origin& origin = {true, "shop.test", 443})
{
    return talk_every_way([&] { return ProxyTunnelFsm(Proxy::parse(proxy), origin); }, answer);
}

TEST(ProxyTunnelFsm, AsksForThePlace)
{
    const Talk talk = ask("HTTP/1.1 200 Connection established\r\n\r\n");
    EXPECT_EQ(talk.said, "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n");
    EXPECT_TRUE(talk.established);
}

TEST(ProxyTunnelFsm, GivesItsCredentials)
{
    const Talk talk = ask("HTTP/1.1 200 OK\r\n\r\n", "http://anna:secret@p", {true, "::1", 8443});
    EXPECT_EQ(talk.said,
              "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n"
              "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n\r\n");
}

TEST(ProxyTunnelFsm, TakesWhatProxiesSay)
{
    for (const char* answer :
         {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200\r\nVia: x\r\n\r\n", "HTTP/1.1 200 OK\n\n",
          "HTTP/1.1 204 Fine\r\nContent-Length: 0\n\r\n"})
        EXPECT_TRUE(ask(answer).established) << answer;
}

TEST(ProxyTunnelFsm, ARefusalIsItsStatusLine)
{
    const Talk talk = ask("HTTP/1.1 403 Forbidden by rule\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(talk.error, Error::proxy_refused);
    EXPECT_EQ(talk.words, "HTTP/1.1 403 Forbidden by rule");
}

TEST(ProxyTunnelFsm, MissingCredentialsAreTold)
{
    const Talk talk =
        ask("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
    EXPECT_EQ(talk.error, Error::proxy_authentication);
    EXPECT_EQ(talk.words, "HTTP/1.1 407 Proxy Authentication Required");
}

TEST(ProxyTunnelFsm, WhatIsNoHttpIsNoAnswer)
{
    for (const char* answer : {"\x05\xff\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
                               "HTTP/1.1 2x0 OK\r\n\r\n", "\n\n", "HTTP/1.1\r\n\r\n"})
        EXPECT_EQ(ask(answer).error, Error::proxy_protocol) << answer;
}

TEST(ProxyTunnelFsm, ARefusalMayHaveABody)
{
    ProxyTunnelFsm fsm(Proxy::parse("http://p"), {true, "shop.test", 443});
    fsm.resume({});
    fsm.resume({});
    const TalkStep step =
        fsm.resume("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nforbidden");
    EXPECT_EQ(step.error, Error::proxy_refused);
    EXPECT_EQ(step.words, "HTTP/1.1 403 Forbidden");
}

TEST(ProxyTunnelFsm, AnUnfinishedAnswerIsWaitedFor)
{
    const Talk talk = ask("HTTP/1.1 200 OK\r\nVia: x\r\n");
    EXPECT_FALSE(talk.established);
    EXPECT_FALSE(talk.error);
}

TEST(ProxyTunnelFsm, BytesThatNobodyAskedForAreRefused)
{
    // Nobody has spoken to the origin yet: these cannot be its bytes.
    ProxyTunnelFsm fsm(Proxy::parse("http://p"), {true, "shop.test", 443});
    fsm.resume({});
    fsm.resume({});
    const TalkStep step = fsm.resume("HTTP/1.1 200 OK\r\n\r\nsmuggled");
    EXPECT_EQ(step.act, TalkStep::Act::failed);
    EXPECT_EQ(step.error, Error::proxy_protocol);
}

TEST(ProxyTunnelFsm, AnEndlessAnswerEnds)
{
    ProxyTunnelFsm fsm(Proxy::parse("http://p"), {true, "shop.test", 443});
    fsm.resume({});
    TalkStep step = fsm.resume({});
    std::size_t taken = 0;
    while (step.act == TalkStep::Act::receive) {
        const std::string line(std::min<std::size_t>(step.most, 1000), 'x');
        taken += line.size();
        step = fsm.resume(line);
    }
    EXPECT_EQ(step.error, Error::proxy_protocol);
    EXPECT_EQ(taken, ProxyTunnelFsm::most_head);
}

}  // namespace
}  // namespace locustella::http
