// What stands in the failures table for a request of the plain path.
//
//   words_of_failure(profile, response, exchange, "/products")
//   // "HTTPError('404 Client Error: Not Found for url: /products')"
//
// The words are client/failure_words.hpp's; here they get what only the call knows: its time limits
// as the script has spelled them.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <string>
#include <string_view>

#include "client/profile.hpp"
#include "response/response_object.hpp"

namespace locustella::bindings {

// Of a response that is no success, the outcome of this exchange; nothing where Python has to find
// that out, or to raise it. Sets no error.
std::string words_of_failure(const client::Profile& profile, const ResponseObject& response,
                             const PendingExchange& exchange, std::string_view name);

}  // namespace locustella::bindings
