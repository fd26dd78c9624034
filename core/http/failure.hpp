// Why a request came to nothing, as a value.
//
//   Failure failure{Stage::connect, Error::connect_timeout, {}};
//   if (failure) ... failure.code.message(), failure.words
//
// Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

namespace locustella::http {

// Where a request was when it failed.
enum class Stage : std::uint8_t { none, lookup, connect, tls, send, receive, redirect, decode };

struct Failure {
    Stage stage = Stage::none;
    std::error_code code;
    std::string words;  // more than code.message() knows, if anything

    explicit operator bool() const { return stage != Stage::none; }
};

}  // namespace locustella::http
