// The decoding of an answer's body, in slices: a body that takes long must not keep the thread.
//
//   auto decoding = std::make_unique<Decoding>(context, exchange, codings);
//   if (!decoding->go_on(Decoding::first_slice))          // most bodies are done by then
//       exchange.decoding_ = std::move(decoding);          // it goes on by itself
//
// Of all that are under way in a thread the oldest gets a slice in each turn of the reactor. Then
// the exchange is resumed when it is done.
//
// Thread: the reactor's.
#pragma once

#include <cstddef>
#include <exception>
#include <string_view>
#include <system_error>

#include "http/content_coding.hpp"
#include "reactor/deferred_list.hpp"
#include "reactor/graveyard.hpp"

namespace locustella::client {

class Exchange;
struct Context;

class Decoding final : public reactor::Deferred, public reactor::Mortal {
public:
    static constexpr std::size_t first_slice = std::size_t{256} << 10;
    static constexpr std::size_t slice = std::size_t{1} << 20;

    // Takes the exchange's bytes.
    Decoding(Context& context, Exchange& exchange, std::string_view codings);
    ~Decoding();

    // Bytes taken and made; true when the exchange has its body, or its failure.
    bool go_on(std::size_t most);

    void run_deferred() override;
    void on_thrown(const std::exception_ptr&) noexcept override;

private:
    void fail(std::error_code why);
    void finish();

    Context& context_;
    Exchange& exchange_;
    http::Decoder decoder_;
};

}  // namespace locustella::client
