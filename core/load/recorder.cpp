#include "load/recorder.hpp"

namespace locustella::load {
namespace {

void add_what_outputs_want(stats::Sample& sample, const FinishedRequest& request, const Moment& now)
{
    sample.status = static_cast<std::uint16_t>(request.status);
    sample.user = request.user;
    if (!request.begun)
        return;
    sample.start = request.begun;
    sample.start_wall = now.wall - (now.monotonic - request.begun);
}

}  // namespace

void record(stats::Table& table, const FinishedRequest& request, const Moment& now)
{
    stats::Sample sample{.method = request.method,
                         .name = request.name,
                         .response_ms = stats::ms_of(request.taken),
                         .content_length = stats::bytes(request.bytes),
                         .wall_now = base::seconds_of(now.wall),
                         .error = request.error,
                         .phases = &request.phases,
                         .certainty = request.certainty,
                         .scheduled_start = request.scheduled};
    if (table.has_readers()) [[unlikely]]
        add_what_outputs_want(sample, request, now);
    table.record(sample);
}

}  // namespace locustella::load
