// Binds core/base: what this build is made of.
#include "bindings.hpp"

#include <brotli/decode.h>
#include <openssl/crypto.h>
#include <patchlevel.h>
#include <pybind11/stl.h>
#include <zlib.h>
#include <zstd.h>

#include <boost/version.hpp>

#include "base/unix_clock.hpp"
#include "base/version.hpp"

namespace locustella::bindings {
namespace {

std::string boost_version()
{
    return std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000) + "." + std::to_string(BOOST_VERSION % 100);
}

std::string brotli_version()
{
    const auto v = ::BrotliDecoderVersion();
    return std::to_string(v >> 24) + "." + std::to_string((v >> 12) & 0xfff) + "." +
           std::to_string(v & 0xfff);
}

std::vector<std::pair<std::string, std::string>> libraries()
{
    return {{"Boost", boost_version()},
            {"OpenSSL", ::OpenSSL_version(OPENSSL_FULL_VERSION_STRING)},
            {"zlib", ::zlibVersion()},
            {"brotli", brotli_version()},
            {"zstd", ::ZSTD_versionString()},
            {"pybind11", PYBIND11_TOSTRING(PYBIND11_VERSION_MAJOR) "." PYBIND11_TOSTRING(
                             PYBIND11_VERSION_MINOR)},
            {"compiler", __VERSION__}};
}

}  // namespace

void bind_base(pybind11::module_& core)
{
    core.def("version", &base::version, "Locustella's own version.");
    core.def("unix_seconds", &base::unix_seconds,
             "Unix time by the clock of the statistics, which does not step: see set_unix_clock.");
    core.def(
        "set_unix_clock", [] { base::unix_clock().set(base::wall_now(), base::monotonic_now()); },
        "Sets that clock by the wall clock; between two tests.");
    core.def("libraries", &libraries, "Name and version of each library in this build.");
}

}  // namespace locustella::bindings
