// Whether a finished request is a success, and who says so.
//
//   accepts(Dialect::requests, 404)                                 false
//   words_of_status(Dialect::requests, 404, "Not Found", "/items")
//       "HTTPError('404 Client Error: Not Found for url: /items')"
//   end_of_block(Block::entered, Said::success, Raised::nothing)    {Outcome::success, true}
//
// Without a `with` block the status and the connection decide. A caller that asks for
// catch_response judges by itself, in a block:
//
//   block      enter                        success(), failure()    exit
//   unasked    requests: refused            refused                 recorded already
//              geventhttpclient: any block
//   caught     -> entered                   refused                 as entered
//   entered    -> entered                   noted                   below
//
//   at the exit:
//   said       no exception                 a ResponseError         another exception
//   nothing    as the status says           as the exception says   not recorded; goes on
//   success    success                      success; goes on        success; goes on
//   failure    failure                      failure; goes on        failure; goes on
//
// The last word said counts.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/dialect.hpp"
#include "http/response.hpp"

namespace locustella::client {

// HttpUser fails from 400 to 599; FastHttpUser has a list of good ones.
bool accepts(http::Dialect dialect, int status);

// The failure that a status is, as it stands in the failures table: Python's repr of the exception
// that the dialect's client raises. Nothing for a status that is a success.
std::string words_of_status(http::Dialect dialect, int status, std::string_view reason,
                            std::string_view entry_name);
// The same of an answer, whose reason is Latin-1.
std::string words_of_answer(http::Dialect dialect, const http::Response& answer,
                            std::string_view entry_name);

enum class Block : std::uint8_t { unasked, caught, entered };
enum class Said : std::uint8_t { nothing, success, failure };
enum class Raised : std::uint8_t { nothing, response_error, other };

constexpr Block block_of(bool catch_response, bool entered)
{
    return !catch_response ? Block::unasked : entered ? Block::entered : Block::caught;
}

constexpr bool may_enter(http::Dialect dialect, Block block)
{
    return block != Block::unasked || dialect == http::Dialect::geventhttpclient;
}

constexpr bool may_judge(Block block)
{
    return block == Block::entered;
}

// As what a request is recorded.
enum class Outcome : std::uint8_t { success, failure, by_status, by_exception, unrecorded };

struct BlockEnd {
    Outcome outcome;
    bool ends;  // an exception of the block ends here, or there is none

    bool operator==(const BlockEnd&) const = default;
};

constexpr BlockEnd end_of_block(Block block, Said said, Raised raised)
{
    const bool quiet = raised == Raised::nothing;
    if (block == Block::unasked)
        return {Outcome::unrecorded, false};
    if (said != Said::nothing)
        return {said == Said::success ? Outcome::success : Outcome::failure, quiet};
    if (quiet)
        return {Outcome::by_status, true};
    return raised == Raised::response_error ? BlockEnd{Outcome::by_exception, true}
                                            : BlockEnd{Outcome::unrecorded, false};
}

}  // namespace locustella::client
