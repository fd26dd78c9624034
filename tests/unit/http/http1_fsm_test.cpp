#include "http/http1_fsm.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/error.hpp"
#include "unit/http/http1_talk.hpp"

namespace locustella::http {
namespace {

using std::string_literals::operator""s;
using Step = Http1Fsm::Step;

constexpr Nanos start = Http1Talk::start;
constexpr Nanos tick = Http1Talk::tick;

Request get(const std::string& target = "/")
{
    Request request;
    request.origin = {false, "shop.test", 80};
    request.target = target;
    return request;
}

Request upload(Upload kind)
{
    Request request = get();
    request.method = "POST";
    request.upload = kind;
    return request;
}

std::string ok(std::string_view body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

// Whole, in two pieces cut at every place, and byte by byte, each read leaving the socket empty or
// not: all must come to the same.
Outcome said_every_way(const Request& request, Http1Talk talk, std::string_view message)
{
    talk.says = {message};
    const Outcome whole = talk.with(request);
    for (const bool emptied : {true, false}) {
        talk.emptied = emptied;
        for (std::size_t cut = 1; cut < message.size(); ++cut) {
            talk.says = {message.substr(0, cut), message.substr(cut)};
            EXPECT_TRUE(talk.with(request).same_as(whole)) << "cut at " << cut;
        }
        talk.says.clear();
        for (std::size_t at = 0; at < message.size(); ++at)
            talk.says.push_back(message.substr(at, 1));
        EXPECT_TRUE(talk.with(request).same_as(whole)) << "byte by byte";
    }
    return whole;
}

TEST(Http1Fsm, SendsARequestAndTakesItsAnswer)
{
    const auto answer = ok("hello");
    const auto outcome = said_every_way(get("/a"), {}, answer);
    EXPECT_TRUE(outcome.done);
    EXPECT_TRUE(outcome.reusable);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.heard, "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
}

TEST(Http1Fsm, NotesWhenWhatHappened)
{
    const auto outcome =
        Http1Talk{.says = {"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\n", "o", "k"}}.with(
            get());
    const Times& times = outcome.times;
    EXPECT_EQ(times.sent, start);
    EXPECT_EQ(times.first, start + tick);
    EXPECT_EQ(times.head, start + 2 * tick);
    EXPECT_EQ(times.ended, start + 4 * tick);
    EXPECT_EQ(times.phases.send, 0);
    EXPECT_EQ(times.phases.first_byte, tick);
    EXPECT_EQ(times.phases.receive, 3 * tick);
    EXPECT_EQ(times.phases.sum(), times.taken());
}

TEST(Http1Fsm, TheTimeUntilTheKernelHasTakenTheRequestIsItsOwnPhase)
{
    const auto answer = ok("");
    const auto outcome = Http1Talk{.says = {answer}, .takes = 30}.with(get());
    EXPECT_EQ(outcome.times.phases.send, tick);
    EXPECT_EQ(outcome.times.phases.first_byte, tick);
    EXPECT_EQ(outcome.times.phases.sum(), outcome.times.taken());
}

TEST(Http1Fsm, WritesOnWhereTheSocketWasFull)
{
    const auto answer = ok("x");
    Request request = get();
    request.body = "0123456789";
    const auto whole = Http1Talk{.says = {answer}}.with(request);
    for (std::size_t takes = 1; takes <= whole.heard.size(); ++takes) {
        const auto outcome = Http1Talk{.says = {answer}, .takes = takes}.with(request);
        EXPECT_TRUE(outcome.same_as(whole)) << takes;
    }
}

TEST(Http1Fsm, EveryKindOfBodyComesToTheSameHoweverItIsCut)
{
    const auto chunked = said_every_way(
        get(), {},
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.body, "abcde");
    EXPECT_TRUE(chunked.reusable);
    const auto interim = said_every_way(get(), {}, "HTTP/1.1 100 Continue\r\n\r\n" + ok("later"));
    EXPECT_EQ(interim.body, "later");
    const auto closing = said_every_way(get(), {.then_closes = true},
                                        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end");
    EXPECT_TRUE(closing.done);
    EXPECT_FALSE(closing.reusable);
    EXPECT_EQ(closing.body, "to the end");
    Request head = get();
    head.method = "HEAD";
    const auto without = said_every_way(head, {}, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    EXPECT_TRUE(without.reusable);
    EXPECT_EQ(without.body, "");
}

TEST(Http1Fsm, WhatTheServerLeavesUnfinishedHasFailed)
{
    const Http1Talk closes{.then_closes = true};
    EXPECT_EQ(said_every_way(get(), closes, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                  .failure.code,
              Error::incomplete_body);
    EXPECT_EQ(said_every_way(get(), closes, "HTTP/1.1 200 OK\r\nContent-Le").failure.code,
              Error::incomplete_head);
    EXPECT_EQ(said_every_way(get(), {}, "SSH-2.0-OpenSSH\r\n").failure.code,
              Error::malformed_response);
    const auto nothing = closes.with(get());
    EXPECT_EQ(nothing.failure.code, Error::closed_before_response);
    EXPECT_EQ(nothing.failure.stage, Stage::receive);
    EXPECT_EQ(nothing.times.ended, nothing.over_at);
}

TEST(Http1Fsm, AnAnswerThatFailsInItsBodyIsStillShown)
{
    const auto outcome = said_every_way(get(), {.then_closes = true},
                                        "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nabc");
    EXPECT_FALSE(outcome.done);
    EXPECT_EQ(outcome.status, 503);
    EXPECT_EQ(outcome.body, "abc");
}

TEST(Http1Fsm, WhatFollowsAnAnswerSpoilsTheConnection)
{
    const auto more = ok("a") + "H";
    EXPECT_FALSE(Http1Talk{.says = {more}}.with(get()).reusable);
    const auto last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    EXPECT_FALSE(said_every_way(get(), {}, last).reusable);
}

TEST(Http1Fsm, AnAnswerBeforeTheRequestIsOutEndsIt)
{
    Request request = get();
    request.body = std::string(1000, 'x');
    const auto answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"s;
    const auto outcome =
        Http1Talk{.says = {answer}, .takes = 100, .answers_early = true}.with(request);
    EXPECT_TRUE(outcome.done);
    EXPECT_EQ(outcome.status, 413);
    EXPECT_FALSE(outcome.reusable);
    EXPECT_EQ(outcome.heard.size(), 100u);
    EXPECT_EQ(outcome.times.phases.sum(), outcome.times.taken());
}

TEST(Http1Fsm, ASilentServerRunsIntoTheReadLimit)
{
    Request request = get();
    request.timeouts.read = 500;
    const auto silent = Http1Talk{}.with(request);
    EXPECT_EQ(silent.failure.code, Error::read_timeout);
    EXPECT_EQ(silent.over_at, start + 500);
    // each silence counts from the last bytes on
    const auto slow = Http1Talk{.says = {"HTTP/1.1 200 ", "OK\r\n"}}.with(request);
    EXPECT_EQ(slow.failure.code, Error::read_timeout);
    EXPECT_EQ(slow.over_at, start + 2 * tick + 500);
}

TEST(Http1Fsm, TheTotalLimitHoldsForAllOfIt)
{
    Request request = get();
    request.timeouts = {.read = 500, .total = 300};
    const auto outcome = Http1Talk{.says = {"HTTP/1.1 200 "}}.with(request);
    EXPECT_EQ(outcome.failure.code, Error::total_timeout);
    EXPECT_EQ(outcome.over_at, start + 300);
}

TEST(Http1Fsm, AnotherHopGoesOnWithTheTotalLimitOfTheFirst)
{
    Limits limits;
    Http1Fsm fsm(limits);
    Request request = get();
    request.timeouts.total = 300;
    Times times;
    fsm.prepare(request, {}, {}, times);
    EXPECT_EQ(fsm.deadline(), 0) << "it has not begun";
    times.begun = start;
    fsm.prepare(request, {}, {}, times);
    EXPECT_EQ(fsm.deadline(), start + 300);
    EXPECT_EQ(fsm.timed_out(start + 299), Step::wait);
    EXPECT_EQ(fsm.timed_out(start + 300), Step::failed);
    EXPECT_EQ(fsm.take_failure().code, Error::total_timeout);
    EXPECT_FALSE(fsm.active());
    EXPECT_EQ(fsm.deadline(), 0);
}

TEST(Http1Fsm, AsksForABodyPieceByPiece)
{
    const auto answer = ok("");
    const Http1Talk talk{.says = {answer}, .body = {"ab", "", "c"}};
    const auto sized = talk.with(upload(Upload::sized));
    EXPECT_TRUE(sized.reusable);
    EXPECT_EQ(sized.asked, 3);
    EXPECT_TRUE(sized.heard.ends_with("\r\n\r\nabc")) << sized.heard;
    const auto chunked = talk.with(upload(Upload::chunked));
    EXPECT_TRUE(chunked.heard.ends_with("\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) << chunked.heard;
}

TEST(Http1Fsm, WhileTheOwnerMakesAPieceOnlyTheTotalLimitRuns)
{
    Request request = upload(Upload::chunked);
    request.timeouts.read = 100;
    const auto patient = Http1Talk{.body = {}}.with(request);
    EXPECT_FALSE(patient.failure);
    EXPECT_FALSE(patient.done);
    request.timeouts.total = 1000;
    const auto outcome = Http1Talk{.body = {}}.with(request);
    EXPECT_EQ(outcome.failure.code, Error::total_timeout);
    EXPECT_EQ(outcome.over_at, start + 1000);
}

TEST(Http1Fsm, AnAnswerMayComeWhileTheOwnerMakesAPiece)
{
    const auto answer = ok("enough");
    const auto outcome = Http1Talk{.says = {answer}, .body = {"a"}}.with(upload(Upload::chunked));
    EXPECT_TRUE(outcome.done);
    const auto early = Http1Talk{.says = {answer}}.with(upload(Upload::chunked));
    EXPECT_EQ(early.body, "enough");
    EXPECT_FALSE(early.reusable);
}

TEST(Http1Fsm, AStreamedAnswerIsToldOfPieceByPiece)
{
    Request request = get();
    request.stream = true;
    const auto outcome = said_every_way(request, {}, ok("some body"));
    EXPECT_TRUE(outcome.done);
    EXPECT_EQ(outcome.body, "some body");
    const auto pieces =
        Http1Talk{.says = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "a", "b", "cd"}}.with(
            request);
    EXPECT_TRUE(pieces.announced);
    EXPECT_EQ(pieces.body, "abcd");
    EXPECT_EQ(pieces.told, 3);
    EXPECT_EQ(pieces.times.ended, start + tick) << "its time is that of its head";
}

TEST(Http1Fsm, WhatIsWrongBehindAStreamedHeadIsToldWhenTheHeadWas)
{
    Request request = get();
    request.stream = true;
    const std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto outcome =
        said_every_way(request, {}, std::string(head) + "4\r\nsome\r\nnonsense\r\n");
    EXPECT_EQ(outcome.failure.code, Error::malformed_response);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.body, "some");
    const auto at_once =
        Http1Talk{.says = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"}}
            .with(request);
    EXPECT_TRUE(at_once.announced);
    EXPECT_EQ(at_once.failure.words, "nonsense\r\n");
    EXPECT_EQ(at_once.times.ended, start + tick);
}

TEST(Http1Fsm, WhatCameOfABodyThatBreaksOffIsHadToo)
{
    Request request = get();
    request.stream = true;
    const Http1Talk talk{.says = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na", "b"},
                         .then_closes = true,
                         .takes_body = false};
    const auto outcome = talk.with(request);
    EXPECT_EQ(outcome.failure.code, Error::incomplete_body);
    EXPECT_EQ(outcome.body, "ab");
    EXPECT_EQ(outcome.times.ended, start + tick) << "its time is that of its head";
}

TEST(Http1Fsm, AStreamedBodyThatNobodyTakesIsHeldBack)
{
    Request request = get();
    request.stream = true;
    request.timeouts.read = 100;
    const std::string part(Http1Fsm::stream_high_water, 'x');
    const auto head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(3 * part.size() + 3) + "\r\n\r\n";
    const Http1Talk held{.says = {head, part, "x", part, "x"}, .takes_body = false};
    const auto outcome = held.with(request);
    EXPECT_FALSE(outcome.done);
    EXPECT_FALSE(outcome.failure) << "the silence is ours";
    EXPECT_EQ(outcome.over_at, start + 3 * tick);
    const auto taken = Http1Talk{.says = {head, part, "x", part, "x", part, "x"}}.with(request);
    EXPECT_TRUE(taken.done);
    EXPECT_EQ(taken.body.size(), 3 * part.size() + 3);
}

TEST(Http1Fsm, AStreamedRedirectThatIsFollowedIsReadToItsEnd)
{
    Request request = get();
    request.stream = true;
    const auto outcome =
        said_every_way(request, {.follows = true},
                       "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 4\r\n\r\nover");
    EXPECT_TRUE(outcome.done);
    EXPECT_TRUE(outcome.reusable);
    EXPECT_FALSE(outcome.announced);
    EXPECT_EQ(outcome.body, "over");
    EXPECT_EQ(outcome.told, 0);
}

TEST(Http1Fsm, LetsOthersHaveTheirTurn)
{
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n";
    Http1Talk talk{.says = {head}, .emptied = false};
    for (int i = 0; i < 40; ++i)
        talk.says.push_back("x");
    const auto outcome = talk.with(get());
    EXPECT_EQ(outcome.body.size(), 40u);
    EXPECT_EQ(outcome.yielded, 41 / Http1Fsm::most_reads);
}

TEST(Http1Fsm, WhatWasThereBeforeTheRequestIsNoAnswerToIt)
{
    const auto answer = ok("late");
    const auto kept = Http1Talk{.says = {answer}, .early = true, .reused = true}.with(get());
    EXPECT_EQ(kept.failure.code, Error::unasked_response);
    EXPECT_FALSE(kept.perhaps_stale);
    const auto closing =
        Http1Talk{.says = {answer}, .then_closes = true, .early = true, .reused = true}.with(get());
    EXPECT_TRUE(closing.perhaps_stale) << "such as 408";
    const auto fresh = Http1Talk{.says = {answer}, .early = true}.with(get());
    EXPECT_TRUE(fresh.done) << "an overloaded server answers before it is asked";
}

TEST(Http1Fsm, AKeptConnectionThatWasClosedMayHaveBeenStale)
{
    const auto pipe = std::make_error_code(std::errc::broken_pipe);
    const auto reset = std::make_error_code(std::errc::connection_reset);
    EXPECT_TRUE((Http1Talk{.then_closes = true, .reused = true}.with(get()).perhaps_stale));
    EXPECT_TRUE((Http1Talk{.writing_fails = pipe, .reused = true}.with(get()).perhaps_stale));
    EXPECT_FALSE((Http1Talk{.then_fails = reset, .reused = true}.with(get()).perhaps_stale));
    const Http1Talk unsent{.writing_fails = reset, .reused = true, .nothing_left = true};
    EXPECT_TRUE(unsent.with(get()).perhaps_stale) << "no server has seen it";
    EXPECT_FALSE((Http1Talk{.then_closes = true}.with(get()).perhaps_stale));
    const auto half = Http1Talk{.says = {"HTTP"}, .then_closes = true, .reused = true}.with(get());
    EXPECT_FALSE(half.perhaps_stale);
    EXPECT_EQ((Http1Talk{.writing_fails = pipe}.with(get()).failure.stage), Stage::send);
}

TEST(Http1Fsm, WhatDoesNoHarmTwiceMayBeRepeatedOnAKeptConnectionThatWasLost)
{
    const auto reset = std::make_error_code(std::errc::connection_reset);
    Request harmless = get();
    harmless.repeats = true;
    EXPECT_TRUE((Http1Talk{.then_closes = true, .reused = true}.with(harmless).may_repeat));
    EXPECT_TRUE((Http1Talk{.then_fails = reset, .reused = true}.with(harmless).may_repeat));
    EXPECT_TRUE((Http1Talk{.writing_fails = reset, .reused = true}.with(harmless).may_repeat));
    EXPECT_FALSE((Http1Talk{.then_fails = reset}.with(harmless).may_repeat)) << "a new one";
    EXPECT_FALSE((Http1Talk{.then_closes = true, .reused = true}.with(get()).may_repeat));
    const auto half =
        Http1Talk{.says = {"HTTP"}, .then_closes = true, .reused = true}.with(harmless);
    EXPECT_FALSE(half.may_repeat) << "an answer had begun";
}

TEST(Http1Fsm, ServesOneRequestAfterAnother)
{
    Limits limits;
    Http1Fsm fsm(limits);
    for (int i = 0; i < 3; ++i) {
        const Request request = get("/" + std::to_string(i));
        Times times;
        times.begun = times.since = start;
        fsm.prepare(request, {}, "a=1", times);
        EXPECT_EQ(fsm.start(start, i > 0), Step::write);
        EXPECT_NE(fsm.unsent().find("Cookie: a=1\r\n"), std::string_view::npos);
        EXPECT_EQ(fsm.wrote(fsm.unsent().size(), 0), Step::wait);
        EXPECT_EQ(fsm.deadline(), 0);
        EXPECT_EQ(fsm.readable(), Step::read);
        EXPECT_EQ(fsm.received(ok("x"), {.at = start + 1, .emptied = true}, 0), Step::done);
        EXPECT_TRUE(fsm.reusable());
        Response response;
        fsm.take_response(response);
        EXPECT_EQ(response.body(), "x");
    }
}

// What stands behind the end that was found in the bytes received last.
TEST(Http1Fsm, SaysWhatStandsBehindAnEnd)
{
    struct Case {
        std::string bytes;
        bool streams, ended, followed;
    };
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for (const Case& one : std::vector<Case>{
             {ok("x"), false, true, false},
             {ok("x") + "\r\n", false, true, true},
             {ok("x") + ok("y"), false, true, true},
             {closing, false, true, true},
             {head, false, false, false},
             {head, true, true, false},
             {head + "x", true, true, true},
         }) {
        const Limits limits;
        Http1Fsm fsm(limits);
        Request request = get();
        request.stream = one.streams;
        Times times;
        times.begun = times.since = start;
        fsm.prepare(request, {}, {}, times);
        fsm.start(start, /*reused=*/true);
        fsm.wrote(fsm.unsent().size(), 0);
        fsm.readable();
        fsm.received(one.bytes, {.at = start + 1, .emptied = true}, 0);
        EXPECT_EQ(fsm.has_just_ended(), one.ended) << one.bytes;
        EXPECT_EQ(fsm.is_followed(), one.followed) << one.bytes;
    }
}

TEST(Http1Fsm, AnAbandonedRequestWantsNothingMore)
{
    Limits limits;
    Http1Fsm fsm(limits);
    Request request = get();
    request.timeouts.read = 100;
    Times times;
    fsm.prepare(request, {}, {}, times);
    fsm.start(start, false);
    fsm.wrote(fsm.unsent().size(), start);
    EXPECT_EQ(fsm.deadline(), start + 100);
    fsm.abandon();
    EXPECT_FALSE(fsm.active());
    EXPECT_EQ(fsm.deadline(), 0);
}

}  // namespace
}  // namespace locustella::http
