// Binds core/demo: the demo target's server, whole and blocking.
//
// Thread: the caller's, without the GIL for as long as the server runs; `listening` is called with
// it.
#include "bindings.hpp"

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <cmath>
#include <stdexcept>

#include "demo/server.hpp"

namespace locustella::bindings {
namespace {

constexpr double longest = 1e9;  // seconds; far from where nanoseconds would overflow

demo::Nanos nanoseconds(double amount, double per_second, const char* name)
{
    const double seconds = amount / per_second;
    if (!std::isfinite(seconds) || std::abs(seconds) > longest)
        throw std::invalid_argument{std::string{name} + " is out of range"};
    return demo::Nanos{static_cast<demo::Nanos::rep>(std::llround(seconds * 1e9))};
}

void run_demo_target(const std::function<void(const std::string&)>& listening, std::string host,
                     std::uint16_t port, std::string tls_cert, std::string tls_key,
                     bool self_signed, std::string write_cert, double delay_ms, double jitter_ms,
                     std::string service_log, std::optional<double> max_seconds)
{
    demo::ServerOptions options{
        .host = std::move(host),
        .port = port,
        .tls_certificate = std::move(tls_cert),
        .tls_key = std::move(tls_key),
        .self_signed = self_signed,
        .write_certificate = std::move(write_cert),
        .delay = nanoseconds(delay_ms, 1e3, "delay_ms"),
        .jitter = nanoseconds(jitter_ms, 1e3, "jitter_ms"),
        .service_log = std::move(service_log),
    };
    if (max_seconds)
        options.max_time = nanoseconds(*max_seconds, 1, "max_seconds");
    const pybind11::gil_scoped_release released;
    demo::run_demo_target(options, listening);
}

}  // namespace

void bind_demo(pybind11::module_& core)
{
    using pybind11::arg;
    core.def("run_demo_target", &run_demo_target,
             "Serves until SIGINT, SIGTERM or max_seconds; calls listening(url) when it listens.\n"
             "RuntimeError, one line: it cannot start, or the service log could not be written.",
             arg("listening"), pybind11::kw_only(), arg("host") = "127.0.0.1", arg("port") = 0,
             arg("tls_cert") = "", arg("tls_key") = "", arg("self_signed") = false,
             arg("write_cert") = "", arg("delay_ms") = 0.0, arg("jitter_ms") = 0.0,
             arg("service_log") = "", arg("max_seconds") = pybind11::none());
}

}  // namespace locustella::bindings
