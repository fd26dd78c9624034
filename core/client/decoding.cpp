#include "client/decoding.hpp"

#include <new>
#include <string>
#include <utility>

#include "client/context.hpp"
#include "client/exchange.hpp"

namespace locustella::client {

using Step = http::Decoder::Step;

Decoding::Decoding(Context& context, Exchange& exchange, std::string_view codings)
    : context_(context),
      exchange_(exchange),
      decoder_(codings, std::move(exchange.response.bytes), exchange.response.head_size,
               context.limits.body)
{
}

Decoding::~Decoding()
{
    if (queued())
        context_.reactor.withdraw(*this);
}

bool Decoding::go_on(std::size_t most)
{
    try {
        if (decoder_.resume(most) == Step::more) {
            context_.reactor.send_later(*this);
            return false;
        }
    } catch (const std::bad_alloc&) {
        fail(std::make_error_code(std::errc::not_enough_memory));
        return true;
    }
    if (decoder_.error())
        fail(decoder_.error());
    exchange_.response.bytes = decoder_.take();
    return true;
}

void Decoding::fail(std::error_code why)
{
    exchange_.failure = {http::Stage::decode, why, std::string(decoder_.codings())};
}

// What it does takes its time from everybody: one slice for a turn.
void Decoding::run_deferred()
{
    auto& reactor = context_.reactor;
    if (context_.decoded_in_turn == reactor.turns())
        return reactor.send_later(*this);
    context_.decoded_in_turn = reactor.turns();
    if (go_on(slice))
        finish();
}

void Decoding::finish()
{
    auto& reactor = context_.reactor;
    Exchange& exchange = exchange_;
    reactor.dispose_later(std::move(exchange.decoding_));
    exchange.done = true;
    reactor.resume_later(exchange);
}

// There is no memory even to go on later, and none for words.
void Decoding::on_thrown(const std::exception_ptr&) noexcept
{
    exchange_.failure = {
        http::Stage::decode, std::make_error_code(std::errc::not_enough_memory), {}};
    finish();
}

}  // namespace locustella::client
