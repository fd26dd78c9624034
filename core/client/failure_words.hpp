// A request that came to nothing, in the words that the failures table has for it: Python's repr of
// the exception at the root of what the dialect's library raises.
//
//   words_of_failure(Dialect::requests, {Stage::connect, connection refused}, {request, response})
//                                        "ConnectionRefusedError(111, 'Connection refused')"
//   words_of_failure(Dialect::requests, {Stage::receive, Error::incomplete_body}, ...)
//       "ChunkedEncodingError(ProtocolError('Connection broken: IncompleteRead(3 bytes read, ..."
//
// tests/unit/client/failure_words.tsv has them all, and holds http/errors.py and
// http/fast/errors.py, which make the exceptions themselves, to the same words. Two things are
// Python's alone: what a decoder says of a body (here it is said only that it does not decode), and
// the place in memory in the repr of a connection (here 0x....).
//
// Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/dialect.hpp"
#include "http/failure.hpp"
#include "http/limits.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace locustella::client {

// What the words name, beside the failure itself.
struct Circumstances {
    const http::Request& request;     // the last of the chain
    const http::Response& response;   // as much of it as came
    std::size_t redirects = 0;        // that were followed
    std::string_view first_url = {};  // of the chain; empty: there was no redirect
    http::Limits limits = {};
    int retries = 0;  // that geventhttpclient may make
    // The limits as the caller has spelled them, 5 or 5.0; empty: as the request has them.
    std::string_view connect_limit = {};
    std::string_view read_limit = {};
};

// The failure is one.
std::string words_of_failure(http::Dialect dialect, const http::Failure& failure,
                             const Circumstances& seen);

}  // namespace locustella::client
