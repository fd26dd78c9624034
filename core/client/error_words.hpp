// What both dialects' words of a failure are made of: see client/failure_words.hpp, whose insides
// these are.
//
//   raised("TimeoutError", "timed out")          "TimeoutError('timed out')"
//   os_error({Stage::send, a broken pipe})       "BrokenPipeError(32, 'Broken pipe')"
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/failure_words.hpp"
#include "http/error.hpp"

namespace locustella::client {

std::string requests_words(const http::Failure& failure, const Circumstances& seen);
std::string geventhttpclient_words(const http::Failure& failure, const Circumstances& seen);

// A failure to reach the proxy has these words, and its place behind them.
inline constexpr std::string_view of_proxy = "proxy ";

bool is_of(const http::Failure& failure, std::string_view category);
bool is_http(const http::Failure& failure);
http::Error error_of(const http::Failure& failure);  // where it is_http

// The repr of an exception with a text, or a number and a text.
std::string raised(std::string_view name, std::string_view text);
std::string raised(std::string_view name, int number, std::string_view text);

// Of a failed system call: strerror's words or the failure's own, and the repr with them.
std::string os_words(const http::Failure& failure);
std::string os_error(const http::Failure& failure);
// Of a name that has no address.
std::string name_error(const http::Failure& failure);
std::string ssl_error(const http::Failure& failure);

// What limit was met, and the option that raises it; nothing for an error that is no limit's.
std::optional<std::string> limit_words(http::Error error, const http::Limits& limits);
// The line that was wrong, with a guess where it looks like another protocol.
std::string bad_line(const http::Failure& failure);
// "message: 'the field'"
std::string message_and_field(const http::Failure& failure);

}  // namespace locustella::client
