// The talk with a proxy that says anything, in any pieces: HTTP's CONNECT and SOCKS5.
//
// Input: a byte that chooses which of them, and with what; then the sizes of the pieces (a byte
// that says how many, and these); the rest is what the proxy says. Claims: whatever the pieces, the
// talk is the same; it ends, with a failure that says why or with a connection; it never takes a
// byte that is the origin's; it asks for an address at most once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/proxy_tunnel_fsm.hpp"
#include "http/socks5_fsm.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;
using Act = TalkStep::Act;

struct Talk {
    std::string said;
    std::size_t taken = 0;  // bytes of the proxy's
    Act end = Act::receive;
    std::error_code error;
    std::string words;

    bool operator==(const Talk&) const = default;
};

// The answer to a step of look_up; a tunnel has none.
TalkStep look_up(Socks5Fsm& fsm)
{
    return fsm.set_target({Socks5Fsm::Target::Kind::v4, std::string("\x7f\0\0\1", 4), 80});
}

TalkStep look_up(ProxyTunnelFsm&)
{
    expect(false, "a tunnel needs no address");
    return {};
}

// Pieces of these sizes in turn, 0 for all that may be had; the talk goes on until it ends or the
// proxy has nothing more to say.
template <typename Fsm>
Talk talk(Fsm fsm, std::string_view answer, std::string_view sizes)
{
    Talk result;
    std::size_t piece = 0;
    bool looked_up = false;
    std::size_t sends = 0;
    TalkStep step = fsm.resume({});
    while (step.act != Act::done && step.act != Act::failed) {
        if (step.act == Act::look_up) {
            expect(!looked_up, "one address is enough");
            looked_up = true;
            step = look_up(fsm);
        } else if (step.act == Act::send) {
            expect(!step.bytes.empty(), "what is sent is something");
            expect(++sends <= 3, "there is not much to say");
            result.said += step.bytes;
            step = fsm.resume({});
        } else {
            expect(step.most > 0, "what is waited for is something");
            if (result.taken == answer.size())
                break;
            const auto wanted =
                sizes.empty() ? 0 : static_cast<std::uint8_t>(sizes[piece++ % sizes.size()]);
            const auto size =
                std::min({wanted ? wanted : step.most, step.most, answer.size() - result.taken});
            step = fsm.resume(answer.substr(result.taken, size));
            result.taken += size;
        }
    }
    result.end = step.act;
    result.error = step.error;
    result.words = step.words;
    expect((step.act == Act::failed) == static_cast<bool>(step.error), "a failure says why");
    return result;
}

// Where an HTTP answer's head ends, read in another way than the state machine does it.
std::size_t head_size(std::string_view answer)
{
    std::size_t line = 0;
    for (std::size_t at = 0; at < answer.size(); ++at) {
        if (answer[at] != '\n')
            continue;
        const auto text = answer.substr(line, at - line);
        if (line != 0 && (text.empty() || text == "\r"))
            return at + 1;
        line = at + 1;
    }
    return answer.size();
}

void play_tunnel(std::string_view answer, std::string_view sizes, std::uint8_t choice)
{
    Proxy proxy{.kind = ProxyKind::http, .port = 3128, .host = "proxy.test"};
    if (choice & 2) {
        proxy.user = "anna";
        proxy.password = "secret";
    }
    const Origin origin{.tls = true, .host = choice & 4 ? "::1" : "shop.test", .port = 443};
    const auto in_pieces = talk(ProxyTunnelFsm(proxy, origin), answer, sizes);
    const auto by_bytes = talk(ProxyTunnelFsm(proxy, origin), answer, "\1");
    expect(in_pieces.said == by_bytes.said, "one request, whatever is answered");
    expect(by_bytes.taken <= ProxyTunnelFsm::most_head, "an answer does not go on for ever");
    if (by_bytes.end == Act::done)
        expect(by_bytes.taken == head_size(answer), "the tunnel begins behind the head");
    if (in_pieces.end == Act::done)
        expect(in_pieces == by_bytes, "nothing of the origin's has been taken");
    // What comes behind the head in one piece with it is before its time.
    if (in_pieces.taken == by_bytes.taken)
        expect(in_pieces == by_bytes, "pieces make no difference");
}

void play_socks(std::string_view answer, std::string_view sizes, std::uint8_t choice)
{
    using Kind = Socks5Fsm::Target::Kind;
    Socks5Fsm::Target target{Kind::name, "shop.test", 443};
    if ((choice >> 2) % 4 == 1)
        target = {Kind::to_look_up, {}, 443};
    else if ((choice >> 2) % 4 == 2)
        target = {Kind::v6, std::string(16, '\1'), 443};
    const std::string user = choice & 2 ? "anna" : "", password = choice & 2 ? "secret" : "";
    const auto make = [&] { return Socks5Fsm(user, password, target); };
    const auto whole = talk(make(), answer, {});
    expect(talk(make(), answer, sizes) == whole, "pieces make no difference");
    expect(talk(make(), answer, "\1") == whole, "nor do bytes");
    constexpr std::size_t longest = 2 + 2 + 4 + 1 + 255 + 2;
    expect(whole.taken <= longest, "no more is taken than the proxy's part");
    if (whole.end == Act::done) {
        const std::string behind = std::string(answer.substr(0, whole.taken)) + "the origin's";
        expect(talk(make(), behind, {}) == whole, "what comes behind is left there");
    }
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.size() < 2)
        return 0;
    const auto choice = static_cast<std::uint8_t>(input[0]);
    const auto count = static_cast<std::uint8_t>(input[1]) % 16;
    input.remove_prefix(2);
    const auto sizes = input.substr(0, count);
    input.remove_prefix(sizes.size());
    choice & 1 ? play_socks(input, sizes, choice) : play_tunnel(input, sizes, choice);
    return 0;
}
