#include "engine/recording.hpp"

#include <string>

#include "client/failure_words.hpp"
#include "client/verdict.hpp"

namespace locustella::engine {
namespace {

// What stands in the failures table; nothing for a success.
std::string error_of(const client::Exchange& exchange, std::string_view name,
                     const http::Limits& limits)
{
    const auto dialect = exchange.request.dialect;
    if (!exchange.failure)
        return client::words_of_answer(dialect, exchange.response, name);
    const auto& history = exchange.history;
    const auto first_url = history.empty() ? std::string_view() : history.front().url;
    return client::words_of_failure(dialect, exchange.failure,
                                    {.request = exchange.request,
                                     .response = exchange.response,
                                     .redirects = history.size(),
                                     .first_url = first_url,
                                     .limits = limits});
}

}  // namespace

void record(stats::Table& table, const client::Exchange& exchange, const client::Naming& naming,
            const http::Limits& limits, const load::Moment& now, base::Nanos scheduled)
{
    const auto name = client::entry_name(exchange.request.dialect, naming);
    const std::string error = error_of(exchange, name, limits);
    const auto& history = exchange.history;  // a redirect may have changed the method
    const auto& times = exchange.times;
    load::record(
        table,
        {.method = history.empty() ? exchange.request.method : history.front().method,
         .name = name,
         .error = error,
         .begun = times.begun,
         .taken = times.taken(),
         .bytes = exchange.failure ? 0 : static_cast<std::int64_t>(exchange.response.body().size()),
         .phases = phases_of(times.phases),
         .certainty = times.certainty,
         .scheduled = scheduled,
         .status = exchange.response.status},
        now);
}

}  // namespace locustella::engine
