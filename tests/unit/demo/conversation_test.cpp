#include "demo/conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <vector>

namespace locustella::demo {
namespace {

using Kind = Next::Kind;
using namespace std::chrono_literals;

std::string get(const std::string& target, const std::string& fields = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

// Plays the connection: sends everything at once and lets time pass without waiting for it.
class Talk {
public:
    explicit Talk(const SiteOptions& options = {}, bool logging = false)
        : site{options},
          conversation{site, logging}
    {
    }

    // Feeds bytes and goes on until the conversation reads again or ends.
    Kind say(const std::string& bytes)
    {
        std::string out;
        auto next = conversation.receive(bytes, 1'000, out);
        for (;;) {
            heard += out;
            out.clear();
            if (next.kind != Kind::more && next.kind != Kind::wait)
                return next.kind;
            if (next.kind == Kind::wait)
                waits.push_back(next.wait);
            next = conversation.resume(out);
        }
    }

    std::size_t count(const std::string& text) const
    {
        std::size_t found = 0;
        for (auto at = heard.find(text); at != std::string::npos; at = heard.find(text, at + 1))
            ++found;
        return found;
    }

    bool heard_text(const std::string& text) const { return count(text) > 0; }

    // What came after the head of the only response.
    std::string body() const { return heard.substr(heard.find("\r\n\r\n") + 4); }

    Site site;
    Conversation conversation;
    std::string heard;
    std::vector<Nanos> waits;
};

std::string status_line_of(const std::string& request)
{
    Talk talk;
    talk.say(request);
    return talk.heard.substr(0, talk.heard.find("\r\n"));
}

TEST(Conversation, AnswersPipelinedRequestsInOrderAndAtOnce)
{
    Talk talk;
    std::string out;
    const auto next =
        talk.conversation.receive(get("/products/1") + get("/nope") + get("/products/2"), 0, out);
    EXPECT_EQ(next.kind, Kind::read);
    const auto first = out.find(R"("id": 1,)"), second = out.find("404 Not Found"),
               third = out.find(R"("id": 2,)");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
    EXPECT_EQ(talk.site.counters.requests, 3u);
}

TEST(Conversation, ALongPipelineLeavesInBatches)
{
    Talk talk;
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += get("/products");
    std::string out;
    auto next = talk.conversation.receive(many, 0, out);
    EXPECT_EQ(next.kind, Kind::more);
    EXPECT_LT(out.size(), 100'000u);
    std::size_t total = 0;
    for (; next.kind == Kind::more; next = talk.conversation.resume(out)) {
        total += out.size();
        out.clear();
    }
    EXPECT_EQ(next.kind, Kind::read);
    EXPECT_EQ(talk.site.counters.requests, 1000u);
    EXPECT_GT(total + out.size(), 1000 * talk.site.catalogue.list().body.size());
}

TEST(Conversation, SendsTheDateThatItsOwnerSet)
{
    Talk talk;
    talk.site.date_line = "Date: today\r\n";
    talk.say(get("/"));
    EXPECT_TRUE(talk.heard_text("\r\nDate: today\r\n"));
}

TEST(Conversation, HeadAnswersWithTheFieldsOfGetAndNoBody)
{
    for (const std::string path :
         {"/", "/products/3", "/bytes/70000", "/chunked/3", "/echo", "/status/404"}) {
        Talk asked, got;
        auto head = get(path);
        head.replace(0, 3, "HEAD");
        EXPECT_EQ(asked.say(head), Kind::read) << path;
        got.say(get(path));
        const auto fields = [](const std::string& text) {
            return text.substr(0, text.find("\r\n\r\n") + 4);
        };
        if (path != "/echo") {  // its body, and so its length, tells the method
            EXPECT_EQ(asked.heard, fields(got.heard)) << path;
        }
        EXPECT_TRUE(asked.body().empty()) << path;
    }
}

TEST(Conversation, OptionsAndWrongMethodsNameTheRightOnes)
{
    Talk talk;
    talk.say("OPTIONS /cart HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(talk.heard.starts_with("HTTP/1.1 204 "));
    EXPECT_TRUE(talk.heard_text("\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"));
    EXPECT_FALSE(talk.heard_text("Content-Length"));
    EXPECT_EQ(status_line_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 204 No Content");
    EXPECT_EQ(status_line_of("DELETE /cart HTTP/1.1\r\nHost: a\r\n\r\n"),
              "HTTP/1.1 405 Method Not Allowed");
    EXPECT_EQ(status_line_of("OPTIONS /nope HTTP/1.1\r\nHost: a\r\n\r\n"),
              "HTTP/1.1 404 Not Found");
}

TEST(Conversation, ClosesWhenTheClientAsksForIt)
{
    Talk talk;
    EXPECT_EQ(talk.say(get("/", "Connection: close\r\n") + get("/")), Kind::close);
    EXPECT_EQ(talk.count("HTTP/1.1 200"), 1u);
    EXPECT_TRUE(talk.heard_text("Connection: close\r\n"));

    Talk old;
    EXPECT_EQ(old.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), Kind::read);
    EXPECT_TRUE(old.heard_text("Connection: keep-alive\r\n"));
    EXPECT_EQ(old.say("GET / HTTP/1.0\r\n\r\n"), Kind::close);
}

TEST(Conversation, RefusesAndClosesWhenItCannotUnderstand)
{
    for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
             {"nonsense\r\n\r\n", "400 Bad Request"},
             {get("/", "X: " + std::string(20'000, 'x') + "\r\n"),
              "431 Request Header Fields Too Large"},
             {get("/", "Content-Length: 99999999\r\nExpect: 100-continue\r\n"),
              "413 Content Too Large"}}) {
        Talk talk;
        EXPECT_EQ(talk.say(get("/products/1") + bytes + get("/products/2")), Kind::close) << status;
        EXPECT_TRUE(talk.heard_text("HTTP/1.1 " + status + "\r\n")) << talk.heard;
        EXPECT_TRUE(talk.heard_text(R"("id": 1,)"));
        EXPECT_FALSE(talk.heard_text(R"("id": 2,)"));
        EXPECT_FALSE(talk.heard_text("100 Continue"));
    }
}

TEST(Conversation, InvitesTheBodyThatTheClientHoldsBack)
{
    Talk talk;
    EXPECT_EQ(
        talk.say(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
        Kind::read);
    EXPECT_EQ(talk.heard, "HTTP/1.1 100 Continue\r\n\r\n");
    talk.say("body");
    EXPECT_TRUE(talk.heard_text("200 OK"));
    EXPECT_TRUE(talk.heard_text(R"("body": "body")"));
}

TEST(Conversation, HoldsAnAnswerBackAndTheRequestsAfterIt)
{
    Talk talk;
    std::string out;
    auto next = talk.conversation.receive(get("/delay/250") + get("/products/1"), 0, out);
    EXPECT_EQ(next.kind, Kind::wait);
    EXPECT_EQ(next.wait, 250ms);
    EXPECT_TRUE(talk.conversation.answering());
    EXPECT_TRUE(out.empty());
    talk.conversation.hold(get("/products/2"), 0);
    next = talk.conversation.resume(out);
    EXPECT_EQ(next.kind, Kind::read);
    EXPECT_FALSE(talk.conversation.answering());
    const auto first = out.find("delay_ns"), second = out.find(R"("id": 1,)"),
               third = out.find(R"("id": 2,)");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
}

TEST(Conversation, DelaysEveryAnswerAsConfiguredWithinTheJitter)
{
    Talk talk{{.delay = 5ms, .jitter = 2ms}};
    for (int i = 0; i < 200; ++i)
        talk.say(get("/"));
    talk.say(get("/delay/0"));  // names its own
    ASSERT_EQ(talk.waits.size(), 200u);
    const auto [least, most] = std::minmax_element(talk.waits.begin(), talk.waits.end());
    EXPECT_GE(*least, 5ms);
    EXPECT_LT(*most, 7ms);
    EXPECT_GT(*most - *least, 1ms);
    EXPECT_EQ(talk.count("HTTP/1.1 200"), 201u);
}

TEST(Conversation, ResetsWithoutAnAnswer)
{
    Talk talk;
    EXPECT_EQ(talk.say(get("/reset")), Kind::reset);
    EXPECT_TRUE(talk.heard.empty());
}

TEST(Conversation, PausesInsideTheHead)
{
    Talk talk;
    std::string out;
    const auto next = talk.conversation.receive(get("/slow-headers?ms=30"), 0, out);
    EXPECT_EQ(next.kind, Kind::wait);
    EXPECT_EQ(next.wait, 30ms);
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nServer: locustella-demo\r\n");
    out.clear();
    EXPECT_EQ(talk.conversation.resume(out).kind, Kind::read);
    EXPECT_TRUE(out.ends_with("\r\n\r\n{\"slow\": \"headers\"}"));
}

TEST(Conversation, StreamsALargeBodyPieceByPiece)
{
    Talk talk;
    std::string out;
    auto next = talk.conversation.receive(get("/bytes/1000000"), 0, out);
    EXPECT_TRUE(out.find("Content-Length: 1000000\r\n") != std::string::npos);
    std::string all;
    for (;; next = talk.conversation.resume(out)) {
        ASSERT_LT(out.size(), 200'000u);
        all += out;
        out.clear();
        if (next.kind != Kind::more)
            break;
    }
    EXPECT_EQ(next.kind, Kind::read);
    const auto body = all.substr(all.find("\r\n\r\n") + 4);
    ASSERT_EQ(body.size(), 1'000'000u);
    for (std::size_t i = 0; i < body.size(); ++i)
        ASSERT_EQ(body[i], "0123456789abcdef"[i % 16]) << i;
}

TEST(Conversation, BytesComeInTheFramingAskedFor)
{
    Talk chunked, close, none;
    EXPECT_EQ(chunked.say(get("/bytes/5?as=chunked")), Kind::read);
    EXPECT_EQ(chunked.body(), "5\r\n01234\r\n0\r\n\r\n");
    EXPECT_EQ(close.say(get("/bytes/5?as=close")), Kind::close);
    EXPECT_EQ(close.body(), "01234");
    EXPECT_FALSE(close.heard_text("Content-Length"));
    none.say(get("/bytes/5?as=zebra"));
    EXPECT_TRUE(none.heard_text("HTTP/1.1 400 "));
}

TEST(Conversation, EmptyBodiesOfStreamsAreEmpty)
{
    Talk bytes, chunked;
    EXPECT_EQ(bytes.say(get("/bytes/0")), Kind::read);
    EXPECT_TRUE(bytes.heard_text("Content-Length: 0\r\n"));
    EXPECT_TRUE(bytes.body().empty());
    EXPECT_EQ(chunked.say(get("/chunked/0")), Kind::read);
    EXPECT_EQ(chunked.body(), "0\r\n\r\n");
}

TEST(Conversation, FramesChunksOrClosesForAClientThatKnowsNone)
{
    Talk modern, old;
    EXPECT_EQ(modern.say(get("/chunked/2")), Kind::read);
    EXPECT_EQ(modern.body(), "8\r\nchunk 1\n\r\n8\r\nchunk 2\n\r\n0\r\n\r\n");
    EXPECT_EQ(old.say("GET /chunked/2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), Kind::close);
    EXPECT_EQ(old.body(), "chunk 1\nchunk 2\n");
    EXPECT_FALSE(old.heard_text("Transfer-Encoding"));
    EXPECT_TRUE(old.heard_text("Connection: close\r\n"));
}

TEST(Conversation, SpacesEventsByTheirInterval)
{
    Talk talk;
    EXPECT_EQ(talk.say(get("/events?count=3&interval_ms=20")), Kind::read);
    EXPECT_EQ(talk.waits, (std::vector<Nanos>{20ms, 20ms}));
    EXPECT_EQ(talk.count("event: tick\n"), 3u);
    EXPECT_TRUE(talk.heard_text("data: {\"n\": 3}\n\n"));
}

TEST(Conversation, NoTextOfAClientAddsAField)
{
    Talk talk;
    talk.say(get("/cookies/set?a=1%0d%0aEvil:%20yes"));
    EXPECT_FALSE(talk.heard_text("\nEvil"));
    EXPECT_TRUE(talk.heard_text("Set-Cookie: a=1  Evil: yes; Path=/\r\n"));
}

// A log in a file of its own, read back record by record.
class LogFile {
public:
    LogFile() : log{path} {}
    ~LogFile() { std::remove(path.c_str()); }

    std::vector<ServiceRecord> records()
    {
        log.finish();
        std::ifstream file{path, std::ios::binary};
        file.ignore(16);
        std::vector<ServiceRecord> all;
        for (ServiceRecord record; file.read(reinterpret_cast<char*>(&record), sizeof record);)
            all.push_back(record);
        return all;
    }

    const std::string path = testing::TempDir() + "conversation_" +
                             testing::UnitTest::GetInstance()->current_test_info()->name() + ".log";
    ServiceLog log;
};

std::string target_of(const ServiceRecord& record)
{
    return {record.target, record.target_size};
}

TEST(Conversation, LogsAnAnswerWhenItsLastByteHasLeft)
{
    LogFile file;
    Talk talk{{}, true};
    std::string out;
    talk.conversation.receive(get("/products/1?user=9"), 100, out);
    const auto first = out.size();
    out.clear();
    talk.conversation.receive(get("/status/503") + get("/reset"), 200, out);
    talk.conversation.sent(first - 1, 300, file.log);
    talk.conversation.sent(first + 1, 310, file.log);
    talk.conversation.sent(first + out.size(), 320, file.log);
    talk.conversation.abandon(file.log);
    const auto records = file.records();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(target_of(records[0]), "/products/1?user=9");
    EXPECT_EQ(records[0].arrival_ns, 100);
    EXPECT_EQ(records[0].sent_ns, 310);
    EXPECT_EQ(records[0].status, 200);
    EXPECT_EQ(records[1].status, 503);
    EXPECT_EQ(records[1].arrival_ns, 200);
    EXPECT_EQ(records[1].sent_ns, 320);
    EXPECT_EQ(target_of(records[2]), "/reset");
    EXPECT_EQ(records[2].sent_ns, 0);
    EXPECT_EQ(records[2].status, 0);
}

TEST(Conversation, LogsWhatWasNeverAnsweredAsNeverSent)
{
    LogFile file;
    Talk talk{{}, true};
    std::string out;
    talk.conversation.receive(get("/delay/1000"), 100, out);
    talk.conversation.abandon(file.log);
    const auto records = file.records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(target_of(records[0]), "/delay/1000");
    EXPECT_EQ(records[0].sent_ns, 0);
}

TEST(ServiceLog, KeepsEveryRecordAndCutsLongTargets)
{
    LogFile file;
    const std::string longest(100, 'x');
    for (int i = 0; i < 5'000; ++i)
        file.log.add(ServiceRecord::of(i, i % 2 ? longest : "/"));
    const auto records = file.records();
    ASSERT_EQ(records.size(), 5'000u);
    for (int i = 0; i < 5'000; ++i) {
        ASSERT_EQ(records[static_cast<std::size_t>(i)].arrival_ns, i);
        ASSERT_EQ(target_of(records[static_cast<std::size_t>(i)]),
                  i % 2 ? longest.substr(0, 29) : "/");
    }
}

TEST(ServiceLog, SaysWhereItCannotWrite)
{
    EXPECT_THROW(ServiceLog{"/nonexistent/service.log"}, std::runtime_error);
    ServiceLog full{"/dev/full"};
    EXPECT_THROW(full.finish(), std::runtime_error);
}

}  // namespace
}  // namespace locustella::demo
